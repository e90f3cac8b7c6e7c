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

// watch opens the mailbox, tells what has happened, and waits for more, until an error ends it.
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
		// Servers need not report news at the end of IDLE; they do in the answer to NOOP (RFC 9051 §6.1.2).
		st := session.StartStream(s, session.Command{Name: "NOOP", Flow: session.Alone}, nothing)
		st.StopAfter(0, w.opt.Answer)
		if err := st.Wait(ctx); err != nil && (s.Err() != nil || ctx.Err() != nil || KindOf(err) == ForNow) {
			return err
		}
	}
}

// begin asks the server to tell by itself what it can, and tells what is new since the connection before. It tells what
// happens between these two steps twice rather than not at all.
func (w *watcher) begin(ctx context.Context) error {
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
	if !w.notified && !w.down && w.others.boxes != nil && time.Now().Before(w.lookAt) {
		return nil // the connection was only lent
	}
	return w.look(ctx)
}

// catchUp opens the mailbox, again if it is open, and tells what has happened in it.
func (w *watcher) catchUp(ctx context.Context) error {
	began := w.box.known
	refused, err := w.box.catchUp(ctx, w.s)
	if err == nil || ctx.Err() != nil || w.s.Err() != nil {
		return err
	}
	// A mailbox with too many messages at the beginning counts as refused, because it will not get smaller. A limit
	// that is met later ends only the connection.
	var limit *wire.LimitError
	w.refused = refused && KindOf(err) != ForNow || !began && errors.As(err, &limit)
	return err
}

// look asks for the state of the other mailboxes. It is needed with NOTIFY too: Dovecot 2.3.19 sometimes stops
// reporting the others when one of them has been deleted, and says nothing about that.
func (w *watcher) look(ctx context.Context) error {
	w.lookAt = time.Now().Add(w.opt.Every)
	return w.others.look(ctx, w.s)
}

// settle follows up on news: it asks for the UIDs of messages that have come, reads the mailbox again if its numbers do
// not fit together, and looks at the other mailboxes if it is time.
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
		if err := w.box.learn(ctx, w.s); err != nil {
			if w.s.Err() != nil || ctx.Err() != nil || KindOf(err) == ForNow {
				return err
			}
			w.box.fresh = false // the message is gone already; NOOP will say so
		}
		if w.watchesOthers() && !time.Now().Before(w.lookAt) {
			if err := w.look(ctx); err != nil {
				return err
			}
		}
		if !w.restless() {
			return nil
		}
	}
	return nil
}

// outOfStep reports whether the open mailbox has to be read again.
func (w *watcher) outOfStep() bool {
	box := w.s.Mailbox()
	return w.box.broken || box == nil || len(w.box.uids) != int(box.Exists)
}

// restless reports whether settle has to ask for something before the next wait.
func (w *watcher) restless() bool { return w.overflow || w.box.fresh || w.outOfStep() }

// wait waits for news in one IDLE, or, if IDLE does not work here, until it is time to ask.
func (w *watcher) wait(ctx context.Context) error {
	d := w.opt.Restart
	if w.watchesOthers() {
		d = min(d, max(time.Until(w.lookAt), time.Millisecond))
	}
	if w.polls || !w.s.Caps().Has("IDLE") {
		return sleep(ctx, min(d, w.opt.Every))
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
			return sleep(ctx, min(d, w.opt.Every))
		}
		// The body of the program's loop must not run within IDLE: it may need the connection.
		if len(w.queue) > 0 || w.restless() {
			st.Stop()
		}
	}
	if time.Since(begin) < min(d, time.Second) && len(w.queue) == 0 && !w.restless() {
		w.polls = true // the server ended the IDLE as soon as it had begun
		return sleep(ctx, min(d, w.opt.Every))
	}
	return nil
}

// nothing decodes a response of NOOP: it claims none.
func nothing(*parser.Response) (*struct{}, error) { return nil, nil }
