package store

import "sort"

// chunkSize is the greatest number of messages in a chunk, and so the greatest number of entries that an expunge
// copies.
const chunkSize = 256

// entry is a message in a list. The UID is beside the pointer so that a search need not follow the pointer.
type entry struct {
	uid uint32
	msg *msg
}

// chunk holds some consecutive entries of a list.
type chunk struct {
	base    int // the number of entries in the chunks before this one
	entries []entry
}

// A list holds messages by ascending UID. It finds a rank by UID, and a UID by rank, in logarithmic time.
//
// A copy of a list is a snapshot. It shares the arrays of the original, but nobody overwrites an entry of a chunk or of
// the table of chunks. The mailbox's own list grows in place, after the entries that snapshots see. Before another list
// grows, its method detach must be called. Before an entry is removed, the method own must give the list its own table
// of chunks, because removing puts new chunks into the table.
type list struct {
	chunks []chunk // each was full before expunges removed some of its entries; none is empty
	tail   chunk   // the newest entries
	n      int
}

// own gives l its own copy of the table of chunks.
func (l *list) own() { l.chunks = append(make([]chunk, 0, len(l.chunks)+4), l.chunks...) }

// detach gives l its own copies of the table of chunks and of the tail. After that, l may grow without changing the
// list from which it was copied.
func (l *list) detach() {
	l.own()
	l.tail.entries = append(make([]entry, 0, len(l.tail.entries)+8), l.tail.entries...)
}

// part returns the chunk with index k; the tail has the last index.
func (l *list) part(k int) *chunk {
	if k == len(l.chunks) {
		return &l.tail
	}
	return &l.chunks[k]
}

// chunkOf returns the index of the chunk that holds rank i.
func (l *list) chunkOf(i int) int {
	if i >= l.tail.base {
		return len(l.chunks)
	}
	return sort.Search(len(l.chunks), func(k int) bool { return l.chunks[k].base > i }) - 1
}

// at returns the entry of rank i, counted from 0, which must exist.
func (l *list) at(i int) entry {
	c := l.part(l.chunkOf(i))
	return c.entries[i-c.base]
}

// rank returns how many entries are below uid, and reports whether uid itself exists.
func (l *list) rank(uid uint32) (int, bool) {
	c := &l.tail
	if len(c.entries) == 0 || uid < c.entries[0].uid {
		k := sort.Search(len(l.chunks), func(k int) bool { return l.chunks[k].entries[0].uid > uid }) - 1
		if k < 0 {
			return 0, false
		}
		c = &l.chunks[k]
	}
	i := sort.Search(len(c.entries), func(k int) bool { return c.entries[k].uid >= uid })
	return c.base + i, i < len(c.entries) && c.entries[i].uid == uid
}

// last returns the highest UID, or 0.
func (l *list) last() uint32 {
	if l.n == 0 {
		return 0
	}
	return l.at(l.n - 1).uid
}

// grow adds an entry at the end, in place.
func (l *list) grow(e entry) {
	if len(l.tail.entries) == chunkSize {
		l.chunks = append(l.chunks, l.tail)
		l.tail = chunk{base: l.n, entries: make([]entry, 0, chunkSize)}
	}
	l.tail.entries = append(l.tail.entries, e)
	l.n++
}

// remove removes the given UIDs, which are sorted. It ignores UIDs that do not exist. The table of chunks must
// be private; remove replaces the chunks that change.
func (l *list) remove(uids []uint32) {
	out := l.chunks[:0]
	n := 0
	for _, c := range l.chunks {
		var touched bool
		if c.entries, uids, touched = without(c.entries, uids); len(c.entries) == 0 {
			continue
		}
		// Join two neighbours that fit into half a chunk, so that the table stays short.
		if k := len(out) - 1; k >= 0 && touched && len(out[k].entries)+len(c.entries) <= chunkSize/2 {
			merged := append(make([]entry, 0, chunkSize), out[k].entries...)
			out[k].entries = append(merged, c.entries...)
			n += len(c.entries)
			continue
		}
		c.base = n
		n += len(c.entries)
		out = append(out, c)
	}
	clear(l.chunks[len(out):])
	l.chunks = out
	l.tail.entries, _, _ = without(l.tail.entries, uids)
	l.tail.base = n
	l.n = n + len(l.tail.entries)
}

// without returns the entries whose UIDs are not in uids, those uids that are above the last entry, and whether it had
// to copy entries. Both arguments are sorted.
func without(entries []entry, uids []uint32) ([]entry, []uint32, bool) {
	if len(entries) == 0 || len(uids) == 0 || uids[0] > entries[len(entries)-1].uid {
		return entries, uids, false
	}
	top := entries[len(entries)-1].uid
	k := sort.Search(len(uids), func(k int) bool { return uids[k] > top })
	mine, rest := uids[:k], uids[k:]
	out := make([]entry, 0, len(entries))
	for _, e := range entries {
		for len(mine) > 0 && mine[0] < e.uid {
			mine = mine[1:]
		}
		if len(mine) > 0 && mine[0] == e.uid {
			continue
		}
		out = append(out, e)
	}
	return out, rest, true
}

// each calls f with the entries whose ranks are from first to last, until f returns false.
func (l *list) each(first, last int, f func(i int, e entry) bool) bool {
	last = min(last, l.n-1)
	for k := l.chunkOf(first); first <= last; k++ {
		c := l.part(k)
		end := min(last-c.base+1, len(c.entries))
		for i := first - c.base; i < end; i++ {
			if !f(c.base+i, c.entries[i]) {
				return false
			}
		}
		first = c.base + end
	}
	return true
}
