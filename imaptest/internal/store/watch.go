package store

import (
	"slices"
	"sync"
)

// EventKind is what happened (RFC 5465 §5), as bits.
type EventKind uint16

// The kinds of events. Those of messages and of flags say that something of the kind happened since the last Take,
// once per mailbox; the others come one by one and in order.
const (
	MessageNew EventKind = 1 << iota
	MessageExpunged
	FlagChange
	MailboxName    // created
	MailboxDeleted // deleted; Mailbox still has its name
	MailboxRenamed // OldName says from what
	MailboxACL     // its access control list changed
	Subscription   // User subscribed to Name, or no longer is; Mailbox may be nil
	Metadata       // the annotation Name changed; Mailbox nil: of the server; User: whose private one, nil: shared
	Overflow       // too much happened to be told; all else is lost
)

// An Event is something that happened to a mailbox, perhaps not one the watching user may know of: he is asked for
// by the caller, by Visible.
type Event struct {
	Kind    EventKind // one bit, or several of the first three
	Mailbox *Mailbox
	OldName string // as the watching user knew it
	User    *User
	Name    string

	oldOwner *User  // whose mailbox it was, and
	oldLocal string // what he called it
}

// maxEvents is how many events wait in a watch before it overflows.
const maxEvents = 1000

// A Watch collects what happens in all mailboxes, for NOTIFY.
type Watch struct {
	user *User
	wake func()

	mu     sync.Mutex
	dirty  map[*Mailbox]EventKind
	order  []*Mailbox
	events []Event
	lost   bool
}

// Watch begins to collect events in all mailboxes of the store. wake is called, with locks held, when there is
// something after there was nothing; it must return at once and not use this package. Close ends it.
func (u *User) Watch(wake func()) *Watch {
	s := u.store
	w := &Watch{user: u, wake: wake}
	s.watchMu.Lock()
	defer s.watchMu.Unlock()
	s.watches = append(s.watches, w)
	s.watching.Store(int32(len(s.watches)))
	return w
}

// Close ends the watch.
func (w *Watch) Close() {
	s := w.user.store
	s.watchMu.Lock()
	defer s.watchMu.Unlock()
	s.watches = slices.DeleteFunc(s.watches, func(x *Watch) bool { return x == w })
	s.watching.Store(int32(len(s.watches)))
}

// Take returns what has happened since the last time, changes of names first; the slice is the caller's.
// Only what the user can see is returned: events of mailboxes for which he has the right l (r, for messages and
// flags), and those that are his alone; and all MailboxACL, by which he may have lost the right.
func (w *Watch) Take() []Event {
	// With the store's lock, so that all that one command has done to names is there or nothing of it.
	s := w.user.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	w.mu.Lock()
	events, dirty, order, lost := w.events, w.dirty, w.order, w.lost
	w.events, w.dirty, w.order, w.lost = nil, nil, nil, false
	w.mu.Unlock()
	if lost {
		return []Event{{Kind: Overflow}}
	}
	events = slices.DeleteFunc(events, func(e Event) bool {
		return e.User != nil && e.User != w.user ||
			e.Kind != MailboxACL && e.Mailbox != nil && !e.Mailbox.rightsFor(w.user).Has('l')
	})
	for i := range events {
		if e := &events[i]; e.oldOwner != nil {
			e.OldName = w.user.nameIn(e.oldOwner, e.oldLocal)
		}
	}
	for _, m := range order {
		if m.rightsFor(w.user).Has('r') {
			events = append(events, Event{Kind: dirty[m], Mailbox: m})
		}
	}
	return events
}

// Pending reports whether Take would have something to look at.
func (w *Watch) Pending() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lost || len(w.events) > 0 || len(w.order) > 0
}

func (w *Watch) push(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fresh := !w.lost && len(w.events) == 0 && len(w.order) == 0
	switch {
	case w.lost:
	case e.Kind&(MessageNew|MessageExpunged|FlagChange) != 0:
		if w.dirty == nil {
			w.dirty = map[*Mailbox]EventKind{}
		}
		if w.dirty[e.Mailbox] == 0 {
			w.order = append(w.order, e.Mailbox)
		}
		w.dirty[e.Mailbox] |= e.Kind
	case len(w.events) >= maxEvents:
		w.lost, w.events, w.dirty, w.order = true, nil, nil, nil
	default:
		w.events = append(w.events, e)
	}
	if fresh && w.wake != nil {
		w.wake()
	}
}

// event tells all watches.
func (s *Store) event(e Event) {
	if s.watching.Load() == 0 {
		return
	}
	s.watchMu.Lock()
	defer s.watchMu.Unlock()
	for _, w := range s.watches {
		w.push(e)
	}
}

// changed tells all watches but that of the view which made the change itself.
func (s *Store) changed(m *Mailbox, by *View, kinds EventKind) {
	s.watchMu.Lock()
	defer s.watchMu.Unlock()
	for _, w := range s.watches {
		if by == nil || by.watch != w {
			w.push(Event{Kind: kinds, Mailbox: m})
		}
	}
}
