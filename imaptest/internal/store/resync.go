package store

import "iter"

// ChangedSince returns the messages among seqs whose modification sequence number is above modseq (RFC 7162 §3.1.4).
// The time grows with the number of changes. It grows with the size of the mailbox only if the log of expunges no
// longer has all that the client does not know. It includes messages that are gone but whose expunge the client does
// not know yet, because a client must know a message before it gets its expunge. The slice is the caller's.
func (v *View) ChangedSince(modseq uint64, seqs []Range) []Range {
	m := v.mailbox
	m.mu.RLock()
	defer m.mu.RUnlock()
	var found []Range
	m.since(modseq, func(x *msg) {
		if i, ok := v.list.rank(x.uid); ok && Contains(seqs, uint32(i+1)) {
			found = append(found, span(uint32(i+1), uint32(i+1)))
		}
	})
	for _, uid := range v.unburied(m) {
		if i, ok := v.list.rank(uid); ok && v.list.at(i).msg.modseq > modseq && Contains(seqs, uint32(i+1)) {
			found = append(found, span(uint32(i+1), uint32(i+1)))
		}
	}
	return normalize(found, 0)
}

// unburied returns the UIDs of messages whose expunge the client does not know. The client may never have known some
// of these messages. The caller holds the mailbox's lock.
func (v *View) unburied(m *Mailbox) []uint32 {
	gone, ok := m.buriedSince(v.buried)
	if ok {
		return gone
	}
	v.list.each(0, v.list.n-1, func(_ int, e entry) bool {
		if e.msg.gone {
			gone = append(gone, e.uid)
		}
		return true
	})
	return gone
}

// HasGone reports whether the view has messages that are gone, but whose expunge the client does not know yet.
func (v *View) HasGone() bool {
	m := v.mailbox
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, uid := range v.unburied(m) {
		if _, ok := v.list.rank(uid); ok {
			return true
		}
	}
	return false
}

// Known is what a client that resynchronizes says about the messages it has (RFC 7162 §3.2.5.2). The first number in
// Seqs is the sequence number of the message whose UID is the first number in UIDs, and so on. Both slices are sorted.
type Known struct {
	Seqs, UIDs []Range
}

// Vanished returns the UIDs among uids that were expunged with a modification sequence number above modseq (RFC 7162
// §3.2.10); nil uids means all. If the mailbox no longer remembers these expunges, Vanished returns all UIDs that do
// not exist, even if they vanished earlier, but none below the last message whose sequence number the client knows
// correctly. The slice is the caller's.
func (v *View) Vanished(modseq uint64, uids []Range, known Known) []Range {
	m := v.mailbox
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.uidNext == 1 {
		return nil
	}
	// The client never knew messages above top, so it need not know that they are gone.
	top := max(v.opened.UIDNext-1, v.list.last())
	if top == 0 {
		return nil
	}
	all := []Range{span(1, top)}
	if uids != nil {
		all = normalize(uids, top)
	}
	buried, ok := m.buriedSince(modseq)
	if ok {
		var out []Range
		for _, u := range buried {
			if Contains(all, u) && v.Seq(u) == 0 {
				out = Add(out, u)
			}
		}
		return out
	}
	from := v.match(known) + 1
	var out []Range
	for _, r := range all {
		if r.Start < from {
			r.Start = from
		}
		r.Stop = min(r.Stop, top)
		if r.Start > r.Stop {
			continue
		}
		out = v.holes(out, r)
	}
	return out
}

// match returns the highest UID for which the client has the right sequence number, or 0. The client knows all expunges
// below that UID.
func (v *View) match(k Known) uint32 {
	best := uint32(0)
	next, stop := iter.Pull(All(k.UIDs))
	defer stop()
	for seq := range All(k.Seqs) {
		uid, ok := next()
		if !ok || int64(seq) > int64(v.list.n) {
			break
		}
		if v.UID(seq) == uid {
			best = uid
		}
	}
	return best
}

// holes appends to out the UIDs of r that are not in the view.
func (v *View) holes(out []Range, r Range) []Range {
	i, _ := v.list.rank(r.Start)
	from := uint64(r.Start)
	v.list.each(i, v.list.n-1, func(_ int, e entry) bool {
		if e.uid > r.Stop {
			return false
		}
		if from < uint64(e.uid) {
			out = append(out, span(uint32(from), e.uid-1))
		}
		from = uint64(e.uid) + 1
		return true
	})
	if from <= uint64(r.Stop) {
		out = append(out, span(uint32(from), r.Stop))
	}
	return out
}
