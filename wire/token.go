package wire

import (
	"bytes"
	"math"
	"unicode/utf8"
)

// run reads the next octets as long as they belong to class, or are above 127 if d has RuleAtom8Bit. The Decoder fails
// if the next octet is not one of these.
func (d *Decoder) run(class uint8, what string) []byte {
	if d.err != nil {
		return nil
	}
	b, i := d.b, d.pos
	for i < len(b) && classes[b[i]]&class != 0 {
		i++
	}
	if i < len(b) && b[i] >= 0x80 && d.Tolerate(RuleAtom8Bit) {
		for i < len(b) && (b[i] >= 0x80 || classes[b[i]]&class != 0) {
			i++
		}
	}
	if i == d.pos {
		d.Expected(what)
		return nil
	}
	b = b[d.pos:i:i]
	d.pos = i
	return b
}

// Atom reads an atom. The slice is valid until the next message is read.
func (d *Decoder) Atom() []byte { return d.run(classAtom, "atom") }

// Name reads an atom and returns it in upper case, as InternUpper does.
func (d *Decoder) Name() string {
	b := d.run(classAtom, "atom")
	if d.err != nil {
		return ""
	}
	return d.InternUpper(b)
}

// Tag reads a tag. The slice is valid until the next message is read.
func (d *Decoder) Tag() []byte { return d.run(classTag, "tag") }

// Flag reads a flag, a keyword, \* or a mailbox attribute. The slice is valid until the next message is read.
func (d *Decoder) Flag() []byte {
	at := d.pos
	if !d.Got('\\') {
		return d.run(classAtom, "flag")
	}
	if !d.Got('*') {
		d.run(classAtom, "flag")
	}
	if d.err != nil {
		return nil
	}
	return d.b[at:d.pos:d.pos]
}

// Text reads the rest of the line, without the line end. The slice is valid until the next message is read.
func (d *Decoder) Text() []byte {
	if d.err != nil {
		return nil
	}
	rest := d.b[d.pos:]
	i := bytes.IndexByte(rest, '\n')
	if i < 0 {
		i = len(rest)
	} else if i > 0 && rest[i-1] == '\r' {
		i--
	}
	d.pos += i
	return rest[:i:i]
}

// TextUntil reads the octets before the next c in the line, without c itself. The Decoder fails if the line has no c.
// The slice is valid until the next message is read.
func (d *Decoder) TextUntil(c byte) []byte {
	if d.err != nil {
		return nil
	}
	rest := d.b[d.pos:]
	i := bytes.IndexByte(rest, c)
	if i < 0 || bytes.IndexByte(rest[:i], '\n') >= 0 {
		d.Expected(wanted[c])
		return nil
	}
	d.pos += i
	return rest[:i:i]
}

// Number reads a number of at most 32 bits.
func (d *Decoder) Number() uint32 {
	if n, digits := shortNumber(d.b, d.pos); digits > 0 && d.err == nil {
		d.pos += digits
		return n
	}
	at := d.pos
	v := d.Number64()
	if v > math.MaxUint32 && d.err == nil {
		d.pos = at
		d.Expected("number of 32 bits")
		return 0
	}
	return uint32(v)
}

// NzNumber reads a number of at most 32 bits that is not zero.
func (d *Decoder) NzNumber() uint32 {
	at := d.pos
	n := d.Number()
	if n == 0 && d.err == nil {
		d.pos = at
		d.Expected("nz-number")
	}
	return n
}

// Number64 reads a number of at most 64 bits, although RFC 9051 §9 allows number64 only 63 bits. With RuleNilNumber,
// NIL is zero. With RuleNumberSign, negative numbers are zero. With RuleNumberString, the number may be sent as a
// string.
func (d *Decoder) Number64() uint64 {
	if d.err != nil {
		return 0
	}
	at := d.pos
	if at < len(d.b) && d.b[at]-'0' <= 9 {
		if n, digits := shortNumber(d.b, at); digits > 0 {
			d.pos += digits
			return uint64(n)
		}
		return d.digits()
	}
	switch d.Peek() {
	case '-':
		if d.digitAt(at+1) && d.Tolerate(RuleNumberSign) {
			d.pos++
			d.digits()
			return 0
		}
	case '"':
		if d.digitAt(at+1) && d.Tolerate(RuleNumberString) {
			d.pos++
			n := d.digits()
			if d.Want('"'); d.err != nil {
				return 0
			}
			return n
		}
	case '{':
		h, ok := headerAt(d.b[at:])
		if ok && h.size > 0 && d.digitAt(at+h.len) && d.Tolerate(RuleNumberString) {
			b := d.literalBytes(h)
			end := d.pos
			d.pos = end - len(b)
			n := d.digits()
			if d.err == nil && d.pos != end {
				d.Expected("number")
				return 0
			}
			return n
		}
	case 'N', 'n':
		if d.isNil() && d.Tolerate(RuleNilNumber) {
			d.pos += 3
			return 0
		}
	}
	return d.digits()
}

// digitAt reports whether the octet at i is a digit.
func (d *Decoder) digitAt(i int) bool { return i < len(d.b) && d.b[i]-'0' <= 9 }

func (d *Decoder) digits() uint64 {
	if d.err != nil {
		return 0
	}
	i, n := d.pos, uint64(0)
	for i < len(d.b) {
		c := d.b[i] - '0'
		if c > 9 {
			break
		}
		if n > math.MaxUint64/10 || n*10 > math.MaxUint64-uint64(c) {
			d.Expected("number of 64 bits")
			return 0
		}
		n = n*10 + uint64(c)
		i++
	}
	if i == d.pos {
		d.Expected("number")
		return 0
	}
	d.pos = i
	return n
}

// isNil reports whether the atom NIL comes next.
func (d *Decoder) isNil() bool {
	b := d.b[d.pos:]
	return len(b) >= 3 && b[0]|0x20 == 'n' && b[1]|0x20 == 'i' && b[2]|0x20 == 'l' &&
		(len(b) == 3 || b[3] < 0x80 && !is(b[3], classAtom))
}

// Nil reads NIL if it comes next, and reports whether it did.
func (d *Decoder) Nil() bool {
	if d.err != nil || !d.isNil() {
		return false
	}
	d.pos += 3
	return true
}

// AString reads an astring: an atom that may have "]", or a string. The slice is valid until the next message is read.
func (d *Decoder) AString() []byte { return d.stringOr(classAStr, "astring") }

// ListMailbox reads the mailbox name with wildcards of a LIST command. The slice is valid until the next message is
// read.
func (d *Decoder) ListMailbox() []byte { return d.stringOr(classList, "list-mailbox") }

func (d *Decoder) stringOr(class uint8, what string) []byte {
	switch d.Peek() {
	case '"':
		return d.Quoted()
	case '{', '~':
		if h, ok := headerAt(d.b[d.pos:]); ok {
			return d.literalBytes(h)
		}
	}
	return d.run(class, what)
}

// String reads a quoted string or a literal. With RuleStringAtom, it also reads an atom. The slice is valid until the
// next message is read. It is nil only if d has failed.
func (d *Decoder) String() []byte {
	c := d.Peek()
	switch c {
	case '"':
		return d.Quoted()
	case '{', '~':
		if h, ok := headerAt(d.b[d.pos:]); ok {
			return d.literalBytes(h)
		}
	}
	if (is(c, classAStr) || c == '\\' || c >= 0x80) && d.Tolerate(RuleStringAtom) {
		return d.run(classValue, "string")
	}
	d.Expected("string")
	return nil
}

// NString reads a string or NIL. For NIL it returns nil. The slice is valid until the next message is read.
func (d *Decoder) NString() []byte {
	if d.err == nil && d.pos < len(d.b) {
		// The usual cases are a quoted string without escapes, and NIL.
		switch c := d.b[d.pos]; {
		case c == '"':
			b := d.b
			i := plainEnd(b, d.pos+1)
			if i+1 < len(b) && b[i] == '"' && (b[i+1] == ' ' || b[i+1] == ')') {
				b = b[d.pos+1 : i : i]
				d.pos = i + 1
				return b
			}
			return d.Quoted()
		case c|0x20 == 'n' && d.isNil():
			d.pos += 3
			return nil
		}
	}
	if d.Is('(') && len(d.b) > d.pos+1 && d.b[d.pos+1] == ')' && d.Tolerate(RuleNilList) {
		d.pos += 2
		return nil
	}
	return d.String()
}

// NStrings reads one string or NIL for each pointer, separated by spaces. It does the same as alternating calls of
// NString and SP.
func (d *Decoder) NStrings(to ...*[]byte) {
	for n, p := range to {
		if n > 0 {
			d.SP()
		}
		b, at := d.b, d.pos
		if d.err == nil && at+4 < len(b) {
			// The usual cases are a quoted string without escapes, and NIL.
			if b[at] == '"' {
				if i := plainEnd(b, at+1); i+1 < len(b) && b[i] == '"' && (b[i+1] == ' ' || b[i+1] == ')') {
					*p, d.pos = b[at+1:i:i], i+1
					continue
				}
			} else if string(b[at:at+3]) == "NIL" && (b[at+3] == ' ' || b[at+3] == ')') {
				*p, d.pos = nil, at+3
				continue
			}
		}
		*p = d.NString()
	}
}

// Quoted reads a quoted string and returns its content. The slice is valid until the next message is read. RFC 9051
// wants UTF-8. With RuleQuote8Bit, Quoted also accepts other encodings, which some servers send, and returns the
// octets unchanged.
func (d *Decoder) Quoted() []byte {
	if !d.Is('"') {
		d.Expected("DQUOTE")
		return nil
	}
	from := d.pos + 1
	end, escaped := d.quotedEnd(from)
	if end < 0 {
		return nil
	}
	d.pos = end + 1
	if b := d.b[from:end:end]; !escaped {
		return b
	}
	return d.unescape(d.b[from:end])
}

// quotedEnd returns the offset of the DQUOTE that ends a quoted string, and whether the string has escapes to remove.
// The content of the string begins at d.b[from]. The offset is negative if d fails.
func (d *Decoder) quotedEnd(from int) (end int, escaped bool) {
	b, high := d.b, false
	for i := from; ; i++ {
		i = plainEnd(b, i)
		if i >= len(b) {
			break
		}
		switch c := b[i]; c {
		case '"':
			if !closes(b, i+1) && d.Tolerate(RuleQuoteInside) {
				continue
			}
			if high && !utf8.Valid(b[from:i]) && !d.Tolerate(RuleQuote8Bit) {
				d.expectedAt(from, "UTF-8 in the string")
				return -1, false
			}
			return i, escaped
		case '\\':
			if i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\') {
				escaped = true
				i++
			} else if !d.Tolerate(RuleEscape) {
				d.expectedAt(i, "quoted-specials after the backslash")
				return -1, false
			} else if d.drops {
				escaped = true
			}
		default:
			if c >= 0x80 {
				high = true
				continue
			}
			rest := b[i:]
			d.open = len(rest) == 1 && c == '\n' || len(rest) == 2 && c == '\r' && rest[1] == '\n'
			_, literal := headerAtEnd(b[from : i+1])
			if d.open || literal || !d.Tolerate(RuleQuoteBreak) {
				d.expectedAt(from, "DQUOTE that ends the string")
				return -1, false
			}
		}
	}
	d.expectedAt(from, "DQUOTE that ends the string")
	return -1, false
}

// closes reports whether a quoted string may end directly before b[i], because the grammar allows that octet after a
// string.
func closes(b []byte, i int) bool {
	if i >= len(b) {
		return true
	}
	switch b[i] {
	case ' ', ')', ']', '\r', '\n':
		return true
	}
	return false
}

// unescape returns the content b of a quoted string without the backslashes of its escapes.
func (d *Decoder) unescape(b []byte) []byte {
	from := len(d.scratch)
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\\')
		if i < 0 {
			i = len(b)
		}
		d.scratch = append(d.scratch, b[:i]...)
		if b = b[i:]; len(b) > 1 && (d.drops || b[1] == '"' || b[1] == '\\') {
			b = b[1:]
		}
		if len(b) > 0 {
			d.scratch = append(d.scratch, b[0])
			b = b[1:]
		}
	}
	return d.scratch[from:len(d.scratch):len(d.scratch)]
}
