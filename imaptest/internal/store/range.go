package store

import (
	"iter"
	"slices"

	"github.com/imapstack/imapstack/utils/numset"
)

// A Range is the numbers from Start to Stop, both included. In ranges that this package returns, Start is above 0 and
// Stop is not below Start. In ranges for View.Resolve, 0 stands for "*", as in package numset, and Stop may be below
// Start (RFC 9051 §9, seq-range).
type Range = numset.Range

// Count returns how many numbers are in ranges. The ranges must not contain "*".
func Count(ranges []Range) int {
	n := 0
	for _, r := range ranges {
		n += int(r.Stop-r.Start) + 1
	}
	return n
}

// All returns the numbers of ranges in their order.
func All(ranges []Range) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, r := range ranges {
			for n := uint64(r.Start); n <= uint64(r.Stop); n++ {
				if !yield(uint32(n)) {
					return
				}
			}
		}
	}
}

// Contains reports whether n is in ranges, which must be sorted. It takes logarithmic time.
func Contains(ranges []Range, n uint32) bool {
	i, _ := slices.BinarySearchFunc(ranges, n, func(r Range, n uint32) int {
		if r.Stop < n {
			return -1
		}
		return 1
	})
	return i < len(ranges) && ranges[i].Start <= n
}

// Add appends n to ranges, and returns the new slice. If n follows the end of the last range, that range grows.
func Add(ranges []Range, n uint32) []Range {
	if k := len(ranges); k > 0 && ranges[k-1].Stop+1 == n && n != 0 {
		ranges[k-1].Stop = n
		return ranges
	}
	return append(ranges, Range{Start: n, Stop: n})
}

// normalize returns a new slice of ranges in which "*" is top, each range ascends, and the ranges are sorted and
// joined.
func normalize(ranges []Range, top uint32) []Range {
	out := make([]Range, 0, len(ranges))
	for _, r := range ranges {
		if r.Start == 0 {
			r.Start = top
		}
		if r.Stop == 0 {
			r.Stop = top
		}
		if r.Start > r.Stop {
			r.Start, r.Stop = r.Stop, r.Start
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Range) int {
		switch {
		case a.Start < b.Start:
			return -1
		case a.Start > b.Start:
			return 1
		}
		return 0
	})
	k := 0
	for _, r := range out {
		if k > 0 && uint64(r.Start) <= uint64(out[k-1].Stop)+1 {
			out[k-1].Stop = max(out[k-1].Stop, r.Stop)
			continue
		}
		out[k] = r
		k++
	}
	return out[:k]
}

// span returns the numbers from start to stop.
func span(start, stop uint32) Range { return Range{Start: start, Stop: stop} }
