package store

import "slices"

// News is what has happened to a mailbox since the last call of View.News. Its slices hold UIDs in ascending order.
type News struct {
	New      []uint32 // new messages of the view; in the first News, all messages. Do not change the slice
	Changed  []uint32 // messages whose flags have changed, unless the client knows them from its own STORE
	Expunged []uint32 // messages that are gone; they stay in the view until Forget

	UIDNext       uint32
	HighestModSeq uint64 // after this News, the caller knows all changes up to this modification sequence number
	Deleted       bool   // the mailbox was deleted; its messages can still be read
}

// News adds new messages to the view, and returns what has happened to the mailbox since the last call.
func (v *View) News() News {
	v.dirty.Store(false)
	m := v.mailbox
	m.mu.RLock()
	out := News{UIDNext: m.uidNext, HighestModSeq: m.modseq, Deleted: m.deleted}
	last := v.list.last()
	switch {
	case !v.begun:
		// The first News describes the mailbox as it was at Select. The next one says what has happened since then.
		v.begun, last = true, 0
		out.UIDNext, out.HighestModSeq = v.opened.UIDNext, v.told
	case m.modseq == v.told:
		m.mu.RUnlock()
		return out
	default:
		for _, uid := range v.unburied(m) {
			if _, ok := v.list.rank(uid); ok {
				out.Expunged = append(out.Expunged, uid)
			}
		}
		m.since(v.told, func(x *msg) {
			if x.uid <= last && x.origin != v.id {
				out.Changed = append(out.Changed, x.uid)
			}
		})
		v.arrivals(m)
		v.told, v.buried = m.modseq, m.modseq
	}
	unclaimed := m.recentFrom < m.uidNext
	m.mu.RUnlock()
	slices.Sort(out.Changed)
	if i, known := v.list.rank(last); i < v.list.n {
		if known {
			i++
		}
		out.New = v.uidsFrom(i)
		if unclaimed {
			m.mu.Lock()
			v.claim(m)
			m.mu.Unlock()
		}
	}
	return out
}

// uidsFrom returns the UIDs of the view from an index on. From index 0, views with the same messages share one slice.
func (v *View) uidsFrom(i int) []uint32 {
	l := &v.list
	if i == 0 {
		// A mailbox adds UIDs only at the end, and otherwise only removes some. So two lists of one mailbox that have
		// the same last UID and the same length are equal.
		if all := v.mailbox.uids.Load(); all != nil && len(*all) == l.n && (*all)[l.n-1] == l.last() {
			return *all
		}
	}
	out := make([]uint32, 0, l.n-i)
	l.each(i, l.n-1, func(_ int, e entry) bool {
		out = append(out, e.uid)
		return true
	})
	if i == 0 {
		v.mailbox.uids.Store(&out)
	}
	return out
}

// arrivals adds to the view the messages that the mailbox got after the last one of the view. The caller holds the
// mailbox's lock.
func (v *View) arrivals(m *Mailbox) {
	first, there := m.list.rank(v.list.last())
	if there {
		first++
	}
	switch {
	case v.list.n == first:
		// The view has no message that the mailbox does not have, so it can share the mailbox's list.
		m.lent.Store(true)
		v.list = m.list
	case m.list.n > first:
		v.list.detach()
		m.list.each(first, m.list.n-1, func(_ int, e entry) bool {
			v.list.grow(e)
			return true
		})
	}
}

// Forget removes expunged messages from the view. The UIDs are in ascending order.
func (v *View) Forget(uids []uint32) {
	m := v.mailbox
	m.mu.RLock()
	defer m.mu.RUnlock()
	if v.told == m.modseq && v.list.n == m.list.n+len(uids) {
		m.lent.Store(true)
		v.list = m.list
		return
	}
	v.list.own()
	v.list.remove(uids)
}

// Each calls f with the messages of the view that have these UIDs, in ascending order, until f returns false. The item
// shows the message as it was shortly before the call of f, and is valid until f returns. f may call any method of the
// view.
func (v *View) Each(uids []uint32, f func(it *Item) bool) {
	var room [32]Item
	for len(uids) > 0 {
		n := 0
		v.mailbox.mu.RLock()
		i, there := v.list.rank(uids[0])
		if !there {
			uids = uids[1:]
		} else {
			v.list.each(i, i+len(room)-1, func(_ int, e entry) bool {
				if len(uids) == 0 || uids[0] != e.uid {
					return false
				}
				room[n] = e.msg.fill(v.mailbox.store)
				n, uids = n+1, uids[1:]
				return true
			})
		}
		v.mailbox.mu.RUnlock()
		for i := range room[:n] {
			room[i].Recent = v.IsRecent(room[i].UID)
			if !f(&room[i]) {
				return
			}
		}
	}
}
