package parser

// plainText is what is left of octets that are looked at for whether they are as the grammar has them, with nothing escaped.
type plainText struct {
	b []byte
	i int // of b, what comes next
}

// got takes s if it is there, and reports whether it was.
func (t *plainText) got(s string) bool {
	if len(t.b)-t.i < len(s) || string(t.b[t.i:t.i+len(s)]) != s {
		return false
	}
	t.i += len(s)
	return true
}

// quoted takes a quoted string of printable US-ASCII and returns where what it holds begins and ends.
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
