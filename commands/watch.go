package commands

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// What stands for a zero field of [WatchOptions].
const (
	DefaultRestart = 29 * time.Minute
	DefaultPoll    = time.Minute
)

// WatchOptions is how [Watch] waits. The zero WatchOptions stands for the defaults.
type WatchOptions struct {
	// Restart is how long one IDLE lasts before it is begun anew. Servers log out who is silent for half an hour
	// (RFC 9051 §5.4), and some routers forget a connection sooner. 0 is DefaultRestart.
	Restart time.Duration
	// Alive is the longest that a peer that is gone stays unnoticed: IDLE is ended, or NOOP sent, so early that there is
	// a third of it for the answer, without which the session ends with session.ErrStalled. 0 is Restart, or Poll, and what
	// session.Config.StallTimeout gives for the answer.
	Alive time.Duration
	// Poll is the time between two NOOPs, where the server does not offer IDLE or refuses it. 0 is DefaultPoll.
	Poll time.Duration
}

// Watch waits for what the server tells of the mailbox, for as long as the loop over it goes on. Each turn asks by NOOP, which has to be
// answered with all that is new, and then waits by IDLE (RFC 9051 §6.3.13), which it begins anew before the server loses patience.
// Where there is no IDLE, it waits as long as it is told to. It yields each untagged response, valid until
// the next turn of the loop; the session's mailbox view is up to date and its handler has been told before.
//
//	for r, err := range commands.Watch(ctx, s, commands.WatchOptions{Alive: time.Minute}) {
//		if err != nil || r.Name == "EXISTS" {
//			return err
//		}
//	}
//
// What has come before the loop, and between the end of one IDLE and the beginning of the next, is told at once. Within IDLE it is told when the
// server looks: most do at once, Cyrus without its idled once a minute, some lose what they should tell. So Restart is also the
// longest that news may take.
//
// A program whose session.Handler does the work needs no body:
//
//	for _, err = range commands.Watch(ctx, s, commands.WatchOptions{Alive: time.Minute}) {
//	}
//
// The last turn yields why the session has ended, or the cause of ctx's end. A response that is over a limit is told by a wire.LimitError,
// behind which the loop goes on if it is not left. Behind the end of ctx, and when the loop is left, the session is
// ready for the next command, which ends the IDLE too. A command that is started in the loop's body is sent when the
// IDLE has ended. There is no goroutine.
func Watch(ctx context.Context, s *session.Session, opt WatchOptions) iter.Seq2[*parser.Response, error] {
	return func(yield func(*parser.Response, error) bool) {
		w := watcher{ctx: ctx, s: s, opt: opt.filled(), yield: yield}
		for w.ask() && w.wait() {
		}
	}
}

// filled returns the options with their defaults, and none longer than Alive allows.
func (o WatchOptions) filled() WatchOptions {
	if o.Restart <= 0 {
		o.Restart = DefaultRestart
	}
	if o.Poll <= 0 {
		o.Poll = DefaultPoll
	}
	if o.Alive > 0 {
		o.Restart = min(o.Restart, o.Alive-o.answer())
		o.Poll = min(o.Poll, o.Alive-o.answer())
	}
	return o
}

// answer is how long an answer may take; 0 leaves that to the session.
func (o WatchOptions) answer() time.Duration {
	if o.Alive <= 0 {
		return 0
	}
	return max(o.Alive/3, 1)
}

type watcher struct {
	ctx   context.Context
	s     *session.Session
	opt   WatchOptions
	yield func(*parser.Response, error) bool
	polls bool // IDLE is no way to wait here
}

// ask is one NOOP. The end of an IDLE need not tell what is new, nor its beginning; the answer to NOOP is there for it (RFC 9051 §6.1.2).
// It reports whether the loop goes on.
func (w *watcher) ask() bool {
	st := session.StartStream(w.s, session.Command{
		Name: "NOOP", Flow: session.Alone | session.Shared,
		Claim: func(*parser.Response) bool { return true },
	}, itself)
	st.StopAfter(0, w.opt.answer())
	for r, err := range st.All(w.ctx) {
		// Who says no to NOOP is still there, and may know IDLE.
		var refused *session.Error
		if w.s.Err() == nil && errors.As(err, &refused) && !w.polls {
			break
		}
		if !w.yield(r, err) || err != nil && !w.survives(err) {
			return false
		}
	}
	return true
}

// survives reports whether the loop goes on behind an error.
func (w *watcher) survives(err error) bool {
	var limit *wire.LimitError
	return w.s.Err() == nil && w.ctx.Err() == nil && errors.As(err, &limit)
}

// wait is one IDLE, or, if that is no way to wait here, a sleep; it reports whether the loop goes on.
func (w *watcher) wait() bool {
	if w.polls {
		return w.sleep()
	}
	begin := time.Now()
	st := Idle(w.s)
	st.StopAfter(w.opt.Restart, w.opt.answer())
	for r, err := range st.All(w.ctx) {
		if err == nil {
			if !w.yield(r, nil) {
				return false
			}
			continue
		}
		var refused *session.Error
		var missing *session.CapabilityError
		if w.s.Err() == nil && (errors.As(err, &refused) || errors.As(err, &missing)) {
			break
		}
		if !w.yield(nil, err) || !w.survives(err) {
			return false
		}
	}
	if time.Since(begin) < min(w.opt.Restart, w.opt.Poll) {
		// Not offered, refused, or ended by the server as soon as begun.
		w.polls = true
		return w.sleep()
	}
	return true
}

// sleep waits until it is time to ask again.
func (w *watcher) sleep() bool {
	timer := time.NewTimer(w.opt.Poll)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.ctx.Done():
		w.yield(nil, context.Cause(w.ctx))
		return false
	}
}
