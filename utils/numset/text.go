package numset

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// ErrSyntax reports text that is not a sequence-set.
var ErrSyntax = errors.New("numset: not a sequence-set")

// AppendTo appends the set in the form of the protocol. For the empty set and an unknown set it appends nothing,
// because they have no form in the protocol.
func (s Set) AppendTo(dst []byte) []byte {
	if s.form == saved {
		return append(dst, '$')
	}
	comma := false
	for r := range s.Spans() {
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = r.AppendTo(dst)
	}
	return dst
}

// AppendTo appends the range in the form of the protocol.
func (r Range) AppendTo(dst []byte) []byte {
	dst = appendNumber(dst, r.Start)
	if r.Stop != r.Start {
		dst = appendNumber(append(dst, ':'), r.Stop)
	}
	return dst
}

func appendNumber(dst []byte, n uint32) []byte {
	if n == 0 {
		return append(dst, '*')
	}
	return strconv.AppendUint(dst, uint64(n), 10)
}

// String returns the set in the form of the protocol. The empty set is "", and an unknown set is "?".
func (s Set) String() string {
	if s.form == unknown {
		return "?"
	}
	return string(s.AppendTo(nil))
}

// Parse parses a sequence-set. The ranges may be in any order and may overlap.
func Parse(k Kind, b []byte) (Set, error) {
	if len(b) == 1 && b[0] == '$' {
		return Saved(k), nil
	}
	// Servers usually send ascending ranges. Add these to the set directly.
	s := Set{kind: k}
	for i := 0; ; {
		r, n, err := parseRange(b, i)
		if err != nil {
			return Set{kind: k}, err
		}
		if s.hasLast && min(orderOf(r.Start), orderOf(r.Stop)) < orderOf(s.last.Start) {
			break
		}
		s.AddRange(r.Start, r.Stop)
		if i = n; i == len(b) {
			return s, nil
		}
		i++
	}
	ranges, err := ParseList(b)
	if err != nil {
		return Set{kind: k}, err
	}
	slices.SortFunc(ranges, byStart)
	return fromSorted(k, ranges), nil
}

// ParseString is Parse for a string.
func ParseString(k Kind, text string) (Set, error) { return Parse(k, []byte(text)) }

// ParseList parses a sequence-set, and returns its ranges in the order of the text. COPYUID needs that order, because
// it determines which numbers of the two sets correspond.
func ParseList(b []byte) ([]Range, error) {
	ranges := make([]Range, 0, 1+bytes.Count(b, []byte{','}))
	for i := 0; ; i++ {
		r, n, err := parseRange(b, i)
		if err != nil {
			return nil, err
		}
		ranges = append(ranges, r)
		if i = n; i == len(b) {
			return ranges, nil
		}
	}
}

// parseRange parses the range that begins at offset i, and returns its end, which is the offset of a comma or the end
// of b.
func parseRange(b []byte, i int) (Range, int, error) {
	a, n, ok := number(b[i:])
	if !ok {
		return Range{}, 0, syntax(b, i)
	}
	i += n
	z := a
	if i < len(b) && b[i] == ':' {
		if z, n, ok = number(b[i+1:]); !ok {
			return Range{}, 0, syntax(b, i+1)
		}
		i += n + 1
	}
	if i < len(b) && b[i] != ',' {
		return Range{}, 0, syntax(b, i)
	}
	return Range{a, z}, i, nil
}

func syntax(b []byte, i int) error {
	return fmt.Errorf("%w: %.32q at octet %d", ErrSyntax, b[min(i, len(b)):], i)
}

// number parses a number that is not zero, or "*", for which it returns 0. n is how many octets of b it has parsed.
func number(b []byte) (v uint32, n int, ok bool) {
	if len(b) > 0 && b[0] == '*' {
		return 0, 1, true
	}
	var x uint64
	for n < len(b) && b[n]-'0' <= 9 {
		if x = x*10 + uint64(b[n]-'0'); x > 1<<32-1 {
			return 0, 0, false
		}
		n++
	}
	return uint32(x), n, x != 0
}
