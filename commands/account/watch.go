package account

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// The defaults for zero fields of [WatchOptions].
const (
	DefaultPoll    = 2 * time.Minute
	DefaultRestart = 10 * time.Minute
	DefaultAnswer  = 30 * time.Second

	DefaultMaxMessages = 1 << 23
)

// maxQueue limits the events that wait to be yielded, because a server could report changes without end. If it is
// reached, the watcher gives up the connection.
const maxQueue = 1 << 16

// WatchOptions says what [Account.Watch] watches, and how. The zero WatchOptions watches INBOX.
type WatchOptions struct {
	// Mailbox is the mailbox that Watch keeps open. Events about it say which messages they are about. They come at
	// once if the server has IDLE. "" means INBOX.
	Mailbox string
	// Others are further mailboxes to watch. Events about them may come late, and do not always say which messages they
	// are about. A mailbox in Others need not exist when Watch begins. Watch also yields events when a mailbox in
	// Others is created or deleted; renaming it looks like deleting it. If All is set, Watch watches all mailboxes, and
	// also yields events when any mailbox except INBOX is created, renamed or deleted.
	Others []string
	All    bool
	// Poll is how long Watch waits before it asks again for the state of the other mailboxes and, if the server has
	// no IDLE, of the open mailbox. A server with NOTIFY reports changes at once. But some of these servers lose
	// reports, so Watch asks them too. 0 means DefaultPoll.
	Poll time.Duration
	// Restart is how long one IDLE lasts before Watch begins another one. Servers and routers drop connections that
	// are silent for too long. 0 means DefaultRestart.
	Restart time.Duration
	// MaxMessages limits the number of messages in the open mailbox. Each message takes 4 bytes of memory, and the
	// memory for its flags. If the mailbox has more, the error is a wire.LimitError. 0 means DefaultMaxMessages.
	MaxMessages int
	// Answer is how long the server may take to end an IDLE, or to answer a command that Watch sends to check the
	// connection. If it takes longer, Watch gives up the connection. 0 means DefaultAnswer.
	Answer time.Duration
}

// Watch yields what happens in the account until the loop ends. It does not yield what the mailboxes contain when the
// loop begins. Watch uses one of the account's connections all the time, so each loop over Watch needs a connection of
// its own. A loop for which there is no connection waits, and yields Interrupted if the server refuses to open one. If
// all connections are used by Watch and no other may be opened, a call of Do borrows one. If calls of Do always need
// all connections, Watch gets one of them from time to time, and events come late.
//
//	for ev, err := range a.Watch(ctx, account.WatchOptions{All: true}) {
//		if err != nil {
//			return err // ctx has ended, or trying again is useless
//		}
//		switch ev := ev.(type) {
//		case *account.Arrived:
//			fmt.Println(ev.UIDs, "in", ev.Mailbox)
//		…
//
// Watch waits by IDLE for changes in the open mailbox. For changes in the others it uses NOTIFY (RFC 5465) if the
// server offers it; otherwise it asks by LIST and STATUS every WatchOptions.Poll. If the connection is lost, Watch
// yields Interrupted and connects again, however long that takes. Then it finds out what has happened meanwhile, by
// QRESYNC or CONDSTORE if the server offers them (see package resync), yields the events for it, and finally yields
// Resumed.
//
// Watch loses no change, even if the body of the loop takes long, with two exceptions. It does not notice messages
// that arrive and are expunged during an interruption. If the server has neither NOTIFY nor CONDSTORE, Watch notices
// changes of flags in a mailbox that is not open only if the number of unread messages changes. Watch may yield a
// change twice.
//
// The error that ends the loop is yielded last. It is the cause of ctx's end, ErrClosed, an error of kind ErrForGood,
// or the server's refusal to open the mailbox. The server also refuses it after another client has renamed or deleted
// the mailbox. If the mailbox has more than WatchOptions.MaxMessages messages when Watch begins, the error is
// a wire.LimitError. Every other error is an interruption.
func (a *Account) Watch(ctx context.Context, opt WatchOptions) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		w := newWatcher(a, opt, yield)
		if err := w.run(ctx); !w.left && w.flush() == nil {
			yield(nil, err)
		}
	}
}

// watcher is one call of Watch.
type watcher struct {
	a     *Account
	opt   WatchOptions
	yield func(Event, error) bool

	box    openBox
	others others
	queue  []Event // events that have not been yielded yet
	left   bool    // the program has left the loop
	down   bool    // Interrupted has been queued, and Resumed has not been queued yet

	// The following fields are about the current connection.
	s                   *session.Session
	notified            bool      // NOTIFY works: the server reports changes in other mailboxes unasked
	overflow            bool      // the server has stopped reporting changes (NOTIFICATIONOVERFLOW)
	refused             bool      // the server refuses to open the mailbox
	polls               bool      // the server refuses IDLE, or ends it at once
	nextLook, nextCheck time.Time // when look and checkName ask again

	// Guarded by Account.mu.
	cancel   context.CancelCauseFunc // ends the wait for changes
	conn     *conn
	yielding bool // the loop's body runs, so the session is not in use
	lent     bool // a call of Do has borrowed the connection while the body runs
	cut      bool // a call of Do has ended the use of the last connection before the watcher had caught up
	spared   bool // the watcher may catch up before a call of Do gets the connection, because cut is true
	wanted   bool // a call of Do waits until the watcher has caught up
}

// errFlood ends the use of a connection that produces more events than the queue may hold.
var errFlood = fmt.Errorf("%w: more events than the queue may hold", session.ErrLost)

// errWanted ends a wait because a call of Do needs the connection.
var errWanted = errors.New("account: the connection is wanted")

func newWatcher(a *Account, opt WatchOptions, yield func(Event, error) bool) *watcher {
	if opt.Mailbox == "" {
		opt.Mailbox = "INBOX"
	}
	for _, d := range []struct {
		p   *time.Duration
		def time.Duration
	}{{&opt.Poll, DefaultPoll}, {&opt.Restart, DefaultRestart}, {&opt.Answer, DefaultAnswer}} {
		if *d.p <= 0 {
			*d.p = d.def
		}
	}
	if opt.MaxMessages <= 0 {
		opt.MaxMessages = DefaultMaxMessages
	}
	w := &watcher{a: a, opt: opt, yield: yield}
	w.box = openBox{name: opt.Mailbox, maxMessages: opt.MaxMessages, tell: w.tell}
	names := slices.DeleteFunc(slices.Clone(opt.Others), func(name string) bool { return sameName(name, opt.Mailbox) })
	w.others = others{all: opt.All, names: names, open: opt.Mailbox, tell: w.tell}
	return w
}

// watchesOthers reports whether mailboxes other than the open one are to be watched.
func (w *watcher) watchesOthers() bool { return w.others.all || len(w.others.names) > 0 }

// tell adds an event to the queue. It merges Arrived and Gone with the last event in the queue if that event has the
// same type, mailbox and UIDVALIDITY.
func (w *watcher) tell(ev Event) {
	if len(w.queue) > 0 {
		switch x := ev.(type) {
		case *Arrived:
			if y, ok := w.queue[len(w.queue)-1].(*Arrived); ok && y.Mailbox == x.Mailbox && y.UIDValidity == x.UIDValidity {
				y.UIDs = y.UIDs.Union(x.UIDs)
				return
			}
		case *Gone:
			if y, ok := w.queue[len(w.queue)-1].(*Gone); ok && y.Mailbox == x.Mailbox && y.UIDValidity == x.UIDValidity && y.UIDs.Empty() == x.UIDs.Empty() {
				y.UIDs = y.UIDs.Union(x.UIDs)
				return
			}
		}
	}
	w.queue = append(w.queue, ev)
	if len(w.queue) == maxQueue && w.conn != nil {
		w.cancel(errFlood)
	}
}

// errLeft ends a watch because the program has left the loop.
var errLeft = errors.New("account: the loop was left")

// flush yields the events in the queue. While the loop's body runs, the connection is not in use, and a call of Do
// can borrow it, even a call in the body itself. If a call has borrowed it, the error is errWanted.
func (w *watcher) flush() error {
	if len(w.queue) == 0 {
		return nil
	}
	w.a.mu.Lock()
	w.yielding = w.conn != nil
	w.a.dispatch() // a call of Do may wait for the last connection
	w.a.mu.Unlock()
	defer func() {
		w.a.mu.Lock()
		w.yielding = false
		w.a.mu.Unlock()
	}()
	for len(w.queue) > 0 {
		ev := w.queue[0]
		w.queue = w.queue[1:]
		if !w.yield(ev, nil) {
			w.left = true
			return errLeft
		}
	}
	w.a.mu.Lock()
	defer w.a.mu.Unlock()
	if w.lent {
		return errWanted
	}
	return nil
}

// run watches over one connection after another until the program leaves the loop or an error ends it.
func (w *watcher) run(ctx context.Context) error {
	ctx, release := w.a.untilClose(ctx)
	defer release()
	for failures := 0; ; {
		who := &waiter{mailbox: w.opt.Mailbox, readOnly: true, watch: true}
		if w.down {
			who.patience = -1 // without a limit; until w.down is set, the patience is 0, so that Interrupted is queued at once
		}
		c, err := w.a.acquire(ctx, who)
		if e := asError(err); e != nil && e.Cause.Kind == ForNow && ctx.Err() == nil && !w.down {
			if err := w.interrupted(err); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		began := time.Now()
		err = w.watchOver(ctx, c)
		switch {
		case w.left:
			return errLeft
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errWanted):
			failures = 0
			continue
		case errors.Is(err, ErrClosed):
			return err
		}
		err = Classify(err)
		if asError(err) == nil {
			err = &Error{Cause: givenUp, Err: err} // the error can only come from what the server has sent
		}
		e := asError(err)
		if e.Cause.Kind == ForGood || w.refused {
			return err
		}
		w.a.mu.Lock()
		w.a.noteThrottled(e, time.Now())
		pause := max(w.a.backoff(failures), e.Wait)
		w.a.mu.Unlock()
		if !w.down {
			if err := w.interrupted(err); err != nil {
				return err
			}
		}
		if time.Since(began) > w.a.opt.MaxBackoff {
			failures = 0
		}
		// The first lost connection is replaced without a pause.
		if failures > 0 || !e.Is(ErrLost) {
			if err := sleep(ctx, pause); err != nil {
				return err
			}
		}
		failures++
	}
}

// interrupted queues an Interrupted event, and yields all queued events.
func (w *watcher) interrupted(err error) error {
	w.down = true
	w.tell(&Interrupted{err})
	return w.flush()
}

// watchOver watches over one connection until it ends or a call of Do needs it, and then releases it.
func (w *watcher) watchOver(ctx context.Context, c *conn) (err error) {
	a := w.a
	waiting, cancel := context.WithCancelCause(ctx)
	a.mu.Lock()
	if a.watchers == nil {
		a.watchers = map[*watcher]struct{}{}
	}
	w.cancel, w.conn, w.lent = cancel, c, false
	w.spared, w.wanted, w.cut = w.cut, false, true
	a.watchers[w] = struct{}{}
	if a.closed {
		cancel(ErrClosed)
	}
	a.dispatch() // a call of Do may wait for the last connection
	a.mu.Unlock()
	c.use = w.handler(c.s)
	w.s, w.notified, w.overflow, w.polls = c.s, false, false, false
	done := false
	defer func() {
		cancel(nil)
		a.mu.Lock()
		lent := w.lent
		w.lent = false // flush, which looks at lent, also runs while the watcher has no connection
		delete(a.watchers, w)
		w.conn = nil
		a.mu.Unlock()
		if lent {
			return
		}
		c.use = nil
		if c.s.Err() != nil || !done || w.notified && !w.restoreNotify(ctx) {
			a.drop(c)
		} else {
			a.release(c)
		}
	}()
	err = w.watch(waiting, c)
	if cause := context.Cause(waiting); cause != nil && ctx.Err() == nil && !w.left {
		err = cause
	}
	done = true // w.watch has not panicked
	if err != nil && !errors.Is(err, errWanted) && !w.left && ctx.Err() == nil && c.s.Err() == nil {
		done = false // on another connection, the server may accept what it has refused on this one
	}
	return err
}

// restoreNotify tells the server to report again what it reports to clients that have not sent NOTIFY, because other
// callers may get the connection next. It reports whether the server has agreed.
func (w *watcher) restoreNotify(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.opt.Answer)
	defer cancel()
	_, err := commands.Notify(w.s, commands.EventGroup{In: commands.InSelectedDelayed, Events: []commands.Event{commands.MessageNew, commands.MessageExpunge, commands.FlagChange}}).Wait(ctx)
	return err == nil
}

// caughtUp records that the program knows everything that has happened before the connection was opened.
func (w *watcher) caughtUp() {
	w.a.mu.Lock()
	defer w.a.mu.Unlock()
	w.cut, w.spared = false, false
	if w.wanted {
		w.cancel(errWanted) // the wait that follows ends at once
	}
}

// interrupt ends the wait for changes, because a call of Do needs the connection or the account has been closed. It
// reports whether a call of Do can use the connection at once. The caller holds Account.mu.
func (w *watcher) interrupt() bool {
	switch {
	case w.a.closed:
		w.cancel(ErrClosed)
	case w.yielding:
		w.lent = true
		delete(w.a.watchers, w)
		w.conn.use = nil
		w.a.addIdle(w.conn)
		return true
	case w.spared:
		w.wanted = true
	default:
		w.cancel(errWanted)
	}
	return false
}

// handler returns the handler for what the server reports unasked.
func (w *watcher) handler(s *session.Session) *session.Handler {
	return &session.Handler{
		Opened: func(*session.Mailbox) { w.box.opened() },
		Exists: w.box.exists,
		Gone: func(g session.Gone) {
			switch {
			case g.Seq != 0:
				w.box.expunge(g.Seq)
			case !g.Earlier:
				w.box.vanished(g.UIDs)
			}
		},
		Fetch: w.box.fetched,
		Other: func(r *parser.Response) {
			switch {
			case r.Status == parser.OK && r.Code.Name == parser.CodeNotificationOverflow:
				w.overflow = true
			case r.Name == "STATUS":
				var st parser.StatusData
				if st.Decode(r.Decoder()) == nil {
					w.others.status(&st, s.Mode().UTF8)
				}
			case r.Name == "LIST":
				var l parser.ListData
				if l.Decode(r.Decoder()) == nil {
					w.others.listed(&l, s.Mode().UTF8)
				}
			}
		},
	}
}
