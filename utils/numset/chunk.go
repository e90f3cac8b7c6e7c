package numset

import (
	"cmp"
	"slices"
	"sort"
	"sync/atomic"
)

// chunkSize is how many ranges a chunk has at most. A change in the middle of a set copies at most about twice as many
// ranges.
const chunkSize = 512

// A chunk is an array of ranges that several sets may share. The ranges in it do not change. A set may append a range
// to the free space at the end of its last chunk, if no other set has used that space before. So a set that grows at
// its end does not copy the chunk. If a copy of the set grows too, it must copy the chunk.
//
// All ranges of a chunk belong to the set, except in the last chunk of the set. Of that chunk, only the first ranges
// belong to the set, as many as Set.tail says.
type chunk struct {
	r     []Range       // the ranges, and after them the free space
	used  atomic.Int32  // how many elements of r are in use
	count atomic.Uint64 // how many numbers all ranges of r have; 0 means not counted yet
}

// newChunk returns a chunk with a copy of ranges, and with free space after them. The argument room says for how many
// more ranges the chunk has space.
func newChunk(ranges []Range, room int) *chunk {
	c := &chunk{r: make([]Range, len(ranges)+room)}
	copy(c.r, ranges)
	c.used.Store(int32(len(ranges)))
	return c
}

// orderOf returns n in a form that can be compared with other numbers. If n is 0, which means "*", the result is
// greater than that of any other number.
func orderOf(n uint32) uint64 {
	if n == 0 {
		return 1 << 32
	}
	return uint64(n)
}

func compare(a, b uint64) int { return cmp.Compare(a, b) }

// rangesIn returns the set's ranges in chunk c. The caller must not change them.
func (s *Set) rangesIn(c int) []Range {
	if c == len(s.chunks)-1 {
		return s.chunks[c].r[:s.tail]
	}
	return s.chunks[c].r
}

// count returns how many numbers the set's ranges in chunk c have.
func (s *Set) count(c int) (n uint64) {
	whole := c < len(s.chunks)-1 // the count of the last chunk is not kept, because that chunk may grow
	if whole {
		if n = s.chunks[c].count.Load(); n > 0 {
			return n
		}
	}
	for _, r := range s.rangesIn(c) {
		n += r.size()
	}
	if whole {
		s.chunks[c].count.Store(n)
	}
	return n
}

// A place says where a range of a set is: at index i of the chunk s.chunks[chunk]. For the place after the last chunk,
// chunk is len(s.chunks).
type place struct{ chunk, i int }

// find returns the place of the first range in the chunks that ends at n or at a greater number.
func (s *Set) find(n uint64) place {
	c := sort.Search(len(s.chunks), func(c int) bool {
		r := s.rangesIn(c)
		return orderOf(r[len(r)-1].Stop) >= n
	})
	if c == len(s.chunks) {
		return place{chunk: c}
	}
	r := s.rangesIn(c)
	return place{c, sort.Search(len(r), func(i int) bool { return orderOf(r[i].Stop) >= n })}
}

// at returns the range at a place in the chunks.
func (s *Set) at(p place) (Range, bool) {
	if p.chunk == len(s.chunks) {
		return Range{}, false
	}
	return s.rangesIn(p.chunk)[p.i], true
}

// after returns the place that follows p.
func (s *Set) after(p place) place {
	if p.i++; p.i == len(s.rangesIn(p.chunk)) {
		return place{chunk: p.chunk + 1}
	}
	return p
}

// before returns the range before p, which must not be the first.
func (s *Set) before(p place) Range {
	if p.i == 0 {
		r := s.rangesIn(p.chunk - 1)
		return r[len(r)-1]
	}
	return s.rangesIn(p.chunk)[p.i-1]
}

// push appends a range to the chunks.
func (s *Set) push(r Range) {
	n := len(s.chunks)
	if n == 0 || s.tail == chunkSize {
		room := chunkSize
		if n == 0 {
			room = 4
		}
		c := newChunk(nil, room)
		c.r[0] = r
		c.used.Store(1)
		s.chunks, s.tail = append(slices.Clip(s.chunks), c), 1
		return
	}
	c := s.chunks[n-1]
	if s.tail == len(c.r) || !c.used.CompareAndSwap(int32(s.tail), int32(s.tail+1)) {
		// The chunk has no free space, or another set has used it.
		c = newChunk(c.r[:s.tail], min(s.tail+1, chunkSize-s.tail))
		c.used.Store(int32(s.tail + 1))
		s.chunks = append(slices.Clip(s.chunks[:n-1]), c)
	}
	c.r[s.tail] = r
	s.tail++
}

// pop removes the last range from the chunks, and makes it s.last.
func (s *Set) pop() {
	n := len(s.chunks)
	if s.hasLast = n > 0; !s.hasLast {
		s.last = Range{}
		return
	}
	s.tail--
	s.last = s.chunks[n-1].r[s.tail]
	if s.tail == 0 {
		s.chunks = s.chunks[:n-1]
		if n > 1 {
			s.tail = len(s.chunks[n-2].r)
		}
	}
}

// splice replaces the ranges in the chunks from place a up to, but not including, place b. The new ranges are in the
// argument with.
func (s *Set) splice(a, b place, with ...Range) {
	var left, right []Range
	if a.chunk < len(s.chunks) {
		left = s.rangesIn(a.chunk)[:a.i]
	}
	after := []*chunk(nil) // the chunks that stay unchanged
	if b.chunk < len(s.chunks) {
		right = s.rangesIn(b.chunk)[b.i:]
		after = s.chunks[b.chunk+1:]
	}
	first, size := a.chunk, len(left)+len(with)+len(right)
	var joined []Range
	if first > 0 && size < chunkSize/4 {
		// Join small chunks with the chunk before them. Otherwise a set that has become small would keep as many chunks
		// as it had when it was large.
		first--
		joined = s.rangesIn(first)
	}
	all := make([]Range, 0, len(joined)+size)
	all = append(append(append(append(all, joined...), left...), with...), right...)
	chunks := append(make([]*chunk, 0, len(s.chunks)+3), s.chunks[:first]...)
	for k := (len(all) + chunkSize - 1) / chunkSize; k > 0; k-- {
		n := (len(all) + k - 1) / k
		c := &chunk{r: all[:n:n]}
		c.used.Store(int32(n))
		chunks = append(chunks, c)
		all = all[n:]
	}
	s.chunks = append(chunks, after...)
	if n := len(s.chunks); n > 0 && len(after) == 0 {
		s.tail = len(s.chunks[n-1].r)
	}
}

// A cursor iterates over the ranges of a set.
type cursor struct {
	s        *Set
	chunk, i int
}

// from returns a cursor at the first range that ends at n or at a greater number.
func (s *Set) from(n uint32) cursor {
	p := s.find(orderOf(n))
	return cursor{s, p.chunk, p.i}
}

func (c *cursor) next() (Range, bool) {
	for c.chunk < len(c.s.chunks) {
		if r := c.s.rangesIn(c.chunk); c.i < len(r) {
			c.i++
			return r[c.i-1], true
		}
		c.chunk, c.i = c.chunk+1, 0
	}
	if c.i == 0 && c.s.hasLast {
		c.i++
		return c.s.last, true
	}
	return Range{}, false
}
