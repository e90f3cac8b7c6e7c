package parser

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// RangesSet returns the set of the numbers in ranges. The ranges may be in any order, and may overlap.
func RangesSet(kind numset.Kind, ranges []numset.Range) numset.Set {
	return numset.FromRanges(kind, ranges)
}

// appendRanges reads a sequence-set without "*" and "$". It appends the ranges to dst in their order.
func appendRanges(d *wire.Decoder, dst []numset.Range) []numset.Range {
	if d.Err() != nil {
		return dst
	}
	b := d.Rest()
	i, most := 0, d.MaxItems()
	for n := 1; ; n++ {
		start, used := shortDigits(b, i)
		if used == 0 {
			start, used = digits32(b[i:])
		}
		i += used
		stop := start
		if i < len(b) && b[i] == ':' {
			i++
			if stop, used = shortDigits(b, i); used == 0 {
				stop, used = digits32(b[i:])
			}
			i += used
		}
		if start == 0 || stop == 0 {
			d.Expected("sequence-set")
			return dst
		}
		if n > most {
			d.Fail(&wire.LimitError{What: "items", Limit: int64(most), Size: int64(n)})
			return dst
		}
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, 1+bytes.Count(b[i:], comma))
		}
		dst = append(dst, numset.Range{Start: start, Stop: stop})
		if i == len(b) || b[i] != ',' {
			d.Seek(d.Pos() + i)
			return dst
		}
		i++
	}
}

var comma = []byte(",")

// guessMore guesses how many more elements a line of size octets has, if its first i octets have n elements. With this
// guess, a slice for a million elements grows in few steps. The guess is not larger than the number of octets left,
// because each element and the separator after it take at least two octets.
func guessMore(n, i, size int) int {
	if i >= size {
		return 1
	}
	return 1 + n*(size-i)/max(i, 1)/8*9
}

// shortDigits parses the decimal number at b[i]. It returns the value of the number and the count of its digits, as
// digits32 does. It returns zeros unless the number has one to seven digits and b has at least eight octets from i on.
// shortDigits exists for speed: if it can read both numbers of a range, the range takes a quarter less time.
func shortDigits(b []byte, i int) (v uint32, n int) {
	if uint(i)+8 > uint(len(b)) {
		return 0, 0
	}
	if v, n = digits8(binary.LittleEndian.Uint64(b[i : i+8])); n == 8 {
		return 0, 0
	}
	return v, n
}

// digits32 parses the decimal number at the beginning of b. It returns the value of the number and the count of its
// digits. If the value does not fit into 32 bits, v is 0.
func digits32(b []byte) (v uint32, n int) {
	if len(b) >= 8 {
		if v, n = digits8(binary.LittleEndian.Uint64(b)); n < 8 {
			return v, n
		}
	} else {
		for n < len(b) && b[n]-'0' <= 9 {
			v = v*10 + uint32(b[n]-'0')
			n++
		}
		return v, n
	}
	u := uint64(v)
	for n < len(b) && b[n]-'0' <= 9 {
		if u = u*10 + uint64(b[n]-'0'); u > math.MaxUint32 {
			return 0, n
		}
		n++
	}
	return uint32(u), n
}

// digits8 parses the decimal number at the beginning of eight octets. It returns the value of the number and the count
// of its digits. The parameter octets has all eight, with the first one in its lowest bits. digits8 works on all eight
// at once, and takes half the time of a loop for a number of seven digits.
func digits8(octets uint64) (v uint32, n int) {
	const each = 0x0101010101010101
	t := octets ^ '0'*each
	// In the argument of TrailingZeros64, the highest bit of each octet that is not a digit is set. The bit may also be
	// set in the octets after such an octet.
	n = bits.TrailingZeros64((t+(0x80-10)*each|t)&(0x80*each)) / 8
	if n == 0 {
		return 0, 0
	}
	t <<= (64 - 8*n) & 63 // moves the digits to the high end, with zeros before them
	t = t * (10<<8 + 1) >> 8 & 0x00ff00ff00ff00ff
	t = t * (100<<16 + 1) >> 16 & 0x0000ffff0000ffff
	return uint32(t * (10000<<32 + 1) >> 32), n
}

// encodeRanges writes ranges in their order. If ranges is empty, e fails.
func encodeRanges(e *wire.Encoder, ranges []numset.Range) {
	if len(ranges) == 0 {
		e.Fail(&wire.ArgumentError{What: "sequence-set", Reason: "is empty"})
		return
	}
	e.Append(func(dst []byte) []byte {
		for i, r := range ranges {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = r.AppendTo(dst)
		}
		return dst
	})
}
