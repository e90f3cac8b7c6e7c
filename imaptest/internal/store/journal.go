package store

import (
	"slices"
	"sort"
)

// A change records that a message got this modification sequence number. If the message has another modification
// sequence number now, the change is superseded.
type change struct {
	modseq uint64
	msg    *msg
}

// An expunge records that the message with this UID was expunged.
type expunge struct {
	modseq uint64
	uid    uint32
}

// note gives x the modification sequence number of a change, and adds the change to the journal.
func (m *Mailbox) note(x *msg, modseq uint64) {
	x.modseq = modseq
	m.compact()
	m.journal = append(m.journal, change{modseq, x})
}

// compact removes superseded entries, and those of expunged messages, when they are about half of the journal. So the
// journal has at most about twice as many entries as the mailbox has messages.
func (m *Mailbox) compact() {
	if len(m.journal) >= 2*m.list.n+64 {
		m.journal = slices.DeleteFunc(m.journal, func(c change) bool { return c.msg.gone || c.msg.modseq != c.modseq })
	}
}

// since calls f for each existing message whose last change is above modseq, in the order of the changes.
func (m *Mailbox) since(modseq uint64, f func(x *msg)) {
	i := sort.Search(len(m.journal), func(i int) bool { return m.journal[i].modseq > modseq })
	for _, c := range m.journal[i:] {
		if !c.msg.gone && c.msg.modseq == c.modseq {
			f(c.msg)
		}
	}
}

// bury records that messages were expunged with the modification sequence number modseq. The UIDs are sorted.
func (m *Mailbox) bury(uids []uint32, modseq uint64) {
	if over := len(m.expunged) + len(uids) - m.store.limits.Expunged; over > 0 {
		// Forget a quarter of the log at once, so that a full log need not be moved on each expunge. Expunges with the
		// same modseq are forgotten together.
		over = min(over+m.store.limits.Expunged/4, len(m.expunged))
		if over > 0 {
			m.forgotten = m.expunged[over-1].modseq
		}
		for over < len(m.expunged) && m.expunged[over].modseq == m.forgotten {
			over++
		}
		m.expunged = slices.Delete(m.expunged, 0, over)
	}
	for _, u := range uids {
		m.expunged = append(m.expunged, expunge{modseq, u})
	}
}

// buriedSince returns the UIDs that were expunged with a modification sequence number above modseq, sorted. It reports
// false if the log does not go back that far.
func (m *Mailbox) buriedSince(modseq uint64) ([]uint32, bool) {
	if modseq < m.forgotten {
		return nil, false
	}
	i := sort.Search(len(m.expunged), func(i int) bool { return m.expunged[i].modseq > modseq })
	if i == len(m.expunged) {
		return nil, true
	}
	uids := make([]uint32, 0, len(m.expunged)-i)
	for _, e := range m.expunged[i:] {
		uids = append(uids, e.uid)
	}
	slices.Sort(uids)
	return uids, true
}

// drop removes messages, whose UIDs are sorted, and returns those that existed. It does not wake views and watches.
func (m *Mailbox) drop(uids []uint32) []*msg {
	var out []*msg
	there := uids[:0:0]
	for _, u := range uids {
		i, ok := m.list.rank(u)
		if !ok {
			continue
		}
		x := m.list.at(i).msg
		x.gone = true
		m.count(x, -1)
		out = append(out, x)
		there = append(there, u)
	}
	if len(out) == 0 {
		return nil
	}
	m.modseq++
	m.private()
	m.list.remove(there)
	m.bury(there, m.modseq)
	m.compact()
	return out
}

// private gives the mailbox's list its own table of chunks if it shares the table with a view.
func (m *Mailbox) private() {
	if m.lent.Swap(false) {
		m.list.own()
	}
}
