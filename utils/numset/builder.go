package numset

import "slices"

// A Builder makes a set from a large number of ranges, which are added in any order. It adds ascending ranges to the
// set immediately. It keeps other ranges aside, and sorts them in batches. All batches together take about as much time
// as one sort of all ranges. The zero Builder is empty.
type Builder struct {
	chunks []*chunk // all ascending ranges except the last
	room   []Range  // the array of the last chunk
	tail   int      // how many ranges the last chunk has
	last   Range    // the last ascending range; zero if there is none
	loose  []Range  // ranges that did not ascend
	merged Set      // the ranges of all earlier batches
	held   int      // how many ranges merged, chunks and last have together
}

// looseLeast is the least number of ranges in a batch.
const looseLeast = 1024

// Add adds ranges to the set, in any order. The caller owns the slice.
func (b *Builder) Add(ranges ...Range) {
	for _, r := range ranges {
		// In the usual case, a range comes after the last one and does not touch it. The check for this case makes Add
		// a third faster.
		if r.Start > b.last.Stop && r.Start-b.last.Stop > 1 && r.Stop >= r.Start && b.tail < len(b.room) {
			b.room[b.tail] = b.last
			b.tail++
			b.last = r
			b.held++
			continue
		}
		switch {
		case r.Start == 0 || r.Stop < r.Start: // the range has "*", or its ends are in descending order
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

// push appends a range to the chunks. The first chunk begins small and grows. Later chunks have room for chunkSize
// ranges from the beginning.
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

// unordered adds a range that does not come after the last one.
func (b *Builder) unordered(r Range) {
	if b.loose = append(b.loose, r); len(b.loose) >= max(looseLeast, b.held) {
		b.merge()
	}
}

// merge adds to merged the ascending ranges, and the loose ranges, which it sorts first.
func (b *Builder) merge() {
	if b.last.Start != 0 {
		s := Set{hasLast: true, tail: b.tail, chunks: b.chunks, last: b.last}
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
		b.merged = b.merged.Union(fromSorted(NoKind, b.loose))
		b.loose = b.loose[:0]
	}
	b.held = b.merged.spans()
}

// Len returns how many ranges b has in memory. The set may have fewer ranges, because those that did not ascend are not
// merged yet.
func (b *Builder) Len() int { return b.held + len(b.loose) }

// Set returns the set of all ranges added so far, with kind k. More ranges can be added afterwards.
func (b *Builder) Set(k Kind) Set {
	b.merge()
	return b.merged.WithKind(k)
}
