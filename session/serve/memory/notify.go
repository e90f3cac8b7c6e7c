package memory

import (
	"sync"

	"github.com/imapstack/imapstack/session/serve"
)

// watchers hear of what becomes of a user's mailboxes.
type watchers struct {
	mu  sync.Mutex
	all map[*func(serve.Event)]struct{}
}

// Notify has f called with what happens to the mailboxes.
func (u *User) Notify(f func(serve.Event)) (stop func()) {
	w := &u.watchers
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[*func(serve.Event)]struct{}{}
	}
	w.all[&f] = struct{}{}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all, &f)
	}
}

// tell tells of an event. Locks may be held.
func (w *watchers) tell(e serve.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for f := range w.all {
		(*f)(e)
	}
}

// tell tells that something has happened to the mailbox.
func (b *box) tell(kind serve.EventKind) {
	b.owner.watchers.tell(serve.Event{Kind: kind, Mailbox: *b.name.Load()})
}
