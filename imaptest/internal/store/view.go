package store

import (
	"iter"
	"slices"
	"sync/atomic"
)

// A View is a mailbox as one client knows it. It belongs to one goroutine.
type View struct {
	mailbox  *Mailbox
	user     *User
	id       uint32
	readOnly bool
	notify   func()
	watch    *Watch // the watch of the same connection
	dirty    atomic.Bool
	index    int // the view's index in mailbox.views; guarded by the mailbox's lock

	list     list     // the messages that the client knows
	told     uint64   // the client knows changes of flags up to this modseq
	buried   uint64   // the client knows expunges up to this modseq
	keywords int      // how many keywords the client knows
	recent   []Range  // UIDs of messages that are \Recent here
	opened   Opened   // the state at Select
	changes  []Change // the changes that Sync returned last; the next Sync reuses the slice
	begun    bool     // News was called
	orphan   bool     // the client knows that the mailbox is gone
	closed   bool
}

// SelectOptions are the options with which a client opens a mailbox.
type SelectOptions struct {
	ReadOnly bool // EXAMINE
	// Notify is called, with locks held, when Sync has something to report after it had nothing.
	// It must return at once and not use this package. It may send to a channel without waiting.
	Notify func()
	// Watch is the watch of the same connection. It gets no events about flags that this view changes, or about
	// messages that this view expunges.
	Watch *Watch
}

// Opened is the data that a client gets when it selects a mailbox (RFC 9051 §6.3.2).
type Opened struct {
	Messages, Recent int
	FirstUnseen      uint32 // sequence number; 0: none
	UIDNext          uint32
	UIDValidity      uint32
	HighestModSeq    uint64
	MailboxID        string
	ReadOnly         bool
}

// Select opens a mailbox. It needs the right r. If the user has no right to change anything, the view is read-only. It
// fails with ErrNonExistent or ErrNoPerm. The caller must close the view.
func (u *User) Select(name string, opt SelectOptions) (*View, error) {
	m, rights, err := u.find(name)
	if err != nil {
		return nil, err
	}
	if !rights.Has('r') {
		return nil, denied(m, rights, "open")
	}
	v := &View{mailbox: m, user: u, id: u.store.views.Add(1), notify: opt.Notify, watch: opt.Watch}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.deleted {
		return nil, ErrNonExistent
	}
	v.readOnly = opt.ReadOnly || m.readOnly || !rights.Any("swtei")
	m.lent.Store(true)
	v.list, v.told, v.buried = m.list, m.modseq, m.modseq
	v.claim(m)
	v.index = len(m.views)
	m.views = append(m.views, v)
	v.opened = Opened{
		Messages: m.list.n, Recent: v.Recent(), FirstUnseen: uint32(m.firstUnseen() + 1),
		UIDNext: m.uidNext, UIDValidity: m.uidValidity, HighestModSeq: m.modseq,
		MailboxID: m.id, ReadOnly: v.readOnly,
	}
	return v, nil
}

// claim makes new messages \Recent in this session, if no earlier session has claimed them (RFC 3501 §2.3.2). In a
// read-only session they become \Recent too, but the next session claims them again.
func (v *View) claim(m *Mailbox) {
	from := m.recentFrom
	if k := len(v.recent); k > 0 {
		from = max(from, v.recent[k-1].Stop+1)
	}
	if from >= m.uidNext {
		return
	}
	v.recent = append(v.recent, span(from, m.uidNext-1))
	if k := len(v.recent); k > 1 && v.recent[k-2].Stop+1 == from {
		v.recent[k-2].Stop = m.uidNext - 1
		v.recent = v.recent[:k-1]
	}
	if !v.readOnly {
		m.recentFrom = m.uidNext
	}
}

// SetWatch makes w the watch of the same connection, as SelectOptions.Watch does; nil: there is none.
func (v *View) SetWatch(w *Watch) {
	v.mailbox.mu.Lock()
	defer v.mailbox.mu.Unlock()
	v.watch = w
}

// Close ends the view. It may be called twice.
func (v *View) Close() {
	if v.closed {
		return
	}
	v.closed = true
	m := v.mailbox
	m.mu.Lock()
	defer m.mu.Unlock()
	last := len(m.views) - 1
	m.views[v.index] = m.views[last]
	m.views[v.index].index = v.index
	m.views[last] = nil
	m.views = m.views[:last]
}

// rouse notes that Sync has something to report, and calls Notify if it had nothing before.
func (v *View) rouse() {
	if !v.dirty.Swap(true) && v.notify != nil {
		v.notify()
	}
}

// Mailbox returns the mailbox.
func (v *View) Mailbox() *Mailbox { return v.mailbox }

// User returns the user who opened the mailbox.
func (v *View) User() *User { return v.user }

// Opened returns the state of the mailbox when it was opened.
func (v *View) Opened() Opened { return v.opened }

// ReadOnly reports whether the view may neither change flags nor expunge.
func (v *View) ReadOnly() bool { return v.readOnly }

// Rights returns the rights that the user has on the mailbox now.
func (v *View) Rights() Rights {
	v.user.store.mu.RLock()
	defer v.user.store.mu.RUnlock()
	return v.mailbox.rightsFor(v.user)
}

// Len returns how many messages the client knows of.
func (v *View) Len() int { return v.list.n }

// Recent returns how many of the messages are \Recent in this view.
func (v *View) Recent() int {
	n := 0
	for _, r := range v.recent {
		lo, _ := v.list.rank(r.Start)
		hi, there := v.list.rank(r.Stop)
		if there {
			hi++
		}
		n += hi - lo
	}
	return n
}

// RecentNow returns how many of the messages that the mailbox has now are \Recent in this view, or would be after Sync.
func (v *View) RecentNow() int {
	m := v.mailbox
	m.mu.RLock()
	defer m.mu.RUnlock()
	ranges, from := slices.Clone(v.recent), m.recentFrom
	if k := len(ranges); k > 0 {
		from = max(from, ranges[k-1].Stop+1)
	}
	if from < m.uidNext {
		ranges = append(ranges, span(from, m.uidNext-1))
	}
	n := 0
	for _, r := range ranges {
		lo, _ := m.list.rank(r.Start)
		hi, there := m.list.rank(r.Stop)
		if there {
			hi++
		}
		n += hi - lo
	}
	return n
}

// UID returns the UID of the message with that sequence number, or 0 if there is none.
func (v *View) UID(seq uint32) uint32 {
	if seq == 0 || int64(seq) > int64(v.list.n) {
		return 0
	}
	return v.list.at(int(seq) - 1).uid
}

// Seq returns the sequence number of the message with that UID, or 0 if there is none.
func (v *View) Seq(uid uint32) uint32 {
	i, ok := v.list.rank(uid)
	if !ok {
		return 0
	}
	return uint32(i + 1)
}

// Resolve turns the numbers of a command, in which 0 stands for "*", into sequence numbers that exist, sorted and
// without duplicates. Numbers are UIDs if byUID is set; UIDs that do not exist are left out. For a sequence number
// that does not exist, the error is ErrClientBug (RFC 9051 §9, seq-number). The slice is the caller's.
func (v *View) Resolve(set []Range, byUID bool) ([]Range, error) {
	if !byUID {
		if v.list.n == 0 && len(set) > 0 {
			return nil, fail(ErrClientBug, "the mailbox has no messages")
		}
		out := normalize(set, uint32(v.list.n))
		if k := len(out); k > 0 && int64(out[k-1].Stop) > int64(v.list.n) {
			return nil, fail(ErrClientBug, "there is no message %d, only %d", out[k-1].Stop, v.list.n)
		}
		return out, nil
	}
	if v.list.n == 0 {
		return nil, nil
	}
	uids := normalize(set, v.list.last())
	out := uids[:0]
	for _, r := range uids {
		lo, _ := v.list.rank(r.Start)
		hi, there := v.list.rank(r.Stop)
		if there {
			hi++
		}
		if lo >= hi {
			continue
		}
		s := span(uint32(lo+1), uint32(hi))
		if k := len(out); k > 0 && out[k-1].Stop+1 == s.Start {
			out[k-1].Stop = s.Stop
		} else {
			out = append(out, s)
		}
	}
	return out, nil
}

// All returns the sequence numbers of all messages. The slice is the caller's.
func (v *View) All() []Range {
	if v.list.n == 0 {
		return nil
	}
	return []Range{span(1, uint32(v.list.n))}
}

// UIDs returns the UIDs of the messages with the sequence numbers seqs, in the order of seqs. The slice is the
// caller's.
func (v *View) UIDs(seqs []Range) []Range {
	var out []Range
	for _, r := range seqs {
		v.list.each(int(r.Start)-1, int(r.Stop)-1, func(_ int, e entry) bool {
			out = Add(out, e.uid)
			return true
		})
	}
	return out
}

// Items returns the messages with these sequence numbers, each as it is shortly before the loop reaches it. The loop
// may call any method of the view except Sync.
func (v *View) Items(seqs []Range) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for _, r := range seqs {
			if !v.mailbox.batches(&v.list, int(r.Start)-1, min(int(r.Stop), v.list.n)-1, func(i int, it Item) bool {
				return yield(v.seen(i, it))
			}) {
				return
			}
		}
	}
}

// seen fills in the fields of an item that depend on this view.
func (v *View) seen(i int, it Item) Item {
	it.Seq = uint32(i + 1)
	it.Recent = v.IsRecent(it.UID)
	it.Announce = it.Flags.top() > v.keywords
	return it
}

// Item returns the message with this sequence number, and reports whether it exists.
func (v *View) Item(seq uint32) (Item, bool) {
	for it := range v.Items([]Range{span(max(seq, 1), max(seq, 1))}) {
		return it, seq > 0
	}
	return Item{}, false
}

// IsRecent reports whether the message of that UID is \Recent in this view.
func (v *View) IsRecent(uid uint32) bool { return len(v.recent) > 0 && Contains(v.recent, uid) }

// Flags returns the flags for FLAGS and PERMANENTFLAGS (RFC 9051 §7.3.5 and §7.1) and notes that the client
// knows the keywords now. The slices are the caller's.
func (v *View) Flags() (flags, permanent []string) {
	mask, keywords := v.Rights().flagMask()
	m := v.mailbox
	m.mu.RLock()
	known := slices.Clone(m.flags.keywords)
	m.mu.RUnlock()
	v.keywords = len(known)
	flags = append(SystemFlags(), known...)
	if v.readOnly {
		return flags, nil
	}
	for i, f := range systemFlags {
		if mask&(1<<i) != 0 {
			permanent = append(permanent, f)
		}
	}
	if keywords {
		permanent = append(permanent, known...)
		if len(known) < m.store.limits.Keywords {
			permanent = append(permanent, `\*`)
		}
	}
	return flags, permanent
}

// HighestModSeq returns the highest modification sequence number from which the client may later resynchronize (RFC
// 7162 §3.2.5): the client knows all changes up to this number, including expunges.
func (v *View) HighestModSeq() uint64 { return min(v.told, v.buried) }
