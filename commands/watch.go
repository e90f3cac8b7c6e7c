package commands

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// The defaults for zero fields of [WatchOptions].
const (
	DefaultRestart = 29 * time.Minute
	DefaultPoll    = time.Minute
)

// WatchOptions says how [Watch] waits. The zero WatchOptions means the defaults.
type WatchOptions struct {
	// Restart is how long one IDLE lasts before Watch begins another one. Servers log out a client that is silent for
	// half an hour (RFC 9051 §5.4), and some routers drop a silent connection sooner. 0 means DefaultRestart.
	Restart time.Duration
	// Alive is the longest time for which a dead connection may go unnoticed. Watch ends IDLE, or sends NOOP, after two
	// thirds of Alive at the latest. If the server does not answer in the last third, the session ends with
	// session.ErrStalled. If Alive is 0, Watch ends IDLE after Restart, or sends NOOP after Poll, and
	// session.Config.StallTimeout limits the wait for the answer.
	Alive time.Duration
	// Poll is the time between two NOOPs if the server does not offer IDLE or refuses it. 0 means DefaultPoll. Between
	// two NOOPs, Watch does not notice that another goroutine has closed the session.
	Poll time.Duration
}

// Watch waits for changes in the selected mailbox until the loop ends. It sends NOOP, because the server must report
// all changes in its answer to NOOP, and then IDLE (RFC 9051 §6.3.13). It ends the IDLE after WatchOptions.Restart, and
// begins again with NOOP. If the server has no IDLE, Watch waits for WatchOptions.Poll between two NOOPs. It yields
// each untagged response, after the session has updated its view of the mailbox and called its handler. The response is
// valid until the next turn of the loop.
//
//	for r, err := range commands.Watch(ctx, s, commands.WatchOptions{Alive: time.Minute}) {
//		if err != nil || r.Name == "EXISTS" {
//			return err
//		}
//	}
//
// Watch begins with the responses that arrived before the loop. During IDLE, most servers report changes at once. Cyrus
// checks for changes only once a minute if its daemon idled does not run, and some servers do not report every change
// during IDLE. But a change is reported after Restart at the latest.
//
// If the program's session.Handler does the work, the loop needs no body:
//
//	for _, err = range commands.Watch(ctx, s, commands.WatchOptions{Alive: time.Minute}) {
//	}
//
// The body of the loop may run other commands on the session. The first of them ends the IDLE, and Watch begins again
// after the body. The responses that arrive meanwhile go to the session's view and its handler, and not to the loop.
// But if messages have arrived meanwhile (session.Mailbox.Grown), Watch yields one more EXISTS.
//
// The error that ends the loop is yielded last: the session's error, or the cause of ctx's end (context.Cause). For a
// response that exceeds a limit, Watch yields a wire.LimitError, after which the loop may continue. After ctx has
// ended, or the program has left the loop, the session is ready for the next command. Sending that command also ends
// the IDLE. Watch starts no goroutine.
func Watch(ctx context.Context, s *session.Session, opt WatchOptions) iter.Seq2[*parser.Response, error] {
	return func(yield func(*parser.Response, error) bool) {
		w := watcher{ctx: ctx, s: s, opt: opt.filled(), yield: yield}
		for w.ask() && w.wait() {
		}
	}
}

// filled returns the options with defaults, and with Restart and Poll no longer than Alive allows.
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

// answer returns how long the server may take for an answer. 0 means that session.Config.StallTimeout applies.
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
	polls bool // the server has no IDLE, or IDLE does not work
}

// ask sends one NOOP, and reports whether the loop continues. A server need not report changes at the beginning or end
// of IDLE, but it must report them in its answer to NOOP (RFC 9051 §6.1.2).
func (w *watcher) ask() bool {
	st := session.StartStream(w.s, session.Command{
		Name: "NOOP", Flow: session.Alone | session.Shared,
		Claim: func(*parser.Response) bool { return true },
	}, itself)
	st.StopAfter(0, w.opt.answer())
	for r, err := range st.All(w.ctx) {
		// If the server answers NO to NOOP, the connection still works, and IDLE may work too.
		var refused *session.Error
		if w.s.Err() == nil && errors.As(err, &refused) && !w.polls {
			break
		}
		if !w.report(r, err) || err != nil && !w.survives(err) {
			return false
		}
	}
	return true
}

// report yields r, and so runs the body of the caller's loop over Watch. If messages arrive while the body runs other
// commands, report runs the body again with an EXISTS of its own, because those commands have read the server's EXISTS.
func (w *watcher) report(r *parser.Response, err error) bool {
	for {
		before := w.s.Mailbox()
		var grown uint64
		if before != nil {
			grown = before.Grown
		}
		if !w.yield(r, err) {
			return false
		}
		box := w.s.Mailbox()
		if err != nil || box == nil || box != before || box.Grown == grown {
			return true
		}
		line := strings.NewReader(fmt.Sprintf("* %d EXISTS\r\n", box.Exists))
		if r, err = parser.NewReader(wire.NewReader(line, wire.Limits{})).Next(); err != nil {
			return true
		}
	}
}

// survives reports whether the loop continues after err.
func (w *watcher) survives(err error) bool {
	var limit *wire.LimitError
	return w.s.Err() == nil && w.ctx.Err() == nil && errors.As(err, &limit)
}

// wait waits in one IDLE, or sleeps if IDLE does not work. It reports whether the loop continues.
func (w *watcher) wait() bool {
	if w.polls {
		return w.sleep()
	}
	begin := time.Now()
	st := Idle(w.s)
	st.StopAfter(w.opt.Restart, w.opt.answer())
	for r, err := range st.All(w.ctx) {
		if err == nil {
			if !w.report(r, nil) {
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
	if !st.Stopped() && time.Since(begin) < min(w.opt.Restart, w.opt.Poll) {
		// The server does not offer IDLE, refuses it, or ends it at once.
		w.polls = true
		return w.sleep()
	}
	return true
}

// sleep waits until it is time for the next NOOP.
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
