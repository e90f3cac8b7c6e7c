package wire

import (
	"encoding/binary"
	"math/bits"
)

// shortNumber returns the number of up to seven digits that stands at b[i], and how many digits it has: none if there are more, or less than eight octets.
//
// It looks at the eight octets at once, which takes half as long for six digits as one after the other.
func shortNumber(b []byte, i int) (n uint32, digits int) {
	if uint(i)+8 > uint(len(b)) {
		return 0, 0
	}
	// The first digit is the lowest octet. A digit becomes 0 to 9; what is none has a bit in its upper half, at the latest when 6 is added.
	x := binary.LittleEndian.Uint64(b[i:i+8]) ^ 0x3030303030303030
	digits = bits.TrailingZeros64((x|(x+0x0606060606060606))&0xF0F0F0F0F0F0F0F0) >> 3
	if digits == 0 || digits == 8 {
		return 0, 0
	}
	// Zeros go before the digits; then two digits become one number of 16 bits, two of those one of 32, and so on.
	x <<= uint(8-digits) * 8 & 63
	x = x & 0x0F0F0F0F0F0F0F0F * (10<<8 + 1) >> 8
	x = x & 0x00FF00FF00FF00FF * (100<<16 + 1) >> 16
	x = x & 0x0000FFFF0000FFFF * (10000<<32 + 1) >> 32
	return uint32(x), digits
}
