package numset

import (
	"iter"
	"slices"
)

// Kind says whether the numbers of a set are sequence numbers or UIDs.
type Kind uint8

// These are the kinds of numbers.
const (
	NoKind Kind = iota // the kind of the zero Set, which package commands refuses
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

// Range is the range of numbers from Start to Stop, both included. 0 is "*", the largest number in use.
type Range struct{ Start, Stop uint32 }

// form says in which form a set has its numbers.
type form uint8

const (
	listed  form = iota // as ranges
	saved               // as "$"
	unknown             // in no form: the set is unknown
)

// Set is a set of message numbers. It consists of sorted ranges that do not touch. The zero value is the empty set of
// no kind. A copy is independent of the original.
type Set struct {
	_       [0]func() // prevents ==, which would compare addresses and not numbers; use Equal
	kind    Kind
	form    form
	hasLast bool     // the set has ranges, and last is valid
	tail    int      // how many ranges of the last chunk belong to this set
	chunks  []*chunk // all ranges except the last; the elements do not change
	last    Range    // the last range, the only one that may have "*"
}

// Of returns the set of the numbers nums, which may be in any order. 0 is "*".
func Of(k Kind, nums ...uint32) Set {
	s := Set{kind: k}
	less := func(a, b uint32) int { return compare(orderOf(a), orderOf(b)) }
	if !slices.IsSortedFunc(nums, less) {
		nums = slices.Clone(nums)
		slices.SortFunc(nums, less)
	}
	for _, n := range nums {
		s.Add(n)
	}
	return s
}

// Span returns the set of the numbers from start to stop, or from stop to start if start is greater. A 0 is "*".
func Span(k Kind, start, stop uint32) Set {
	s := Set{kind: k}
	s.AddRange(start, stop)
	return s
}

// FromRanges returns the set of the numbers in ranges, which may be in any order and may overlap. The caller owns the
// slice.
func FromRanges(k Kind, ranges []Range) Set {
	if !slices.IsSortedFunc(ranges, byStart) {
		ranges = slices.Clone(ranges)
		slices.SortFunc(ranges, byStart)
	}
	return fromSorted(k, ranges)
}

// fromSorted works like FromRanges, for sorted ranges.
func fromSorted(k Kind, ranges []Range) Set {
	s := Set{kind: k}
	for _, r := range ranges {
		s.AddRange(r.Start, r.Stop)
	}
	return s
}

// byStart compares two ranges by their lower ends.
func byStart(a, b Range) int {
	return compare(min(orderOf(a.Start), orderOf(a.Stop)), min(orderOf(b.Start), orderOf(b.Stop)))
}

// All returns the set 1:*, all messages.
func All(k Kind) Set { return Span(k, 1, 0) }

// Saved returns the set "$", the saved result of the last search (RFC 9051 §6.4.4.1).
func Saved(k Kind) Set { return Set{kind: k, form: saved} }

// Kind returns the kind of the numbers.
func (s Set) Kind() Kind { return s.kind }

// WithKind returns a set of the same numbers with another kind.
func (s Set) WithKind(k Kind) Set { s.kind = k; return s }

// IsSaved reports whether the set is "$".
func (s Set) IsSaved() bool { return s.form == saved }

// Dynamic reports whether only the server knows the numbers of the set. This is so if the set has "*", is "$", or is an
// unknown set.
func (s Set) Dynamic() bool { return s.form != listed || s.hasLast && s.last.Stop == 0 }

// Unknown reports whether the set is unknown: it is the result of an operation that only the server could compute, or
// of an operation on sets of different kinds. An unknown set has no text form. See [Set.Difference].
func (s Set) Unknown() bool { return s.form == unknown }

// Empty reports whether the set has no numbers. It returns false if only the server knows that.
func (s Set) Empty() bool { return s.form == listed && !s.hasLast }

// Contains reports whether n is in the set, or may be in it. "*" is the largest number in use, which only the server
// knows. For example, any n from 5 on may be in the set 5:*, and any n may be in the sets "*" and "$". If n is 0, it
// stands for "*": Contains then returns true for the sets that have "*", for "$", and for an unknown set.
func (s Set) Contains(n uint32) bool {
	switch {
	case s.form != listed:
		return true
	case !s.hasLast:
		return false
	case s.last.Stop == 0 && (n == 0 || n >= s.last.Start):
		return true
	case n >= s.last.Start:
		return n <= s.last.Stop
	case len(s.chunks) == 0:
		return false
	}
	p := s.find(orderOf(n))
	r, ok := s.at(p)
	return ok && orderOf(r.Start) <= orderOf(n)
}

// Len returns how many numbers the set has. It returns false if only the server knows that.
func (s Set) Len() (n uint64, ok bool) {
	if s.Dynamic() {
		return 0, false
	}
	for c := range s.chunks {
		n += s.count(c)
	}
	if s.hasLast {
		n += s.last.size()
	}
	return n, true
}

// size returns how many numbers a range without "*" has.
func (r Range) size() uint64 { return uint64(r.Stop-r.Start) + 1 }

// Index returns how many numbers of the set are less than n, and whether n is in the set. If the set has all UIDs of a
// mailbox and n is one of them, the first result is one less than the sequence number of n. If a range ends in "*",
// Index takes all numbers from its start on for members of the set.
func (s Set) Index(n uint32) (i uint64, in bool) {
	if s.form != listed || !s.hasLast {
		return 0, false
	}
	p := s.find(orderOf(n))
	for c := range p.chunk {
		i += s.count(c)
	}
	ranges := func(yield func(Range) bool) {
		if p.chunk < len(s.chunks) {
			for _, r := range s.rangesIn(p.chunk) {
				if !yield(r) {
					return
				}
			}
		}
		yield(s.last)
	}
	for r := range ranges {
		switch {
		case orderOf(n) < orderOf(r.Start):
			return i, false
		case orderOf(n) <= orderOf(r.Stop):
			return i + orderOf(n) - orderOf(r.Start), true
		}
		i += r.size()
	}
	return i, false
}

// At returns the number at index i of the set, in ascending order. The least number has index 0. It returns false if
// the set has no such number, or if only the server knows the number.
func (s Set) At(i uint64) (n uint32, ok bool) {
	for c := range s.chunks {
		k := s.count(c)
		if i >= k {
			i -= k
			continue
		}
		for _, r := range s.rangesIn(c) {
			if i < r.size() {
				return r.Start + uint32(i), true
			}
			i -= r.size()
		}
	}
	if s.form != listed || !s.hasLast || i >= 1<<32 || orderOf(s.last.Start)+i > orderOf(s.last.Stop) || orderOf(s.last.Start)+i > 1<<32-1 {
		return 0, false
	}
	return s.last.Start + uint32(i), true
}

// Min returns the least number. It returns false if the set is empty, or if only the server knows the number.
func (s Set) Min() (n uint32, ok bool) {
	for r := range s.Spans() {
		return r.Start, r.Start != 0
	}
	return 0, false
}

// Max returns the largest number. It returns false if the set is empty, or if only the server knows the number.
func (s Set) Max() (n uint32, ok bool) { return s.last.Stop, s.hasLast && s.last.Stop != 0 }

// Spans yields the ranges in ascending order. For "$" and an unknown set, it yields nothing.
func (s Set) Spans() iter.Seq[Range] {
	return func(yield func(Range) bool) {
		for c := range s.chunks {
			for _, r := range s.rangesIn(c) {
				if !yield(r) {
					return
				}
			}
		}
		if s.hasLast {
			yield(s.last)
		}
	}
}

// Ranges returns the ranges in ascending order. The caller owns the slice. Spans yields the same ranges without an
// allocation.
func (s Set) Ranges() []Range {
	if !s.hasLast {
		return nil
	}
	out := make([]Range, 0, s.spans())
	for c := range s.chunks {
		out = append(out, s.rangesIn(c)...)
	}
	return append(out, s.last)
}

// spans returns how many ranges the set has.
func (s *Set) spans() (n int) {
	for c := range s.chunks {
		n += len(s.rangesIn(c))
	}
	if s.hasLast {
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
	if s.kind != t.kind || s.form != t.form || s.form == unknown || s.hasLast != t.hasLast || s.last != t.last || s.spans() != t.spans() {
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

// Clone returns a copy of s. An assignment also makes a copy.
func (s Set) Clone() Set { return s }
