package wire

import "bytes"

// Value takes one value of any shape — an atom, a number, a string, a literal, a list of values of
// any depth, or a name with a section in brackets — and returns its octets; valid until the next message is read.
//
// It does not descend by recursion and so has no limit of depth: what is skipped costs its length.
// A literal that is streamed cannot be part of a value: d fails with a LimitError.
func (d *Decoder) Value() []byte {
	if d.err != nil {
		return nil
	}
	at := d.pos
	for depth := 0; ; {
		switch c := d.Peek(); {
		case c == '(':
			d.pos++
			depth++
			continue
		case c == ')' && depth > 0:
			d.pos++
			depth--
		case c == ' ' && depth > 0:
			d.pos++
			continue
		case c == '"':
			d.skipQuoted()
		case (c == '{' || c == '~') && d.literalNext():
			d.literalBytes()
		case c != 0 && is(c, classValue):
			d.skipWord()
		default:
			d.Expected("value")
		}
		if d.err != nil {
			return nil
		}
		if depth == 0 {
			return d.b[at:d.pos:d.pos]
		}
	}
}

// SkipValues takes whatever is left before the ")" of the list that d is in, or before the line end.
func (d *Decoder) SkipValues() {
	for d.err == nil && !d.Is(')') && !d.AtEnd() {
		if d.Got(' ') {
			continue
		}
		d.Value()
	}
}

// skipQuoted is Quoted without unescaping.
func (d *Decoder) skipQuoted() {
	rest := d.b[d.pos+1:]
	quote := -1 // the next DQUOTE; it is looked for once, however many escapes stand before it
	for i := 0; i < len(rest); i++ {
		if quote < i {
			j := bytes.IndexByte(rest[i:], '"')
			if j < 0 {
				break
			}
			quote = i + j
		}
		if k := bytes.IndexByte(rest[i:quote], '\\'); k >= 0 {
			i += k
			if rest[i+1] == '"' || rest[i+1] == '\\' {
				i++
			}
			continue
		}
		i = quote
		if closes(rest, i+1) || !d.Tolerate(RuleQuoteInside) {
			d.pos += i + 2
			return
		}
	}
	d.Expected("DQUOTE that ends the string")
}

// skipWord takes an atom, with what stands in brackets in it, as in BODY[HEADER.FIELDS (DATE "X Y")].
func (d *Decoder) skipWord() {
	i, bracket := d.pos, false
	for i < len(d.b) {
		c := d.b[i]
		if !is(c, classValue) {
			if !bracket || c < ' ' {
				break
			}
			if c == '"' {
				d.pos = i
				d.skipQuoted()
				if d.err != nil {
					return
				}
				i = d.pos
				continue
			}
		}
		switch c {
		case '[':
			// A bracket that nothing closes is an octet like others. That nothing does is found out once.
			if !bracket && (d.open == 0 || i < d.open-1) {
				if bracket = bytes.IndexByte(d.b[i:], ']') > 0; !bracket {
					d.open = i + 1
				}
			}
		case ']':
			bracket = false
		case '{':
			// A literal's header inside brackets: the size tells where the word goes on.
			d.pos = i
			if d.literalNext() {
				d.literalBytes()
				if d.err != nil {
					return
				}
				i = d.pos
				continue
			}
		}
		i++
	}
	d.pos = i
}
