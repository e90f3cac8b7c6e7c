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

// watch opens the mailbox, tells what has happened, and waits for more, until something ends it.
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
		// The end of an IDLE need not tell what is new; the answer to NOOP is there for it (RFC 9051 §6.1.2).
		st := session.StartStream(s, session.Command{Name: "NOOP", Flow: session.Alone}, nothing)
		st.StopAfter(0, w.opt.Answer)
		if err := st.Wait(ctx); err != nil && (s.Err() != nil || ctx.Err() != nil || KindOf(err) == ForNow) {
			return err
		}
	}
}

// begin has the server tell by itself what it can, and tells what is new since the connection before. What happens between the two is told
// twice rather than not at all.
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
		return nil // the connection was lent for a moment
	}
	return w.look(ctx)
}

// catchUp opens the mailbox, or opens it anew, and tells what has happened in it.
func (w *watcher) catchUp(ctx context.Context) error {
	began := w.box.known
	refused, err := w.box.catchUp(ctx, w.s)
	if err == nil || ctx.Err() != nil || w.s.Err() != nil {
		return err
	}
	// One that has too many messages does not get smaller; what is said later need not be so.
	var limit *wire.LimitError
	w.refused = refused && KindOf(err) != ForNow || !began && errors.As(err, &limit)
	return err
}

// look asks how the others are.
func (w *watcher) look(ctx context.Context) error {
	w.lookAt = time.Now().Add(w.opt.Every)
	if w.notified {
		w.lookAt = time.Now().Add(max(w.opt.Every, w.opt.Restart)) // to be on the safe side
	}
	return w.others.look(ctx, w.s)
}

// settle does what news asks for: the UIDs of messages that have come, the mailbox read anew where its numbers do not fit, the others where it is time.
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
			w.box.fresh = false // it is gone already; NOOP will say so
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

// outOfStep reports whether the open mailbox is to be read anew.
func (w *watcher) outOfStep() bool {
	box := w.s.Mailbox()
	return w.box.broken || box == nil || len(w.box.uids) != int(box.Exists)
}

// restless reports whether there is something to ask for before the next wait.
func (w *watcher) restless() bool { return w.overflow || w.box.fresh || w.outOfStep() }

// wait waits for news: by one IDLE, or, if that is no way to wait here, until it is time to ask.
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
		// No body of a loop runs in here: it may have use for the connection.
		if len(w.queue) > 0 || w.restless() {
			st.Stop()
		}
	}
	if time.Since(begin) < min(d, time.Second) && len(w.queue) == 0 && !w.restless() {
		w.polls = true // ended by the server as soon as it was begun
		return sleep(ctx, min(d, w.opt.Every))
	}
	return nil
}

// nothing takes what nobody claims.
func nothing(*parser.Response) (*struct{}, error) { return nil, nil }
