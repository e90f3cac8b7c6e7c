package memory

import (
	"sync"

	"github.com/imapstack/imapstack/session/serve"
)

// watchers are the functions that get the events of a user's mailboxes.
type watchers struct {
	mu  sync.Mutex
	all map[*func(serve.Event)]struct{}
}

// Notify calls f with each event of the user's mailboxes, until stop is called.
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

// notify calls the watchers with an event. The caller may hold locks.
func (w *watchers) notify(e serve.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for f := range w.all {
		(*f)(e)
	}
}

// notify reports an event of the mailbox to the watchers.
func (b *box) notify(kind serve.EventKind) {
	b.owner.watchers.notify(serve.Event{Kind: kind, Mailbox: *b.name.Load()})
}
