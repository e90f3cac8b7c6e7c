package store

import "sort"

// chunkSize is how many messages a chunk holds at most: what an expunge copies.
const chunkSize = 256

// entry is a message in a list. The UID stands beside the pointer so that searching does not follow it.
type entry struct {
	uid uint32
	msg *msg
}

// chunk is a run of a list, never empty.
type chunk struct {
	base    int // entries in the chunks before
	entries []entry
}

// A list is messages by ascending UID, with rank and UID found from one another in logarithmic time.
//
// Lists share chunks. A chunk's entries are never overwritten: growing writes behind the length that others
// see, and only the list of the mailbox grows in place; removing makes new chunks. So a copy of the list
// value is a snapshot, as long as the table of chunks is copied before it is changed (own).
type list struct {
	chunks []chunk
	n      int
}

// own makes the table of chunks private to l.
func (l *list) own() { l.chunks = append(make([]chunk, 0, len(l.chunks)+4), l.chunks...) }

// at returns the entry of rank i, counted from 0, which must be there.
func (l *list) at(i int) entry {
	c := l.chunkOf(i)
	return l.chunks[c].entries[i-l.chunks[c].base]
}

// chunkOf returns the chunk that holds rank i.
func (l *list) chunkOf(i int) int {
	return sort.Search(len(l.chunks), func(k int) bool { return l.chunks[k].base > i }) - 1
}

// rank returns how many entries are below uid, and whether uid itself is there.
func (l *list) rank(uid uint32) (int, bool) {
	c := sort.Search(len(l.chunks), func(k int) bool { return l.chunks[k].entries[0].uid > uid }) - 1
	if c < 0 {
		return 0, false
	}
	ch := &l.chunks[c]
	i := sort.Search(len(ch.entries), func(k int) bool { return ch.entries[k].uid >= uid })
	return ch.base + i, i < len(ch.entries) && ch.entries[i].uid == uid
}

// last returns the highest UID, or 0.
func (l *list) last() uint32 {
	if len(l.chunks) == 0 {
		return 0
	}
	e := l.chunks[len(l.chunks)-1].entries
	return e[len(e)-1].uid
}

// grow adds an entry at the end, in place. Only the mailbox's own list may do so, after own if it is shared.
func (l *list) grow(e entry) {
	k := len(l.chunks) - 1
	if k < 0 || len(l.chunks[k].entries) == chunkSize {
		// The first chunk starts small: most mailboxes of most tests hold a handful of messages.
		size := chunkSize
		if k < 0 {
			size = 8
		}
		l.chunks = append(l.chunks, chunk{l.n, make([]entry, 0, size)})
		k++
	}
	l.chunks[k].entries = append(l.chunks[k].entries, e)
	l.n++
}

// detach makes l a list that may grow although another has the same chunks.
func (l *list) detach() {
	l.own()
	if k := len(l.chunks) - 1; k >= 0 {
		e := l.chunks[k].entries
		l.chunks[k].entries = append(make([]entry, 0, max(len(e), 8)), e...)
	}
}

// remove takes out the given UIDs, which are sorted. UIDs that are not there do not matter.
// The table of chunks must be private; the chunks touched are replaced.
func (l *list) remove(uids []uint32) {
	out := l.chunks[:0]
	n := 0
	for i := range l.chunks {
		c := l.chunks[i]
		top := c.entries[len(c.entries)-1].uid
		var mine []uint32
		if len(uids) > 0 && uids[0] <= top {
			k := sort.Search(len(uids), func(k int) bool { return uids[k] > top })
			mine, uids = uids[:k], uids[k:]
		}
		if len(mine) > 0 {
			c.entries = without(c.entries, mine)
			if len(c.entries) == 0 {
				continue
			}
		}
		// Two neighbours that fit into half a chunk become one, so that the table stays short.
		if k := len(out) - 1; k >= 0 && len(mine) > 0 && len(out[k].entries)+len(c.entries) <= chunkSize/2 {
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
	l.chunks, l.n = out, n
}

// without returns a copy of entries without the given UIDs, both sorted.
func without(entries []entry, uids []uint32) []entry {
	out := make([]entry, 0, len(entries))
	for _, e := range entries {
		for len(uids) > 0 && uids[0] < e.uid {
			uids = uids[1:]
		}
		if len(uids) > 0 && uids[0] == e.uid {
			continue
		}
		out = append(out, e)
	}
	return out
}

// each calls f with the entries of rank first to last, until it returns false.
func (l *list) each(first, last int, f func(i int, e entry) bool) bool {
	if first > last {
		return true
	}
	for c := l.chunkOf(first); c < len(l.chunks); c++ {
		base := l.chunks[c].base
		for k := first - base; k < len(l.chunks[c].entries); k++ {
			if base+k > last {
				return true
			}
			if !f(base+k, l.chunks[c].entries[k]) {
				return false
			}
		}
		first = base + len(l.chunks[c].entries)
	}
	return true
}
