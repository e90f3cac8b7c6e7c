package transport

import "math/bits"

// A table entry says what the next bits of the input mean:
//
//	bits 0-3   how many bits the code has
//	bits 4-7   how many extra bits follow the code; for kindLink, how many more bits the second table takes
//	bits 8-11  the kind of the entry; zero for a length or distance
//	bits 16-31 the literal byte, the base of the length or distance, or where the second table begins
const (
	kindLiteral = 1 << (8 + iota)
	kindEnd
	kindLink
	kindBad

	entryLen   = 15
	extraShift = 4
	valueShift = 16
)

const (
	litRoot   = 10 // how many bits index the first table for literals and lengths
	litTable  = 1334
	distRoot  = 8
	distTable = 402

	maxCodeLen = 15
	numLit     = 286
	numDist    = 30
	numLens    = 19
)

// These are the symbols of literals and lengths, of distances, and of code lengths (RFC 1951 §3.2.5). They have the
// form of table entries, but without the length of the code. The last two of litSymbols and of distSymbols have a place
// in the fixed codes, but must not occur in the input.
var (
	litSymbols  = makeLitSymbols()
	distSymbols = makeDistSymbols()
	lenSymbols  = makeLenSymbols()
)

func makeLitSymbols() (s [numLit + 2]uint32) {
	for i := range 256 {
		s[i] = kindLiteral | uint32(i)<<valueShift
	}
	s[256] = kindEnd
	base := uint32(3)
	for i := uint32(0); i < 28; i++ {
		extra := uint32(0)
		if i >= 8 {
			extra = i/4 - 1
		}
		s[257+i] = extra<<extraShift | base<<valueShift
		base += 1 << extra
	}
	s[285] = 258 << valueShift
	s[286], s[287] = kindBad, kindBad
	return s
}

func makeDistSymbols() (s [numDist + 2]uint32) {
	base := uint32(1)
	for i := range uint32(numDist) {
		extra := uint32(0)
		if i >= 4 {
			extra = i/2 - 1
		}
		s[i] = extra<<extraShift | base<<valueShift
		base += 1 << extra
	}
	s[30], s[31] = kindBad, kindBad
	return s
}

func makeLenSymbols() (s [numLens]uint32) {
	for i := range s {
		s[i] = uint32(i) << valueShift
	}
	return s
}

// These are the fixed codes (RFC 1951 §3.2.6).
var fixedLit, fixedDist = makeFixed()

func makeFixed() (lit [litTable]uint32, dist [distTable]uint32) {
	var lens [numLit + 2]uint8
	for i := range lens {
		switch {
		case i < 144:
			lens[i] = 8
		case i < 256:
			lens[i] = 9
		case i < 280:
			lens[i] = 7
		default:
			lens[i] = 8
		}
	}
	build(lit[:], litRoot, lens[:], litSymbols[:])
	var five [numDist + 2]uint8
	for i := range five {
		five[i] = 5
	}
	build(dist[:], distRoot, five[:], distSymbols[:])
	return lit, dist
}

// build fills table for the code in which symbol i has lens[i] bits. If lens[i] is 0, the symbol does not occur. The
// first root bits of the input are an index into the first part of table. build returns false if the code is not
// complete. Like zlib, it allows two incomplete codes: the empty code, and the code of a single symbol with one bit.
func build(table []uint32, root uint, lens []uint8, symbols []uint32) bool {
	var count [maxCodeLen + 1]int
	for _, n := range lens {
		count[n]++
	}
	longest := uint(maxCodeLen)
	for longest > 0 && count[longest] == 0 {
		longest--
	}
	if longest == 0 {
		for i := range 1 << root {
			table[i] = kindBad
		}
		return true
	}
	var next [maxCodeLen + 1]int
	count[0] = 0
	code := 0
	for n := uint(1); n <= longest; n++ {
		code <<= 1
		next[n] = code
		code += count[n]
	}
	if code != 1<<longest {
		if code != 1 || longest != 1 {
			return false
		}
		for i := 1; i < 1<<root; i += 2 {
			table[i] = kindBad | 1
		}
	}

	// Add the codes in order of their length. Codes of at most root bits fill the first table. Its other entries link
	// to second tables.
	var order [numLit + 2]uint16
	var offset [maxCodeLen + 2]int
	for n := range maxCodeLen {
		offset[n+1] = offset[n] + count[n]
	}
	for i, n := range lens {
		if n != 0 {
			order[offset[n]] = uint16(i)
			offset[n]++
		}
	}
	used, prefix, sub, subBits := 1<<root, -1, 0, uint(0)
	i := 0
	for n := uint(1); n <= longest; n++ {
		for left := count[n]; left > 0; left-- {
			e := symbols[order[i]] | uint32(n)
			i++
			rev := int(bits.Reverse16(uint16(next[n])) >> (16 - n))
			next[n]++
			if n <= root {
				for j := rev; j < 1<<root; j += 1 << n {
					table[j] = e
				}
				continue
			}
			if p := rev & (1<<root - 1); p != prefix {
				// The codes with this prefix come one after the other: first the remaining codes of this length, and
				// then those of the next lengths. They fill the second table for the prefix.
				prefix, sub, subBits = p, used, n-root
				for room := 1<<subBits - left; room > 0; {
					subBits++
					room = room<<1 - count[root+subBits]
				}
				if used += 1 << subBits; used > len(table) {
					return false
				}
				table[p] = kindLink | uint32(root) | uint32(subBits)<<extraShift | uint32(sub)<<valueShift
			}
			for j := rev >> root; j < 1<<subBits; j += 1 << (n - root) {
				table[sub+j] = e
			}
		}
	}
	return true
}
