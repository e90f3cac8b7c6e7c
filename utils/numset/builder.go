package numset

import "slices"

// A Builder makes a set of very many numbers that arrive in any order. It puts ascending numbers into their place at
// once. It sorts the others later, in batches that together take no longer than sorting everything once. The zero
// Builder is empty.
type Builder struct {
	chunks []*chunk // all ranges that ascended except the last
	room   []Range  // the array of the last chunk
	tail   int      // the ranges in the last chunk
	last   Range    // the last range that ascended; zero if there is none
	loose  []Range  // what did not ascend
	merged Set      // everything that was sorted before
	held   int      // ranges in merged and chunks
}

// looseLeast is how many unordered ranges must have arrived before they are sorted.
const looseLeast = 1024

// Add puts ranges into the set, in any order. The slice stays the caller's.
func (b *Builder) Add(ranges ...Range) {
	for _, r := range ranges {
		// The usual case is a range after the last one that does not touch it. Testing for it first takes a third off
		// the time of Add.
		if r.Start > b.last.Stop && r.Start-b.last.Stop > 1 && r.Stop >= r.Start && b.tail < len(b.room) {
			b.room[b.tail] = b.last
			b.tail++
			b.last = r
			b.held++
			continue
		}
		switch {
		case r.Start == 0 || r.Stop < r.Start: // "*", or in descending order
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

// push appends a range to the chunks. The first chunk grows; the others are allocated whole.
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
	b.room = b.chunks[len(b.chunks)-1].r
	b.room[b.tail] = r
	b.tail++
}

// unordered takes a range that does not follow the last one.
func (b *Builder) unordered(r Range) {
	if b.loose = append(b.loose, r); len(b.loose) >= max(looseLeast, b.held) {
		b.merge()
	}
}

// merge sorts everything.
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
		b.chunks, b.room, b.tail, b.last = nil, nil, 0, Range{}
	}
	if len(b.loose) > 0 {
		slices.SortFunc(b.loose, byStart)
		b.merged = b.merged.Union(gather(NoKind, b.loose))
		b.loose = b.loose[:0]
	}
	b.held = b.merged.spans()
}

// Len returns how many ranges b holds. The set may have fewer, because ranges that did not ascend are not merged yet.
func (b *Builder) Len() int { return b.held + len(b.loose) }

// Set returns the set of everything added so far, as numbers of kind k. The Builder can be used further.
func (b *Builder) Set(k Kind) Set {
	b.merge()
	return b.merged.WithKind(k)
}
