package numset

import (
	"cmp"
	"slices"
	"sort"
	"sync/atomic"
)

// chunkSize is the most ranges that a chunk has. A change in the middle of a set copies no more than that.
const chunkSize = 512

// chunk is an array of ranges that several sets share. Its contents never change. The free space after them belongs to
// the set that takes it first. So a set that grows at its end does not copy; a copy of it that grows as well does.
//
// In all chunks of a set except the last, every range belongs to the set.
type chunk struct {
	r     []Range       // the length includes the free space
	used  atomic.Int32  // how many of r are taken
	count atomic.Uint64 // how many numbers are in all of r; 0 means not counted yet
}

// newChunk makes a chunk with a copy of ranges and some free space.
func newChunk(ranges []Range, room int) *chunk {
	c := &chunk{r: make([]Range, len(ranges)+room)}
	copy(c.r, ranges)
	c.used.Store(int32(len(ranges)))
	return c
}

// top returns a number for comparison: "*" is greater than all others.
func top(n uint32) uint64 {
	if n == 0 {
		return 1 << 32
	}
	return uint64(n)
}

func compare(a, b uint64) int { return cmp.Compare(a, b) }

// of returns the set's ranges in chunk c. They must not be written to.
func (s *Set) of(c int) []Range {
	if c == len(s.chunks)-1 {
		return s.chunks[c].r[:s.tail]
	}
	return s.chunks[c].r
}

// count returns how many numbers are in chunk c.
func (s *Set) count(c int) (n uint64) {
	whole := c < len(s.chunks)-1 // the last one may grow
	if whole {
		if n = s.chunks[c].count.Load(); n > 0 {
			return n
		}
	}
	for _, r := range s.of(c) {
		n += r.size()
	}
	if whole {
		s.chunks[c].count.Store(n)
	}
	return n
}

// place is the place of a range: index i in chunk number chunk. After the last chunk, chunk is the number of chunks.
type place struct{ chunk, i int }

// find returns the place of the first range in the chunks that ends at n or above.
func (s *Set) find(n uint64) place {
	c := sort.Search(len(s.chunks), func(c int) bool {
		r := s.of(c)
		return top(r[len(r)-1].Stop) >= n
	})
	if c == len(s.chunks) {
		return place{chunk: c}
	}
	r := s.of(c)
	return place{c, sort.Search(len(r), func(i int) bool { return top(r[i].Stop) >= n })}
}

// at returns the range at a place in the chunks.
func (s *Set) at(p place) (Range, bool) {
	if p.chunk == len(s.chunks) {
		return Range{}, false
	}
	return s.of(p.chunk)[p.i], true
}

// after returns the place that follows p.
func (s *Set) after(p place) place {
	if p.i++; p.i == len(s.of(p.chunk)) {
		return place{chunk: p.chunk + 1}
	}
	return p
}

// before returns the range before p, which must not be the first.
func (s *Set) before(p place) Range {
	if p.i == 0 {
		r := s.of(p.chunk - 1)
		return r[len(r)-1]
	}
	return s.of(p.chunk)[p.i-1]
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
		// There is no free space, or another set has it.
		c = newChunk(c.r[:s.tail], min(s.tail+1, chunkSize-s.tail))
		c.used.Store(int32(s.tail + 1))
		s.chunks = append(slices.Clip(s.chunks[:n-1]), c)
	}
	c.r[s.tail] = r
	s.tail++
}

// pop makes the last range of the chunks the set's last.
func (s *Set) pop() {
	n := len(s.chunks)
	if s.some = n > 0; !s.some {
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

// splice replaces the ranges in the chunks from a on and before b.
func (s *Set) splice(a, b place, with ...Range) {
	var left, right []Range
	if a.chunk < len(s.chunks) {
		left = s.of(a.chunk)[:a.i]
	}
	after := []*chunk(nil) // these stay unchanged
	if b.chunk < len(s.chunks) {
		right = s.of(b.chunk)[b.i:]
		after = s.chunks[b.chunk+1:]
	}
	first, size := a.chunk, len(left)+len(with)+len(right)
	var joined []Range
	if first > 0 && size < chunkSize/4 {
		// Small chunks join the one before them. Otherwise a set of a few numbers would have as many chunks as it once
		// needed.
		first--
		joined = s.of(first)
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

// cursor iterates over the ranges of a set.
type cursor struct {
	s        *Set
	chunk, i int
}

// from returns a cursor at the first range that ends at n or above.
func (s *Set) from(n uint32) cursor {
	p := s.find(top(n))
	return cursor{s, p.chunk, p.i}
}

func (c *cursor) next() (Range, bool) {
	for c.chunk < len(c.s.chunks) {
		if r := c.s.of(c.chunk); c.i < len(r) {
			c.i++
			return r[c.i-1], true
		}
		c.chunk, c.i = c.chunk+1, 0
	}
	if c.i == 0 && c.s.some {
		c.i++
		return c.s.last, true
	}
	return Range{}, false
}
