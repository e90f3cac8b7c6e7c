package wire

// Value reads one value of any kind and returns its octets. The value may be an atom, a number, a string, a literal, a
// list of values of any depth, or a name with a section in brackets. The slice is valid until the next message is read.
//
// Value does not recurse, so it needs no limit of depth, and the cost of skipping a value is linear in its length. If
// the value has a streamed literal, d fails with a LimitError.
func (d *Decoder) Value() []byte {
	if d.err != nil {
		return nil
	}
	b, i, depth := d.b, d.pos, 0
	for i >= 0 && i < len(b) {
		switch c := b[i]; {
		case c == '(':
			depth++
			i++
			continue
		case c == ')' && depth > 0:
			depth--
			i++
		case c == ' ' && depth > 0:
			i++
			continue
		case c == '"':
			if i, _ = d.quotedEnd(i + 1); i >= 0 {
				i++
			}
		case is(c, classValue):
			i = d.wordEnd(i)
		default:
			d.expectedAt(i, "value")
			return nil
		}
		if depth == 0 && i >= 0 {
			b = b[d.pos:i:i]
			d.pos = i
			return b
		}
	}
	if i >= 0 {
		d.expectedAt(i, "value")
	}
	return nil
}

// SkipValues reads all values up to the ")" that ends the current list, or up to the line end. It does not read the
// ")".
func (d *Decoder) SkipValues() {
	for d.err == nil && !d.Is(')') && !d.AtEnd() {
		if !d.Got(' ') {
			d.Value()
		}
	}
}

// wordEnd returns the offset after the atom, number or literal that begins at i. A section in brackets belongs to the
// word, as in BODY[HEADER.FIELDS (DATE "X Y")]<0>. The offset is negative if d fails.
func (d *Decoder) wordEnd(i int) int {
	b := d.b
	for i < len(b) && is(b[i], classValue) {
		switch b[i] {
		case '[':
			end, ok := d.sectionEnd(i)
			if d.err != nil {
				return -1
			}
			if ok {
				i = end
				continue
			}
		case '{':
			if h, ok := headerAt(b[i:]); ok {
				return d.literalEnd(i, h)
			}
		}
		i++
	}
	return i
}

// sectionEnd returns the offset after the "]" of the section that the "[" at i opens, if that section has the form "["
// atom SP "(" strings ")" "]". In any other form, the brackets have no special meaning.
//
// sectionEnd stops at the next "[", so that no octet is scanned for more than one bracket.
func (d *Decoder) sectionEnd(i int) (end int, ok bool) {
	b := d.b
	for i++; i < len(b) && is(b[i], classValue) && b[i] != '[' && b[i] != ']' && b[i] != '{'; i++ {
	}
	if i+1 >= len(b) || b[i] != ' ' || b[i+1] != '(' {
		return 0, false
	}
	for i += 2; i >= 0 && i < len(b); {
		switch c := b[i]; {
		case c == ' ':
			i++
		case c == ')':
			return i + 2, i+1 < len(b) && b[i+1] == ']'
		case c == '"':
			if i, _ = d.quotedEnd(i + 1); i >= 0 {
				i++
			}
		case c == '{':
			h, literal := headerAt(b[i:])
			if !literal {
				return 0, false
			}
			i = d.literalEnd(i, h)
		case is(c, classValue) && c != '[':
			i++
		default:
			return 0, false
		}
	}
	return 0, false
}
