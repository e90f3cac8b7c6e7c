package parser

import (
	"encoding/binary"
	"math/bits"

	"github.com/imapstack/imapstack/wire"
)

// plainString returns the string at b[i] and the offset after it. For NIL, the string is nil. b is d.Raw(). If no
// string comes next, or if i is 0, the offset is 0. So a caller can read several fields and check only the last offset.
// The string is valid until the next response is read.
//
// plainString itself reads only plain quoted strings and NIL, and leaves all other strings to d. plainString exists for
// speed. Reading an address with the methods of d takes twice as long, because d checks for an error and stores its
// offset at each token.
func plainString(d *wire.Decoder, b []byte, i int) (s []byte, next int) {
	switch {
	case i == 0 || i >= len(b):
		return nil, 0
	case b[i] == '"':
		if end := closingQuote(b, i+1); end > 0 {
			return b[i+1 : end : end], end + 1
		}
	case len(b) >= i+3 && string(b[i:i+3]) == "NIL":
		return nil, i + 3
	case b[i] != '{':
		return nil, 0
	}
	d.Seek(i)
	if s = d.NString(); d.Err() != nil {
		return nil, 0
	}
	return s, d.Pos()
}

// plainField does what plainString does, but also requires the octet delim after the string. It returns the offset
// after that octet. It reads the two most common forms without calling plainString, so that an envelope is read an
// eighth faster.
func plainField(d *wire.Decoder, b []byte, i int, delim byte) (s []byte, next int) {
	if i == 0 || i+3 >= len(b) {
		return nil, 0
	}
	if b[i] == '"' {
		if end := closingQuote(b, i+1); end > 0 && end+1 < len(b) && b[end+1] == delim {
			return b[i+1 : end : end], end + 2
		}
	} else if string(b[i:i+3]) == "NIL" && b[i+3] == delim {
		return nil, i + 4
	}
	if s, i = plainString(d, b, i); i == 0 || i >= len(b) || b[i] != delim {
		return nil, 0
	}
	return s, i + 1
}

// closingQuote returns the offset of the quote that ends a quoted string. The content of the string begins at b[i]. It
// returns 0 if the string has an octet that needs special treatment: an escape, an octet above 127 or a control
// character. It may also return 0 if the quote is one of the last seven octets of b, because it reads eight octets at
// once.
func closingQuote(b []byte, i int) int {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for ; uint(i)+8 <= uint(len(b)); i += 8 {
		x := binary.LittleEndian.Uint64(b[i : i+8])
		// odd has eight octets, like x. The highest bit of an octet in odd is set if the same octet of x is a quote, a
		// backslash, below 0x20 or above 0x7f. The bit may also be set in the octets after such an octet.
		quote, slash := x^'"'*each, x^'\\'*each
		odd := ((quote - each) | (slash - each) | (x - ' '*each) | x) & high
		if odd == 0 {
			continue
		}
		if i += bits.TrailingZeros64(odd) / 8; b[i] == '"' {
			return i
		}
		return 0
	}
	return 0
}
