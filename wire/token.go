package wire

import (
	"bytes"
	"math"
)

// run takes the octets of a class; at least one must be there.
func (d *Decoder) run(class uint8, what string) []byte {
	if d.err != nil {
		return nil
	}
	i := d.pos
	for i < len(d.b) && classes[d.b[i]]&class != 0 {
		i++
	}
	if i < len(d.b) && d.b[i] >= 0x80 {
		i = d.run8(class, i)
	}
	if i == d.pos {
		d.Expected(what)
		return nil
	}
	b := d.b[d.pos:i:i]
	d.pos = i
	return b
}

// run8 goes on over octets above 127, which no class has, if they are tolerated.
func (d *Decoder) run8(class uint8, i int) int {
	if class == classDigit || !d.Tolerate(RuleAtom8Bit) {
		return i
	}
	for i < len(d.b) && (d.b[i] >= 0x80 || classes[d.b[i]]&class != 0) {
		i++
	}
	return i
}

// Atom takes an atom; valid until the next message is read.
func (d *Decoder) Atom() []byte { return d.run(classAtom, "atom") }

// Name takes an atom and returns it in upper case.
func (d *Decoder) Name() string {
	b := d.run(classAtom, "atom")
	if d.err != nil {
		return ""
	}
	return d.InternUpper(b)
}

// Tag takes a tag; valid until the next message is read.
func (d *Decoder) Tag() []byte { return d.run(classTag, "tag") }

// Flag takes a flag, a keyword or \*, or a mailbox attribute; valid until the next message is read.
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

// Text takes what is left up to the line end; valid until the next message is read.
func (d *Decoder) Text() []byte {
	if d.err != nil {
		return nil
	}
	i := len(d.b)
	if i > d.pos && d.b[i-1] == '\n' {
		i--
		if i > d.pos && d.b[i-1] == '\r' {
			i--
		}
	}
	b := d.b[d.pos:i:i]
	d.pos = i
	return b
}

// TextUntil takes what is left up to the octet c, which is not taken and must be there; valid until the next message is read.
func (d *Decoder) TextUntil(c byte) []byte {
	if d.err != nil {
		return nil
	}
	i := bytes.IndexByte(d.b[d.pos:], c)
	if i < 0 {
		d.Expected(wanted[c])
		return nil
	}
	b := d.b[d.pos : d.pos+i : d.pos+i]
	d.pos += i
	return b
}

// Number takes a number of 32 bits.
func (d *Decoder) Number() uint32 {
	// The common case first: digits, and not so many that they could overflow.
	i, n := d.pos, uint32(0)
	for i < len(d.b) && i-d.pos < 9 {
		c := d.b[i] - '0'
		if c > 9 {
			break
		}
		n = n*10 + uint32(c)
		i++
	}
	if i > d.pos && (i == len(d.b) || d.b[i]-'0' > 9) && d.err == nil {
		d.pos = i
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

// NzNumber takes a number of 32 bits that is not zero.
func (d *Decoder) NzNumber() uint32 {
	at := d.pos
	n := d.Number()
	if n == 0 && d.err == nil {
		d.pos = at
		d.Expected("nz-number")
	}
	return n
}

// Number64 takes a number of 64 bits (RFC 9051 §9 number64 has 63).
// With the rules for numbers, NIL and negative numbers are zero, and a number may be quoted.
func (d *Decoder) Number64() uint64 {
	if d.err != nil {
		return 0
	}
	at := d.pos
	if d.pos < len(d.b) && d.b[d.pos]-'0' > 9 {
		switch c := d.b[d.pos]; {
		case c == '-' && d.Tolerate(RuleNumberSign):
			d.pos++
			d.digits()
			return 0
		case c == '"' && d.Tolerate(RuleNumberString):
			d.pos++
			n := d.digits()
			d.Want('"')
			return n
		case d.isNil() && d.Tolerate(RuleNilNumber):
			d.pos += 3
			return 0
		}
		d.pos = at
	}
	return d.digits()
}

func (d *Decoder) digits() uint64 {
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

// isNil reports whether the atom NIL is next.
func (d *Decoder) isNil() bool {
	b := d.b[d.pos:]
	return len(b) >= 3 && b[0]|0x20 == 'n' && b[1]|0x20 == 'i' && b[2]|0x20 == 'l' &&
		(len(b) == 3 || !is(b[3], classAStr))
}

// Nil takes NIL if it is there, and reports whether it was.
func (d *Decoder) Nil() bool {
	if d.err != nil || !d.isNil() {
		return false
	}
	d.pos += 3
	return true
}

// AString takes an astring: an atom that may hold "]", or a string; valid until the next message is read.
func (d *Decoder) AString() []byte {
	switch d.Peek() {
	case '"':
		return d.Quoted()
	case '{', '~':
		if d.literalNext() {
			return d.literalBytes()
		}
	}
	return d.run(classAStr, "astring")
}

// ListMailbox takes a mailbox name with wildcards, as LIST's arguments have it; valid until the next message is read.
func (d *Decoder) ListMailbox() []byte {
	switch d.Peek() {
	case '"':
		return d.Quoted()
	case '{', '~':
		if d.literalNext() {
			return d.literalBytes()
		}
	}
	return d.run(classList, "list-mailbox")
}

// String takes a quoted string or a literal; valid until the next message is read. It is never nil unless d failed.
// With RuleStringAtom an atom does as well.
func (d *Decoder) String() []byte {
	switch d.Peek() {
	case '"':
		return d.Quoted()
	case '{', '~':
		if d.literalNext() {
			return d.literalBytes()
		}
	}
	if c := d.Peek(); (is(c, classAStr) || c == '\\') && d.Tolerate(RuleStringAtom) {
		return d.run(classValue, "string")
	}
	d.Expected("string")
	return nil
}

// NString takes a string or NIL, for which it returns nil; valid until the next message is read.
func (d *Decoder) NString() []byte {
	if d.Peek()|0x20 == 'n' && d.Nil() {
		return nil
	}
	if d.Is('(') && len(d.b) > d.pos+1 && d.b[d.pos+1] == ')' && d.Tolerate(RuleNilList) {
		d.pos += 2
		return nil
	}
	return d.String()
}

// Quoted takes a quoted string and returns what it holds; valid until the next message is read.
// Octets above 127 are taken as they are (RFC 9051 has UTF-8 there, others have had anything).
func (d *Decoder) Quoted() []byte {
	if !d.Got('"') {
		d.Expected("DQUOTE")
		return nil
	}
	rest := d.b[d.pos:]
	i := bytes.IndexByte(rest, '"')
	if i >= 0 && bytes.IndexByte(rest[:i], '\\') < 0 && closes(rest, i+1) {
		d.pos += i + 1
		return rest[:i:i]
	}
	return d.quotedSlow(rest)
}

// closes reports whether a string may end before rest[i].
func closes(rest []byte, i int) bool {
	if i >= len(rest) {
		return true
	}
	switch rest[i] {
	case ' ', ')', ']', '\r', '\n', '(', '"':
		return true
	}
	return false
}

func (d *Decoder) quotedSlow(rest []byte) []byte {
	from := len(d.scratch)
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		switch c {
		case '\r', '\n':
			d.Expected("DQUOTE that ends the string")
			return nil
		case '\\':
			if i+1 < len(rest) && (rest[i+1] == '"' || rest[i+1] == '\\') {
				i++
				c = rest[i]
			} else if !d.Tolerate(RuleEscape) {
				d.pos += i
				d.Expected("quoted-specials behind the backslash")
				return nil
			}
		case '"':
			if closes(rest, i+1) || !d.Tolerate(RuleQuoteInside) {
				d.pos += i + 1
				b := d.scratch[from:]
				return b[:len(b):len(b)]
			}
		}
		d.scratch = append(d.scratch, c)
	}
	d.pos = len(d.b)
	d.Expected("DQUOTE that ends the string")
	return nil
}
