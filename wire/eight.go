package wire

import (
	"encoding/binary"
	"math/bits"
)

// shortNumber returns the number of one to seven digits that stands at b[i], and how many digits it has. It looks at
// eight octets at once, and returns 0 digits if there are fewer octets or more digits.
func shortNumber(b []byte, i int) (n uint32, digits int) {
	if uint(i)+8 > uint(len(b)) {
		return 0, 0
	}
	// The first digit is the lowest octet. A digit becomes 0 to 9. Any other octet has a bit in its upper half, or has
	// one when 6 is added.
	x := binary.LittleEndian.Uint64(b[i:i+8]) ^ 0x3030303030303030
	digits = bits.TrailingZeros64((x|(x+0x0606060606060606))&0xF0F0F0F0F0F0F0F0) >> 3
	if digits == 0 || digits == 8 {
		return 0, 0
	}
	// Put zeros before the digits. Then two digits become one number of 16 bits, two such numbers one of 32 bits, and
	// so on.
	x <<= uint(8-digits) * 8 & 63
	x = x & 0x0F0F0F0F0F0F0F0F * (10<<8 + 1) >> 8
	x = x & 0x00FF00FF00FF00FF * (100<<16 + 1) >> 16
	x = x & 0x0000FFFF0000FFFF * (10000<<32 + 1) >> 32
	return uint32(x), digits
}

// plainEnd returns the offset of the first octet from b[i] on that does not stand for itself in a quoted string, or
// len(b). It looks at eight octets at a time.
func plainEnd(b []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for uint(i)+8 <= uint(len(b)) {
		x := binary.LittleEndian.Uint64(b[i : i+8])
		quote, slash := x^'"'*ones, x^'\\'*ones
		// odd has the highest bit of each octet that is DQUOTE, a backslash, NUL to CR, or above 127. Octets after the
		// first of them may have the bit too.
		odd := ((quote-ones)&^quote | (slash-ones)&^slash | (x-('\r'+1)*ones)&^x | x) & highs
		if odd == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(odd) >> 3
		if c := b[i]; c == '"' || !is(c, classQuoted) {
			return i
		}
		i++ // a tab, or another below CR
	}
	for i < len(b) && is(b[i], classQuoted) {
		i++
	}
	return i
}
