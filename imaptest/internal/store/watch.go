package store

import (
	"slices"
	"sync"
)

// EventKind is a bit set of the kinds of events of RFC 5465 §5.
type EventKind uint16

// The kinds of events. Events about messages and flags report, once per mailbox, that something of this kind happened
// since the last Take. Events of the other kinds are reported one by one and in order.
const (
	MessageNew EventKind = 1 << iota
	MessageExpunged
	FlagChange
	MailboxName    // created
	MailboxDeleted // the mailbox was deleted; Event.Mailbox has its name
	MailboxRenamed // Event.OldName has the old name
	MailboxACL     // the access control list of the mailbox changed
	Subscription   // User subscribed to Name or unsubscribed from it; Mailbox may be nil
	Metadata       // the annotation Name of Mailbox (nil: the server) changed; it is private to User (nil: shared)
	Overflow       // too many events waited, and all of them are lost
)

// An Event is something that happened to a mailbox, a subscription or an annotation.
type Event struct {
	Kind    EventKind // one bit, or several of MessageNew, MessageExpunged and FlagChange
	Mailbox *Mailbox
	OldName string // the watching user's name for the mailbox before it was renamed
	User    *User  // the only user whom the event concerns; nil: all users
	Name    string

	oldOwner *User  // the owner before a rename
	oldLocal string // the name by which oldOwner knew it
}

// maxEvents is how many events, other than those about messages and flags, wait in a watch before it overflows.
const maxEvents = 1000

// A Watch collects events of all mailboxes, for NOTIFY.
type Watch struct {
	user *User
	wake func()

	mu     sync.Mutex
	dirty  map[*Mailbox]EventKind
	order  []*Mailbox
	events []Event
	lost   bool
}

// Watch begins to collect events in all mailboxes of the store. When it adds an event and no other is waiting, it calls
// wake, with locks held. wake must return at once and not use this package. Close ends the watch.
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

// Take returns the events since the last call. Events about messages and flags come last. The slice is the caller's.
// It returns only events that the user may see. For events about a mailbox, the user needs the right l on it, and for
// those about messages and flags the right r. MailboxACL needs no right, because the user may have lost the right by
// that change. Events that concern only one user are returned only to that user.
func (w *Watch) Take() []Event {
	// Hold the store's lock, so that Take sees either all or none of what one command has done to names.
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

// Pending reports whether events wait for Take, or were lost. It also counts events that the user is not allowed to
// see, so Take can still return nothing.
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

// event adds an event to all watches.
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

// changed adds events to all watches, except the watch of the connection whose view made the change.
func (s *Store) changed(m *Mailbox, by *View, kinds EventKind) {
	s.watchMu.Lock()
	defer s.watchMu.Unlock()
	for _, w := range s.watches {
		if by == nil || by.watch != w {
			w.push(Event{Kind: kinds, Mailbox: m})
		}
	}
}
