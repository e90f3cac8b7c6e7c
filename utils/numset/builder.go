package numset

import "slices"

// A Builder makes a set of very many numbers as they come, in any order. What ascends goes into its place at once; what does not is put
// in order later, in turns that together take no more than sorting all of it. The zero Builder is empty.
type Builder struct {
	chunks []*chunk // ranges that ascended, all but the last
	tail   int      // of the last chunk
	last   Range    // of those; the zero Range if there is none
	loose  []Range  // what did not ascend
	merged Set      // all that has been put in order before
	held   int      // ranges in merged and chunks
}

// looseLeast is how many ranges that are in no order are not put in order for themselves.
const looseLeast = 1024

// Add puts ranges into the set, in whatever order they are. The slice stays the caller's.
func (b *Builder) Add(ranges ...Range) {
	for _, r := range ranges {
		switch {
		case r.Start == 0 || r.Stop < r.Start: // "*", or the other way round
			b.unordered(r)
		case b.last.Start == 0:
			b.last = r
			b.held++
		case uint64(r.Start) > uint64(b.last.Stop)+1:
			b.push(b.last)
			b.last = r
			b.held++
		case r.Start >= b.last.Start:
			b.last.Stop = max(b.last.Stop, r.Stop)
		default:
			b.unordered(r)
		}
	}
}

// push appends a range to the chunks. The first chunk grows; the others are whole.
func (b *Builder) push(r Range) {
	n := len(b.chunks)
	switch {
	case n == 0:
		b.chunks = append(b.chunks, newChunk(nil, 4))
	case b.tail == chunkSize:
		b.chunks, b.tail = append(b.chunks, newChunk(nil, chunkSize)), 0
	case b.tail == len(b.chunks[n-1].r):
		b.chunks[n-1] = newChunk(b.chunks[n-1].r, min(3*b.tail, chunkSize-b.tail))
	}
	b.chunks[len(b.chunks)-1].r[b.tail] = r
	b.tail++
}

// unordered takes a range that does not follow the last one.
func (b *Builder) unordered(r Range) {
	if b.loose = append(b.loose, r); len(b.loose) >= max(looseLeast, b.held) {
		b.merge()
	}
}

// merge puts everything in order.
func (b *Builder) merge() {
	if b.last.Start != 0 {
		s := Set{some: true, tail: b.tail, chunks: b.chunks, last: b.last}
		if n := len(b.chunks); n > 0 {
			for _, c := range b.chunks[:n-1] {
				c.used.Store(chunkSize)
			}
			b.chunks[n-1].used.Store(int32(b.tail))
		}
		b.merged = b.merged.Union(s)
		b.chunks, b.tail, b.last = nil, 0, Range{}
	}
	if len(b.loose) > 0 {
		slices.SortFunc(b.loose, byStart)
		b.merged = b.merged.Union(gather(NoKind, b.loose))
		b.loose = b.loose[:0]
	}
	b.held = b.merged.spans()
}

// Len returns how many ranges b holds. There may be more of them than the set will have, by those that have come in no order.
func (b *Builder) Len() int { return b.held + len(b.loose) }

// Set returns the set of all that has been added, as numbers of kind k. The Builder may go on.
func (b *Builder) Set(k Kind) Set {
	b.merge()
	return b.merged.WithKind(k)
}
