package store

import (
	"cmp"
	"slices"
)

// ChangeKind says what has changed.
type ChangeKind uint8

// The kinds of changes that a client can get.
const (
	Expunged    ChangeKind = iota // the message with Seq and UID is gone; later sequence numbers are one less
	Exists                        // there are Count messages now
	RecentCount                   // Count messages are \Recent; follows each Exists
	FlagList                      // a keyword is new: send FLAGS and PERMANENTFLAGS of View.Flags
	FlagsOf                       // the message with Seq and UID has these Flags now
	MailboxGone                   // the mailbox was deleted; its messages can still be read
)

// A Change is one change to report to a client.
type Change struct {
	Kind   ChangeKind
	Recent bool
	Seq    uint32
	UID    uint32
	Count  uint32
	Flags  *Flags
	ModSeq uint64
}

// Pending reports whether something has changed since the last Sync. It ignores the expunges that an earlier Sync has
// held back.
func (v *View) Pending() bool { return v.dirty.Load() }

// Sync brings the view up to date and returns what to tell the client, in the order in which to tell it: first
// expunges, by ascending sequence number, then Exists and RecentCount, then flags. The Seq of an expunge is the
// sequence number that the message has after the earlier expunges. Without allowExpunge, expunges wait for a later Sync
// and the messages stay in the view; they can still be read. Sync reports the view's own expunges, too. It reports the
// view's own changes of flags only if the client cannot know the result, for example because others had changed the
// flags of the message before. The slice is valid until the next Sync.
func (v *View) Sync(allowExpunge bool) []Change {
	v.dirty.Store(false)
	v.changes = v.changes[:0]
	m := v.mailbox
	m.mu.RLock()
	deleted := m.deleted && !v.orphan
	if m.modseq == v.told && (v.buried == v.told || !allowExpunge) && !deleted {
		m.mu.RUnlock()
		return nil
	}
	// known is the list that the client knows after it gets the expunges: the mailbox's own list, if no expunges are
	// held back.
	known := &v.list
	if allowExpunge {
		v.expunges(m)
		known = &m.list
	}
	v.flags(m, known)
	fresh := v.arrive(m, allowExpunge)
	v.told = m.modseq
	unclaimed := m.recentFrom < m.uidNext
	m.mu.RUnlock()
	if fresh {
		if unclaimed {
			m.mu.Lock()
			v.claim(m)
			m.mu.Unlock()
		}
		v.changes = append(v.changes, Change{Kind: RecentCount, Count: uint32(v.Recent())})
	}
	v.arrange()
	if deleted {
		v.orphan = true
		v.changes = append(v.changes, Change{Kind: MailboxGone})
	}
	return v.changes
}

// expunges adds the changes for messages that are gone from the mailbox.
func (v *View) expunges(m *Mailbox) {
	gone := v.unburied(m)
	v.buried = m.modseq
	removed := uint32(0)
	for _, uid := range gone {
		if i, ok := v.list.rank(uid); ok {
			v.changes = append(v.changes, Change{Kind: Expunged, Seq: uint32(i+1) - removed, UID: uid})
			removed++
		}
	}
}

// flags adds the changes for flags that others have changed on messages that the client knows.
func (v *View) flags(m *Mailbox, known *list) {
	last := v.list.last()
	m.since(v.told, func(x *msg) {
		if x.origin == v.id || x.uid > last {
			return
		}
		if i, ok := known.rank(x.uid); ok {
			v.changes = append(v.changes, Change{
				Kind: FlagsOf, Seq: uint32(i + 1), UID: x.uid, Flags: x.flags, ModSeq: x.modseq, Recent: v.IsRecent(x.uid),
			})
		}
	})
}

// arrive adds to the view the messages that the client does not know yet, and reports whether there are any. The
// argument expunged says that the client gets all expunges.
func (v *View) arrive(m *Mailbox, expunged bool) bool {
	first, there := m.list.rank(v.list.last())
	if there {
		first++
	}
	news := m.list.n - first
	if expunged || v.list.n == first {
		// The client now has no message that the mailbox does not have, so the view can share the mailbox's list.
		m.lent.Store(true)
		v.list, v.buried = m.list, m.modseq
	} else if news > 0 {
		v.list.detach()
		m.list.each(first, m.list.n-1, func(_ int, e entry) bool {
			v.list.grow(e)
			return true
		})
	}
	if news > 0 {
		v.changes = append(v.changes, Change{Kind: Exists, Count: uint32(v.list.n)})
	}
	return news > 0
}

// arrange sorts the changes of flags, puts them after Exists, and puts FlagList before them if keywords are new.
func (v *View) arrange() {
	c := v.changes
	slices.SortStableFunc(c, func(a, b Change) int {
		if d := cmp.Compare(a.Kind, b.Kind); d != 0 || a.Kind != FlagsOf {
			return d
		}
		return cmp.Compare(a.Seq, b.Seq)
	})
	if i := slices.IndexFunc(c, func(x Change) bool { return x.Kind == FlagsOf }); i >= 0 {
		for _, x := range c[i:] {
			if x.Flags.top() > v.keywords {
				v.changes = slices.Insert(c, i, Change{Kind: FlagList})
				return
			}
		}
	}
}
