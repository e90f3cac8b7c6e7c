package wire

import (
	"encoding/binary"
	"math/bits"
)

// shortNumber parses the decimal number of one to seven digits at b[i], and returns its value and the count of its
// digits. It reads eight octets at once. If fewer than eight octets are left at b[i], or if the count of digits there
// is zero or more than seven, shortNumber returns 0, 0.
func shortNumber(b []byte, i int) (n uint32, digits int) {
	if uint(i)+8 > uint(len(b)) {
		return 0, 0
	}
	// The first digit is the lowest octet. The XOR turns each digit into its value, 0 to 9, and any other octet into 10
	// or more. A value of 16 or more has a bit set in its upper half. A value from 10 to 15 has such a bit after 6 is
	// added.
	x := binary.LittleEndian.Uint64(b[i:i+8]) ^ 0x3030303030303030
	digits = bits.TrailingZeros64((x|(x+0x0606060606060606))&0xF0F0F0F0F0F0F0F0) >> 3
	if digits == 0 || digits == 8 {
		return 0, 0
	}
	// Put zeros before the digits. Then combine each pair of digits into a number of 16 bits, each pair of these
	// numbers into a number of 32 bits, and the last pair into the result.
	x <<= uint(8-digits) * 8 & 63
	x = x & 0x0F0F0F0F0F0F0F0F * (10<<8 + 1) >> 8
	x = x & 0x00FF00FF00FF00FF * (100<<16 + 1) >> 16
	x = x & 0x0000FFFF0000FFFF * (10000<<32 + 1) >> 32
	return uint32(x), digits
}

// plainEnd returns the offset of the first octet, from b[i] on, that has a special meaning in a quoted string or is
// above 127. If b has no such octet, it returns len(b). It looks at eight octets at a time.
func plainEnd(b []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for uint(i)+8 <= uint(len(b)) {
		x := binary.LittleEndian.Uint64(b[i : i+8])
		quote, slash := x^'"'*ones, x^'\\'*ones
		// odd has the highest bit set in each octet that is DQUOTE, a backslash, NUL to CR, or above 127. After the
		// first such octet, other octets may have the bit set too.
		odd := ((quote-ones)&^quote | (slash-ones)&^slash | (x-('\r'+1)*ones)&^x | x) & highs
		if odd == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(odd) >> 3
		if c := b[i]; c == '"' || !is(c, classQuoted) {
			return i
		}
		i++ // a tab or another control character that may be in a quoted string
	}
	for i < len(b) && is(b[i], classQuoted) {
		i++
	}
	return i
}
