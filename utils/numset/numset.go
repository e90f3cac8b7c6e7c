package numset

import (
	"iter"
	"slices"
)

// Kind says what the numbers of a set mean.
type Kind uint8

// The kinds of numbers.
const (
	NoKind Kind = iota // not known, as in the zero Set; commands refuse it
	Seq                // message sequence numbers
	UID                // unique identifiers
)

// String returns "seq", "uid" or "none".
func (k Kind) String() string {
	switch k {
	case Seq:
		return "seq"
	case UID:
		return "uid"
	}
	return "none"
}

// Range holds the numbers from Start to Stop, both included. 0 is "*", the largest number in use.
type Range struct{ Start, Stop uint32 }

// form says how the numbers of a set are given.
type form uint8

const (
	listed  form = iota // by ranges
	saved               // "$"
	unknown             // not at all: no text expresses them
)

// Set is a set of numbers: sorted ranges that do not touch. The zero value is the empty set of no kind. A copy is
// independent of the original.
type Set struct {
	_      [0]func() // == would compare addresses, not numbers: use Equal
	kind   Kind
	form   form
	some   bool     // whether there is a last range
	tail   int      // how many ranges of the last chunk belong to this set
	chunks []*chunk // all ranges except the last; the slice is never written to
	last   Range    // the only one that may hold "*"
}

// Of returns the set of nums, which may be in any order. A 0 is "*".
func Of(k Kind, nums ...uint32) Set {
	s := Set{kind: k}
	less := func(a, b uint32) int { return compare(top(a), top(b)) }
	if !slices.IsSortedFunc(nums, less) {
		nums = slices.Clone(nums)
		slices.SortFunc(nums, less)
	}
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

// FromRanges returns the set of the numbers in ranges, which may be in any order and may overlap. The slice stays the
// caller's.
func FromRanges(k Kind, ranges []Range) Set {
	if !slices.IsSortedFunc(ranges, byStart) {
		ranges = slices.Clone(ranges)
		slices.SortFunc(ranges, byStart)
	}
	return gather(k, ranges)
}

// gather is FromRanges for sorted ranges.
func gather(k Kind, ranges []Range) Set {
	s := Set{kind: k}
	for _, r := range ranges {
		s.AddRange(r.Start, r.Stop)
	}
	return s
}

// byStart orders ranges by their lower ends.
func byStart(a, b Range) int {
	return compare(min(top(a.Start), top(a.Stop)), min(top(b.Start), top(b.Stop)))
}

// All returns 1:*.
func All(k Kind) Set { return Span(k, 1, 0) }

// Saved returns "$", the result of the last search (RFC 9051 §6.4.4.1).
func Saved(k Kind) Set { return Set{kind: k, form: saved} }

// Kind returns what the numbers mean.
func (s Set) Kind() Kind { return s.kind }

// WithKind returns a set of the same numbers with another kind.
func (s Set) WithKind(k Kind) Set { s.kind = k; return s }

// IsSaved reports whether the set is "$".
func (s Set) IsSaved() bool { return s.form == saved }

// Dynamic reports whether the contents of the set cannot be known: it holds "*", is "$", or results from an operation
// on such sets.
func (s Set) Dynamic() bool { return s.form != listed || s.some && s.last.Stop == 0 }

// Unknown reports whether nothing is known about the contents, so that no text expresses them: see [Set.Difference].
func (s Set) Unknown() bool { return s.form == unknown }

// Empty reports whether the set certainly has no numbers.
func (s Set) Empty() bool { return s.form == listed && !s.some }

// Contains reports whether n is in the set. All that is known about "*" is that it is the largest number in use. So any
// n from the range's other end on may be in it, and any n at all in "*" alone. Any n may be in "$".
func (s Set) Contains(n uint32) bool {
	switch {
	case s.form != listed:
		return true
	case !s.some:
		return false
	case n >= s.last.Start:
		return n <= s.last.Stop || s.last.Stop == 0
	case len(s.chunks) == 0:
		return false
	}
	p := s.find(top(n))
	r, ok := s.at(p)
	return ok && top(r.Start) <= top(n)
}

// Len returns how many numbers are in the set, and false if that cannot be known.
func (s Set) Len() (n uint64, ok bool) {
	if s.Dynamic() {
		return 0, false
	}
	for c := range s.chunks {
		n += s.count(c)
	}
	if s.some {
		n += s.last.size()
	}
	return n, true
}

// size returns how many numbers a range without "*" has.
func (r Range) size() uint64 { return uint64(r.Stop-r.Start) + 1 }

// Index returns how many numbers of the set are less than n, and whether n is in the set. For the set of all UIDs of a
// mailbox, the first result is the sequence number less one. Numbers above the start of a range that ends in "*" count
// as in the set.
func (s Set) Index(n uint32) (i uint64, in bool) {
	if s.form != listed || !s.some {
		return 0, false
	}
	p := s.find(top(n))
	for c := range p.chunk {
		i += s.count(c)
	}
	ranges := func(yield func(Range) bool) {
		if p.chunk < len(s.chunks) {
			for _, r := range s.of(p.chunk) {
				if !yield(r) {
					return
				}
			}
		}
		yield(s.last)
	}
	for r := range ranges {
		switch {
		case top(n) < top(r.Start):
			return i, false
		case top(n) <= top(r.Stop):
			return i + top(n) - top(r.Start), true
		}
		i += r.size()
	}
	return i, false
}

// At returns the number that has exactly i smaller ones in the set. It returns false if the set has i numbers or fewer,
// or if that cannot be known.
func (s Set) At(i uint64) (n uint32, ok bool) {
	for c := range s.chunks {
		k := s.count(c)
		if i >= k {
			i -= k
			continue
		}
		for _, r := range s.of(c) {
			if i < r.size() {
				return r.Start + uint32(i), true
			}
			i -= r.size()
		}
	}
	if s.form != listed || !s.some || top(s.last.Start)+i > top(s.last.Stop) || top(s.last.Start)+i > 1<<32-1 {
		return 0, false
	}
	return s.last.Start + uint32(i), true
}

// Min returns the least number, and false if there is none or it cannot be known.
func (s Set) Min() (n uint32, ok bool) {
	for r := range s.Spans() {
		return r.Start, r.Start != 0
	}
	return 0, false
}

// Max returns the largest number, and false if there is none or it cannot be known.
func (s Set) Max() (n uint32, ok bool) { return s.last.Stop, s.some && s.last.Stop != 0 }

// Spans yields the ranges in ascending order. For "$" it yields nothing.
func (s Set) Spans() iter.Seq[Range] {
	return func(yield func(Range) bool) {
		for c := range s.chunks {
			for _, r := range s.of(c) {
				if !yield(r) {
					return
				}
			}
		}
		if s.some {
			yield(s.last)
		}
	}
}

// Ranges returns the ranges in ascending order, in a slice that the caller owns. Spans allocates no slice.
func (s Set) Ranges() []Range {
	if !s.some {
		return nil
	}
	out := make([]Range, 0, s.spans())
	for c := range s.chunks {
		out = append(out, s.of(c)...)
	}
	return append(out, s.last)
}

// spans counts the ranges.
func (s *Set) spans() (n int) {
	for c := range s.chunks {
		n += len(s.of(c))
	}
	if s.some {
		n++
	}
	return n
}

// Numbers yields the numbers in ascending order, and stops before a range that ends in "*".
func (s Set) Numbers() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for r := range s.Spans() {
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

// Equal reports whether both sets have the same kind and numbers. "$" equals only "$". An unknown set equals no set.
func (s Set) Equal(t Set) bool {
	if s.kind != t.kind || s.form != t.form || s.form == unknown || s.some != t.some || s.last != t.last || s.spans() != t.spans() {
		return false
	}
	a, b := cursor{s: &s}, cursor{s: &t}
	for {
		x, ok := a.next()
		y, _ := b.next()
		if !ok || x != y {
			return !ok
		}
	}
}

// Clone returns s. An assignment copies a set as well.
func (s Set) Clone() Set { return s }
