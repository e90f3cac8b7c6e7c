package serve

import "slices"

// flagState is what the client knows about the flags of a message: the flagKey of the flags, and the mod-sequence.
type flagState struct {
	flags  string
	modseq uint64
}

// knownFlags holds the flagState of messages, by ascending UID. Commands usually set, look up and drop entries in
// ascending order. In that order, a lookup needs no search.
type knownFlags struct {
	list []flagEntry
	next int // the index that the next lookup tries first
	live int // how many entries have not been dropped
}

type flagEntry struct {
	uid  uint32
	dead bool
	flagState
}

// at returns the index of a UID, or the index at which it would be inserted.
func (t *knownFlags) at(uid uint32) (i int, ok bool) {
	if t.next < len(t.list) && t.list[t.next].uid == uid {
		i, ok = t.next, true
	} else {
		i, ok = slices.BinarySearchFunc(t.list, uid, func(e flagEntry, uid uint32) int { return int(int64(e.uid) - int64(uid)) })
	}
	t.next = i + 1
	return i, ok
}

// get returns the flagState of a message.
func (t *knownFlags) get(uid uint32) (x flagState, ok bool) {
	if t.live == 0 {
		return x, false
	}
	if i, ok := t.at(uid); ok && !t.list[i].dead {
		return t.list[i].flagState, true
	}
	return x, false
}

// set sets the flagState of a message.
func (t *knownFlags) set(uid uint32, x flagState) {
	e := flagEntry{uid, false, x}
	if n := len(t.list); n == 0 || t.list[n-1].uid < uid {
		t.list = append(t.list, e)
		t.live++
		return
	}
	i, ok := t.at(uid)
	if !ok {
		t.list = slices.Insert(t.list, i, e)
	}
	if !ok || t.list[i].dead {
		t.live++
	}
	t.list[i] = e
}

// drop removes the flagState of a message. When none is left, it releases the memory.
func (t *knownFlags) drop(uid uint32) {
	if t.live == 0 {
		return
	}
	i, ok := t.at(uid)
	if !ok || t.list[i].dead {
		return
	}
	t.list[i].dead = true
	if t.live--; t.live == 0 {
		*t = knownFlags{}
	}
}
