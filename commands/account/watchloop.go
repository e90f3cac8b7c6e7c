package account

import (
	"context"
	"errors"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// watch opens the mailbox, queues events for what has happened in it, and waits for changes, until an error ends it.
func (w *watcher) watch(ctx context.Context, c *conn) error {
	s := c.s
	if err := w.begin(ctx); err != nil {
		return err
	}
	c.box, c.examined = s.Mailbox(), true
	for {
		if err := w.settle(ctx); err != nil {
			return err
		}
		w.caughtUp()
		if w.down {
			w.down = false
			w.tell(&Resumed{})
		}
		if err := w.flush(); err != nil {
			return err
		}
		if err := w.wait(ctx); err != nil {
			return err
		}
		if err := w.flush(); err != nil {
			return err
		}
		// A server need not report changes at the end of IDLE, but it does in its answer to NOOP (RFC 9051 §6.1.2).
		st := session.StartStream(s, session.Command{Name: "NOOP", Flow: session.Alone}, claimNothing)
		st.StopAfter(0, w.opt.Answer)
		if err := st.Wait(ctx); err != nil && (s.Err() != nil || ctx.Err() != nil || KindOf(err) == ForNow) {
			return err
		}
		if err := w.checkName(ctx); err != nil {
			return err
		}
		w.box.fresh = w.box.fresh || w.box.unknown > 0
	}
}

// checkName asks the server whether the open mailbox still has its name. It does nothing if it asked less than
// WatchOptions.Poll ago, or if Watch asks for the state of all mailboxes anyway. If another client has renamed the open
// mailbox, the server keeps it open, and reports what happens in it. checkName then makes settle open the mailbox that
// now has the name.
func (w *watcher) checkName(ctx context.Context) error {
	box := w.s.Mailbox()
	if w.others.all || box == nil || time.Now().Before(w.nextCheck) {
		return nil
	}
	w.nextCheck = time.Now().Add(w.opt.Poll)
	same, err := keepsName(ctx, w.s, box, askName(w.s, box))
	if err != nil {
		return err
	}
	w.others.again = w.others.again || !same
	return nil
}

// begin queues events for what has happened since the last connection. It sends NOTIFY if other mailboxes are watched
// and the server offers it. A change that happens while begin runs may cause two events, but causes at least one.
func (w *watcher) begin(ctx context.Context) error {
	w.box.late, w.others.late = w.down, w.down
	if err := w.catchUp(ctx); err != nil {
		return err
	}
	if !w.watchesOthers() {
		return nil
	}
	if w.s.Caps().Has("NOTIFY") {
		in := commands.InPersonal
		events := []commands.Event{commands.MessageNew, commands.MessageExpunge, commands.FlagChange}
		if w.others.all {
			events = append(events, commands.MailboxName)
		} else {
			in = commands.InMailboxes(w.others.names...)
		}
		_, err := commands.Notify(w.s,
			commands.EventGroup{In: commands.InSelectedDelayed, Events: []commands.Event{commands.MessageNewFetch(fetch.UID, fetch.Flags), commands.MessageExpunge, commands.FlagChange}},
			commands.EventGroup{In: in, Events: events}).Wait(ctx)
		var refused *session.Error
		switch {
		case err == nil:
			w.notified, w.overflow = true, false
		case !errors.As(err, &refused) || w.s.Err() != nil || KindOf(err) == ForNow:
			return err
		}
	}
	if !w.notified && !w.down && w.others.boxes != nil && time.Now().Before(w.nextLook) {
		return nil // the state of the other mailboxes has been read before, and it is not yet time to ask for it again
	}
	return w.look(ctx)
}

// catchUp opens the mailbox, even if it is open already, and reports what has happened in it.
func (w *watcher) catchUp(ctx context.Context) error {
	began := w.box.known
	w.others.again = false
	refused, err := w.box.catchUp(ctx, w.s)
	w.nextCheck = time.Now().Add(w.opt.Poll)
	if err == nil || ctx.Err() != nil || w.s.Err() != nil {
		return err
	}
	// If the mailbox has more than MaxMessages messages when Watch begins, Watch ends as if the server had refused to
	// open the mailbox, because another attempt would fail too. If the limit is exceeded later, Watch only connects
	// again.
	var limit *wire.LimitError
	w.refused = refused && KindOf(err) != ForNow || !began && errors.As(err, &limit)
	return err
}

// look asks for the state of the other mailboxes. This is necessary even with NOTIFY: after one of these mailboxes has
// been deleted, Dovecot 2.3.19 sometimes stops reporting changes in all of them, and does not say so.
func (w *watcher) look(ctx context.Context) error {
	w.nextLook = time.Now().Add(w.opt.Poll)
	return w.others.look(ctx, w.s)
}

// settle asks the server for what its reports do not say. It asks for the UIDs of messages that have arrived. If
// sequence numbers and UIDs contradict each other, it reads the mailbox again. It asks for the state of the other
// mailboxes if it is time, or if NOTIFY has reported a new mailbox.
func (w *watcher) settle(ctx context.Context) error {
	for range maxReads {
		if w.overflow {
			if err := w.begin(ctx); err != nil {
				return err
			}
		}
		if w.outOfStep() {
			if err := w.catchUp(ctx); err != nil {
				return err
			}
		}
		if err := w.box.askUIDs(ctx, w.s); err != nil {
			if w.s.Err() != nil || ctx.Err() != nil || KindOf(err) == ForNow {
				return err
			}
			// If the message is gone already, the answer to NOOP will say so. Otherwise the watcher asks again after the
			// next wait.
			w.box.fresh = false
		}
		if w.watchesOthers() && (w.others.fresh || !time.Now().Before(w.nextLook)) {
			if err := w.look(ctx); err != nil {
				return err
			}
		}
		if !w.unsettled() {
			return nil
		}
	}
	return nil
}

// outOfStep reports whether the open mailbox has to be read again.
func (w *watcher) outOfStep() bool {
	box := w.s.Mailbox()
	return w.box.broken || w.others.again || box == nil || len(w.box.uids) != int(box.Exists)
}

// unsettled reports whether settle has to run before the next wait.
func (w *watcher) unsettled() bool {
	return w.overflow || w.box.fresh || w.others.fresh || w.outOfStep()
}

// wait waits for changes in one IDLE. If IDLE does not work, it sleeps until the next poll. If other mailboxes are also
// watched, it returns when it is time to ask for their state.
func (w *watcher) wait(ctx context.Context) error {
	d := w.opt.Restart
	if w.watchesOthers() {
		d = min(d, max(time.Until(w.nextLook), time.Millisecond))
	}
	if w.polls || !w.s.Caps().Has("IDLE") {
		return sleep(ctx, min(d, w.opt.Poll))
	}
	begin := time.Now()
	st := commands.Idle(w.s)
	st.StopAfter(d, w.opt.Answer)
	for _, err := range st.All(ctx) {
		if err != nil {
			var refused *session.Error
			if w.s.Err() != nil || ctx.Err() != nil || !errors.As(err, &refused) || KindOf(err) == ForNow {
				return err
			}
			w.polls = true
			return sleep(ctx, min(d, w.opt.Poll))
		}
		// The body of the program's loop must not run during IDLE, because it may need the connection.
		if len(w.queue) > 0 || w.unsettled() {
			st.Stop()
		}
	}
	if time.Since(begin) < min(d, time.Second) && len(w.queue) == 0 && !w.unsettled() {
		w.polls = true // the server has ended the IDLE at once
		return sleep(ctx, min(d, w.opt.Poll))
	}
	return nil
}

// claimNothing is the decode function of NOOP: no response answers NOOP.
func claimNothing(*parser.Response) (*struct{}, error) { return nil, nil }
