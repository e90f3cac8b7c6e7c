package parser

// plainText reads text that obeys the grammar and has no escapes.
type plainText struct {
	b []byte
	i int // index in b of the next octet
}

// got reads s if it comes next, and reports whether it did.
func (t *plainText) got(s string) bool {
	if len(t.b)-t.i < len(s) || string(t.b[t.i:t.i+len(s)]) != s {
		return false
	}
	t.i += len(s)
	return true
}

// quoted reads a quoted string of printable US-ASCII. It returns where its content begins and ends.
func (t *plainText) quoted() (from, to int, ok bool) {
	if !t.got(`"`) {
		return 0, 0, false
	}
	from = t.i
	for t.i < len(t.b) && t.b[t.i] >= ' ' && t.b[t.i] < 0x7f && t.b[t.i] != '"' && t.b[t.i] != '\\' {
		t.i++
	}
	to = t.i
	return from, to, t.got(`"`)
}

// ended reports whether nothing is left.
func (t *plainText) ended() bool { return t.i == len(t.b) }
