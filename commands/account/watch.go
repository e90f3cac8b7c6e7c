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
	DefaultEvery   = 2 * time.Minute
	DefaultRestart = 10 * time.Minute
	DefaultAnswer  = 30 * time.Second

	DefaultMaxMessages = 1 << 23
)

// maxQueue is how many events may wait to be yielded before the watcher gives up the connection: a server could send
// news without end.
const maxQueue = 1 << 16

// WatchOptions says what to watch, and how. The zero WatchOptions watches INBOX.
type WatchOptions struct {
	// Mailbox is the mailbox that Watch keeps open: it tells what happens there at once, and of which messages. "" is
	// INBOX.
	Mailbox string
	// Others are mailboxes of which Watch tells that something has happened in them. With All it watches every other
	// mailbox, and also tells when mailboxes are made, renamed or deleted.
	Others []string
	All    bool
	// Every is how often Watch asks for the state of the other mailboxes, and for that of the open mailbox if the
	// server has no IDLE. With NOTIFY the server reports changes at once, but some servers lose reports, so Watch asks
	// then too. 0 is DefaultEvery.
	Every time.Duration
	// Restart is how long one IDLE lasts before Watch begins another; servers and routers forget a connection that is
	// silent for longer. 0 is DefaultRestart.
	Restart time.Duration
	// MaxMessages is how many messages the open mailbox may have: each costs 4 bytes of memory, and what its flags
	// need. 0 is DefaultMaxMessages. If the mailbox has more, the error is a wire.LimitError.
	MaxMessages int
	// Answer is how long the server may take to end an IDLE, or to answer, before Watch gives up the connection. 0 is
	// DefaultAnswer.
	Answer time.Duration
}

// Watch tells what happens in the account for as long as the loop over it goes on. It does not tell what is there when
// it begins. It keeps one of the account's connections to itself; but if all connections that there may be wait for
// mail and Do has work, it lends its own.
//
//	for ev, err := range a.Watch(ctx, account.WatchOptions{All: true}) {
//		if err != nil {
//			return err // for good, or the end of ctx
//		}
//		switch ev := ev.(type) {
//		case *account.Arrived:
//			fmt.Println(ev.UIDs, "in", ev.Mailbox)
//		…
//
// Watch waits by IDLE for news of the open mailbox. For news of the others it uses NOTIFY (RFC 5465) if the server
// offers it, or else asks by LIST and STATUS from time to time. If the connection is lost, Watch yields Interrupted and
// makes another one, however long that takes. It finds what has happened meanwhile, by QRESYNC or CONDSTORE if the
// server offers them (commands/resync), and tells it; then it yields Resumed. It loses nothing, also if the body of the
// loop takes long; but it may tell something twice, and does not tell about a message that came and went meanwhile.
//
// The last turn yields the error that ends the loop: the cause of ctx's end, an error that is for good, or the refusal
// to open the mailbox. Anything else that the server refuses is an interruption.
func (a *Account) Watch(ctx context.Context, opt WatchOptions) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		w := newWatcher(a, opt, yield)
		if err := w.run(ctx); !w.left && w.flush() == nil {
			yield(nil, err)
		}
	}
}

// watcher is one loop over Watch.
type watcher struct {
	a     *Account
	opt   WatchOptions
	yield func(Event, error) bool

	box    openBox
	others others
	queue  []Event // events not yet yielded
	left   bool    // the loop was left
	down   bool    // Interrupted has been told, and Resumed has not

	// About the connection in use.
	s        *session.Session
	notified bool // the server tells about the others by itself
	overflow bool // the server has stopped telling (NOTIFICATIONOVERFLOW)
	refused  bool // the mailbox cannot be opened
	polls    bool // IDLE does not work here
	lookAt   time.Time

	// Guarded by Account.mu.
	cancel   context.CancelCauseFunc // ends a wait
	conn     *conn
	yielding bool // the loop's body runs, and the session does nothing
	lent     bool // somebody else has got the connection while the body runs
}

// errFlood ends a connection on which more events have come than the queue may hold.
var errFlood = fmt.Errorf("%w: news without end", session.ErrLost)

// errWanted ends a wait whose connection is wanted for work.
var errWanted = errors.New("account: the connection is wanted")

func newWatcher(a *Account, opt WatchOptions, yield func(Event, error) bool) *watcher {
	if opt.Mailbox == "" {
		opt.Mailbox = "INBOX"
	}
	for _, d := range []struct {
		p   *time.Duration
		def time.Duration
	}{{&opt.Every, DefaultEvery}, {&opt.Restart, DefaultRestart}, {&opt.Answer, DefaultAnswer}} {
		if *d.p <= 0 {
			*d.p = d.def
		}
	}
	if opt.MaxMessages <= 0 {
		opt.MaxMessages = DefaultMaxMessages
	}
	w := &watcher{a: a, opt: opt, yield: yield}
	w.box = openBox{name: opt.Mailbox, most: opt.MaxMessages, tell: w.tell}
	names := slices.DeleteFunc(slices.Clone(opt.Others), func(name string) bool { return sameName(name, opt.Mailbox) })
	w.others = others{all: opt.All, names: names, open: opt.Mailbox, tell: w.tell}
	return w
}

// watchesOthers reports whether there is more to watch than the open mailbox.
func (w *watcher) watchesOthers() bool { return w.others.all || len(w.others.names) > 0 }

// tell puts an event into the queue. It merges Arrived and Gone with the event before, if that is of the same kind and
// mailbox.
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

// errLeft ends a watch whose loop was left.
var errLeft = errors.New("account: the loop was left")

// flush yields the events in the queue. While the loop's body runs, the connection is not in use and can be lent, even
// to the body itself. If it was lent, the error is errWanted.
func (w *watcher) flush() error {
	if len(w.queue) == 0 {
		return nil
	}
	w.a.mu.Lock()
	w.yielding = w.conn != nil
	w.a.dispatch() // somebody may wait for the last connection
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

// run watches, over one connection after the other, until something ends it.
func (w *watcher) run(ctx context.Context) error {
	for failures := 0; ; {
		who := &waiter{mailbox: w.opt.Mailbox, readOnly: true, watch: true}
		if !w.down {
			who.patience = time.Now() // Interrupted is told at once if there is no connection
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
		err = w.hold(ctx, c)
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
			err = &Error{Cause: givenUp, Err: err} // only what the server says can fail here
		}
		e := asError(err)
		if e.Cause.Kind == ForGood || w.refused {
			return err
		}
		w.a.mu.Lock()
		w.a.note(e, time.Now())
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
		// The first connection that is lost is replaced at once.
		if failures > 0 || !e.Is(ErrLost) {
			if err := sleep(ctx, pause); err != nil {
				return err
			}
		}
		failures++
	}
}

// interrupted tells that nothing can be told until Resumed.
func (w *watcher) interrupted(err error) error {
	w.down = true
	w.tell(&Interrupted{err})
	return w.flush()
}

// hold watches over one connection until it ends or is wanted, and gives it back.
func (w *watcher) hold(ctx context.Context, c *conn) (err error) {
	a := w.a
	waiting, cancel := context.WithCancelCause(ctx)
	a.mu.Lock()
	if a.watchers == nil {
		a.watchers = map[*watcher]struct{}{}
	}
	w.cancel, w.conn, w.lent = cancel, c, false
	a.watchers[w] = struct{}{}
	if a.closed {
		cancel(ErrClosed)
	}
	a.dispatch() // somebody may wait for the last connection
	a.mu.Unlock()
	c.use = w.handler(c.s)
	w.s, w.notified, w.overflow, w.polls = c.s, false, false, false
	done := false
	defer func() {
		cancel(nil)
		a.mu.Lock()
		lent := w.lent
		delete(a.watchers, w)
		w.conn = nil
		a.mu.Unlock()
		if lent {
			return
		}
		c.use = nil
		if c.s.Err() != nil || !done || w.notified && !w.restore(ctx) {
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
		done = false // the server may not refuse it on another connection
	}
	return err
}

// restore makes the server tell what it would tell without NOTIFY, for whoever gets the connection next, and reports
// whether the server agreed.
func (w *watcher) restore(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.opt.Answer)
	defer cancel()
	_, err := commands.Notify(w.s, commands.EventGroup{In: commands.InSelectedDelayed, Events: []commands.Event{commands.MessageNew, commands.MessageExpunge, commands.FlagChange}}).Wait(ctx)
	return err == nil
}

// interrupt ends the wait, because the connection is wanted, and reports whether the connection is free at once. The
// caller holds Account.mu.
func (w *watcher) interrupt() bool {
	switch {
	case w.a.closed:
		w.cancel(ErrClosed)
	case w.yielding:
		w.lent = true
		delete(w.a.watchers, w)
		w.conn.use = nil
		w.a.rest(w.conn)
		return true
	default:
		w.cancel(errWanted)
	}
	return false
}

// handler returns the handler for what the server says unasked.
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
