package numset

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
)

// Kind says what the numbers of a set are.
type Kind uint8

// The kinds of numbers.
const (
	Seq Kind = iota // message sequence numbers
	UID             // unique identifiers
)

// String returns "seq" or "uid".
func (k Kind) String() string {
	if k == UID {
		return "uid"
	}
	return "seq"
}

// ErrSyntax reports text that is not a sequence-set.
var ErrSyntax = errors.New("numset: not a sequence-set")

// Range is the numbers from Start to Stop, both included. 0 is "*", the largest number in use.
type Range struct{ Start, Stop uint32 }

// Set is a set of numbers: sorted ranges that do not touch. Its zero value is the empty set of sequence
// numbers. Copies share their ranges until one of them is changed by Add or AddRange; Clone makes one that does not.
type Set struct {
	kind   Kind
	saved  bool
	ranges []Range // fixed ones, sorted; then at most one that ends in "*"
}

// Of returns the set of nums. A 0 is "*".
func Of(k Kind, nums ...uint32) Set {
	s := Set{kind: k}
	for _, n := range nums {
		s.Add(n)
	}
	return s
}

// Span returns the set of the numbers from start to stop, in either order. 0 is "*".
func Span(k Kind, start, stop uint32) Set {
	s := Set{kind: k}
	s.AddRange(start, stop)
	return s
}

// FromRanges returns the set of the numbers in ranges, which may be in any order and may overlap. It takes the slice over:
// the caller must not use it again.
func FromRanges(k Kind, ranges []Range) Set { return Set{kind: k, ranges: normalize(ranges)} }

// All returns 1:*.
func All(k Kind) Set { return Span(k, 1, 0) }

// Saved returns "$", the result of the last search (RFC 9051 §6.4.4.1).
func Saved(k Kind) Set { return Set{kind: k, saved: true} }

// Kind returns what the numbers are.
func (s Set) Kind() Kind { return s.kind }

// WithKind returns the set of the same numbers as another kind.
func (s Set) WithKind(k Kind) Set { s.kind = k; return s }

// IsSaved reports whether the set is "$".
func (s Set) IsSaved() bool { return s.saved }

// Dynamic reports whether only the server knows what is in the set: it holds "*" or is "$".
func (s Set) Dynamic() bool {
	return s.saved || len(s.ranges) > 0 && s.ranges[len(s.ranges)-1].Stop == 0
}

// Empty reports whether the set has no numbers.
func (s Set) Empty() bool { return !s.saved && len(s.ranges) == 0 }

// Contains reports whether n is in the set. Of "*" it is known only that it is the largest number in use: any n from
// the range's other end on may be in it, and for "*" alone any n. Any n may be in "$".
func (s Set) Contains(n uint32) bool {
	if s.saved {
		return true
	}
	if len(s.ranges) == 1 {
		r := s.ranges[0]
		return n >= r.Start && (n <= r.Stop || r.Stop == 0)
	}
	i, ok := slices.BinarySearchFunc(s.ranges, n, func(r Range, n uint32) int {
		switch {
		case r.Stop != 0 && r.Stop < n:
			return -1
		case r.Start > n:
			return 1
		}
		return 0
	})
	return ok && i < len(s.ranges)
}

// Len returns how many numbers are in the set, and false if only the server knows.
func (s Set) Len() (n uint64, ok bool) {
	for _, r := range s.ranges {
		if r.Stop == 0 {
			return 0, false
		}
		n += uint64(r.Stop-r.Start) + 1
	}
	return n, !s.saved
}

// Add puts n into the set. In ascending order that takes constant time.
func (s *Set) Add(n uint32) {
	if l := len(s.ranges); l > 0 && n != 0 {
		last := &s.ranges[l-1]
		if last.Stop != 0 && n > last.Stop {
			if n == last.Stop+1 {
				last.Stop = n
			} else {
				s.ranges = append(s.ranges, Range{n, n})
			}
			return
		}
	}
	s.AddRange(n, n)
}

// top is "*" as it is compared.
func top(n uint32) uint64 {
	if n == 0 {
		return 1 << 32
	}
	return uint64(n)
}

// AddRange puts the numbers from a to b, in either order, into the set. 0 is "*".
func (s *Set) AddRange(a, b uint32) {
	if top(a) > top(b) {
		a, b = b, a
	}
	if n := len(s.ranges); n == 0 || top(s.ranges[n-1].Stop)+1 < top(a) {
		s.ranges = append(s.ranges, Range{a, b})
		return
	}
	i, _ := slices.BinarySearchFunc(s.ranges, a, func(r Range, a uint32) int {
		if top(r.Stop)+1 < top(a) {
			return -1
		}
		return 1
	})
	j := i
	for j < len(s.ranges) && top(s.ranges[j].Start) <= top(b)+1 {
		if top(s.ranges[j].Start) < top(a) {
			a = s.ranges[j].Start
		}
		if top(s.ranges[j].Stop) > top(b) {
			b = s.ranges[j].Stop
		}
		j++
	}
	if i == j {
		s.ranges = slices.Insert(s.ranges, i, Range{a, b})
		return
	}
	s.ranges[i] = Range{a, b}
	s.ranges = slices.Delete(s.ranges, i+1, j)
}

// Ranges returns the ranges, sorted; valid until the set is next changed.
func (s Set) Ranges() []Range { return s.ranges[:len(s.ranges):len(s.ranges)] }

// Numbers yields the numbers in ascending order, and ends before a range that ends in "*".
func (s Set) Numbers() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, r := range s.ranges {
			if r.Stop == 0 {
				return
			}
			for n := uint64(r.Start); n <= uint64(r.Stop); n++ {
				if !yield(uint32(n)) {
					return
				}
			}
		}
	}
}

// AppendTo appends the set as the wire has it. The empty set, which it cannot have, appends nothing.
func (s Set) AppendTo(dst []byte) []byte {
	if s.saved {
		return append(dst, '$')
	}
	for i, r := range s.ranges {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.AppendTo(dst)
	}
	return dst
}

// AppendTo appends the range as the wire has it.
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

// String returns the set as the wire has it.
func (s Set) String() string { return string(s.AppendTo(nil)) }

// Clone returns a copy that shares nothing with s.
func (s Set) Clone() Set { s.ranges = slices.Clone(s.ranges); return s }

// Equal reports whether both sets have the same kind and numbers.
func (s Set) Equal(t Set) bool {
	return s.kind == t.kind && s.saved == t.saved && slices.Equal(s.ranges, t.ranges)
}

// Parse reads a sequence-set. Ranges may be in any order, and may overlap.
func Parse(k Kind, b []byte) (Set, error) {
	s := Set{kind: k}
	if len(b) == 1 && b[0] == '$' {
		s.saved = true
		return s, nil
	}
	ranges, err := ParseList(b)
	if err != nil {
		return Set{kind: k}, err
	}
	s.ranges = normalize(ranges)
	return s, nil
}

// ParseString is Parse of a string.
func ParseString(k Kind, text string) (Set, error) { return Parse(k, []byte(text)) }

// ParseList reads a sequence-set as it stands: its ranges in their order. COPYUID's belong together by it.
func ParseList(b []byte) ([]Range, error) {
	var ranges []Range
	for i := 0; ; {
		a, n, ok := number(b[i:])
		if !ok {
			return nil, syntax(b, i)
		}
		i += n
		z := a
		if i < len(b) && b[i] == ':' {
			if z, n, ok = number(b[i+1:]); !ok {
				return nil, syntax(b, i+1)
			}
			i += n + 1
		}
		ranges = append(ranges, Range{a, z})
		if i == len(b) {
			return ranges, nil
		}
		if b[i] != ',' {
			return nil, syntax(b, i)
		}
		i++
	}
}

func syntax(b []byte, i int) error {
	return fmt.Errorf("%w: %.32q at octet %d", ErrSyntax, b[min(i, len(b)):], i)
}

// number reads a number that is not zero, or "*", which is 0.
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

// normal reports whether ranges, without "*", ascend and are apart, as servers send them.
func normal(in []Range) bool {
	last := int64(-1)
	for _, r := range in {
		if int64(r.Start) <= last+1 || r.Stop < r.Start {
			return false
		}
		last = int64(r.Stop)
	}
	return true
}

// normalize sorts ranges and joins those that touch.
func normalize(in []Range) []Range {
	if normal(in) {
		return in
	}
	for i, r := range in {
		if top(r.Start) > top(r.Stop) {
			in[i] = Range{r.Stop, r.Start}
		}
	}
	byStart := func(a, b Range) int { return int(int64(top(a.Start)) - int64(top(b.Start))) }
	if !slices.IsSortedFunc(in, byStart) {
		slices.SortFunc(in, byStart)
	}
	out := in[:0]
	for _, r := range in {
		if n := len(out); n > 0 && top(r.Start) <= top(out[n-1].Stop)+1 {
			if top(r.Stop) > top(out[n-1].Stop) {
				out[n-1].Stop = r.Stop
			}
			continue
		}
		out = append(out, r)
	}
	return out
}
