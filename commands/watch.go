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

// Defaults for zero fields of [WatchOptions].
const (
	DefaultRestart = 29 * time.Minute
	DefaultPoll    = time.Minute
)

// WatchOptions is how [Watch] waits. The zero WatchOptions means the defaults.
type WatchOptions struct {
	// Restart is how long one IDLE lasts before Watch begins another. Servers log out a client that is silent for half
	// an hour (RFC 9051 §5.4), and some routers forget a connection sooner. 0 is DefaultRestart.
	Restart time.Duration
	// Alive is the longest time for which a dead connection may stay unnoticed. Watch ends IDLE, or sends NOOP, early
	// enough to leave a third of Alive for the answer; without an answer the session ends with session.ErrStalled. 0 is
	// Restart, or Poll, and session.Config.StallTimeout for the answer.
	Alive time.Duration
	// Poll is the time between two NOOPs, if the server does not offer IDLE or refuses it. 0 is DefaultPoll.
	Poll time.Duration
}

// Watch waits for changes in the mailbox, for as long as the loop over it continues. It sends NOOP, whose answer must
// report all news, and then waits in IDLE (RFC 9051 §6.3.13), which it ends and begins again before the server loses
// patience. Without IDLE, it waits for WatchOptions.Poll between NOOPs. It yields each untagged response, valid until
// the next turn of the loop, after the session has updated its view of the mailbox and called its handler.
//
//	for r, err := range commands.Watch(ctx, s, commands.WatchOptions{Alive: time.Minute}) {
//		if err != nil || r.Name == "EXISTS" {
//			return err
//		}
//	}
//
// Watch yields at once what arrived before the loop, and what arrived between one IDLE and the next. Within IDLE, news
// arrives when the server looks for it: most servers look at once, Cyrus without its idled looks once a minute, and
// some lose news. So Restart is also the longest time that news may take.
//
// A program whose session.Handler does the work needs no body:
//
//	for _, err = range commands.Watch(ctx, s, commands.WatchOptions{Alive: time.Minute}) {
//	}
//
// The last turn yields why the session has ended, or the cause of ctx's end. A response that exceeds a limit yields a
// wire.LimitError, after which the loop may continue. After the end of ctx, and when the loop is left, the session is
// ready for the next command, which also ends the IDLE. A command that is started in the loop's body is sent when the
// IDLE has ended. Watch starts no goroutine.
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

// answer returns how long an answer may take; 0 leaves that to the session.
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
	polls bool // IDLE does not work here
}

// ask sends one NOOP, and reports whether the loop goes on. Servers need not report news at the beginning or end of
// IDLE; they do in the answer to NOOP (RFC 9051 §6.1.2).
func (w *watcher) ask() bool {
	st := session.StartStream(w.s, session.Command{
		Name: "NOOP", Flow: session.Alone | session.Shared,
		Claim: func(*parser.Response) bool { return true },
	}, itself)
	st.StopAfter(0, w.opt.answer())
	for r, err := range st.All(w.ctx) {
		// A server that says NO to NOOP is still there, and may know IDLE.
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

// survives reports whether the loop goes on after an error.
func (w *watcher) survives(err error) bool {
	var limit *wire.LimitError
	return w.s.Err() == nil && w.ctx.Err() == nil && errors.As(err, &limit)
}

// wait waits in one IDLE, or sleeps if IDLE does not work here. It reports whether the loop goes on.
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
		// IDLE is not offered, is refused, or the server ends it as soon as it has begun.
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
