package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/imapstack/imapstack/parser"
)

// StartStream is Start for a command whose data arrives piece by piece. decode makes a value from each response that
// the command claims. It may return the same value again for the next one.
func StartStream[T any](s *Session, cmd Command, decode func(*parser.Response) (*T, error)) *Stream[T] {
	return &Stream[T]{s: s, p: s.start(cmd, true), decode: decode}
}

// A Stream is a command whose data arrives piece by piece.
type Stream[T any] struct {
	s      *Session
	p      *pending
	decode func(*parser.Response) (*T, error)

	stopAt time.Time     // when to stop the command; zero means never
	answer time.Duration // the longest silence after that
}

// Format writes the name of the command, whatever the verb: the arguments may be secret.
func (t *Stream[T]) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "session.Stream(%s)", t.p.name()) }

// FailedStream returns a stream that ends with err before an octet is sent.
func FailedStream[T any](s *Session, name string, err error) *Stream[T] {
	return &Stream[T]{s: s, p: s.failed(name, err)}
}

// All drives the session and yields the command's data as it arrives. Each value is valid until the next turn of the
// loop. If a response cannot be decoded, All yields the error, and the loop continues with the next one. The last turn
// yields the command's error, if it has one.
//
// Streams may be read in any order, whatever order the server answers in: while the program waits for something else,
// the session keeps the data of streams, within Config.MaxKept. The loop's body may start other commands and wait for
// them; the current value stays valid meanwhile.
//
// Leaving the loop early, or the end of ctx, abandons the command; the session lives on. The data can be read once:
// another loop over a stream that was read or left yields only its outcome, if that is an error.
func (t *Stream[T]) All(ctx context.Context) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		s, p := t.s, t.p
		switch {
		case ctx == nil:
			yield(nil, errNoContext)
			return
		case s == nil, p.tag == 0:
			s.toldAtOnce(p)
			if p.err != nil {
				yield(nil, p.err)
			}
			return
		}
		err := s.enter()
		if err != nil {
			yield(nil, err)
			return
		}
		l := loop[T]{Stream: t, yield: yield}
		defer l.end()
		if ctx.Err() != nil && !p.settled {
			l.body(nil, s.abandon(p, context.Cause(ctx)), false)
			return
		}
		l.watch = s.watch(ctx, true)
		defer s.unwatch(l.watch)
		l.run(ctx)
	}
}

// A loop is one loop over a stream.
type loop[T any] struct {
	*Stream[T]
	yield  func(*T, error) bool
	watch  *watch
	inBody bool
	lost   bool // another goroutine has the session
	broken bool // the decoding function has not returned

	streams bool   // see Session.streams
	visits  uint64 // Session.visits at that time
}

// end ends the loop, for whatever reason. If its body panics, the caller that recovers may still use the session.
func (l *loop[T]) end() {
	s, p := l.s, l.p
	if l.inBody && !l.resume() || l.lost {
		return
	}
	switch {
	case l.inBody:
		s.abandon(p, context.Canceled)
	case l.broken:
		s.fatal(ErrPanicked) // the response is lost
	}
	s.learned(p)
	s.leave()
}

// resume takes the session back from the body.
func (l *loop[T]) resume() bool {
	if l.s.use.CompareAndSwap(useBody, useDriving) {
		l.s.bodies--
		if l.s.watching != l.watch && l.watch != nil {
			l.s.watchFirst(l.watch) // another loop has run meanwhile, and has not ended
			l.s.visits++
		}
		return true
	}
	l.s.lostBodies.Add(1)
	// A second goroutine is within a call of the session. The stream is abandoned, which the session does as soon as it
	// can.
	l.lost = true
	l.p.orphan.Store(true)
	return false
}

// run yields the data as it comes.
func (l *loop[T]) run(ctx context.Context) {
	s, p := l.s, l.p
	for {
		r, live, err := l.next()
		if err == errNothing {
			w := l.lieDown()
			if err = w.on.Await(); s.getUp(&w, err) == nil {
				continue
			}
			_, err = s.received(nil, w.err, p)
		}
		switch {
		case err != nil && errors.Is(err, errCut):
			if l.due() && !s.link.isCut() {
				s.link.setQuiet(false)
				s.requestStop(p)
				continue
			}
			l.body(nil, s.abandon(p, context.Cause(ctx)), false)
			return
		case r != nil:
			if !l.give(r, live) {
				return
			}
		case err != nil && s.err == nil:
			if !l.body(nil, err, false) {
				if !l.lost {
					s.abandon(p, context.Canceled)
				}
				return
			}
		case p.settled && (p.kept == nil || p.kept.n == 0 || p.kept.gone):
			s.queue.retire()
			if p.err != nil {
				l.body(nil, p.err, false)
			}
			return
		}
	}
}

// next returns the next response: one that was kept, or, if live, one that has just been read.
func (l *loop[T]) next() (r *parser.Response, live bool, err error) {
	s, p := l.s, l.p
	if l.streams && l.visits == s.visits {
		if r, err = s.streamed(p); r == nil {
			l.streams = false
		}
		return r, true, err
	}
	if p.kept != nil && !p.kept.gone && (p.epoch == nil || p.epoch.stage != epochBegun) {
		if r, err = s.nextKept(p); r != nil || err != nil {
			return r, false, err
		}
		if over := p.kept.over; over != nil {
			p.lose(dropped)
			if p.progress == answered {
				p.settled = false
			}
			p.settle(over)
			return nil, false, nil
		}
	}
	if p.settled {
		return nil, false, nil
	}
	if l.answer <= 0 && l.stopAt.IsZero() || !s.first(p) {
		r, err = s.step(p)
		l.streams, l.visits = r != nil && l.answer <= 0 && l.stopAt.IsZero() && s.streams(p), s.visits
		return r, true, err
	}
	// No other command is in flight that the bounds of StopAfter could affect.
	l.bound()
	defer s.link.bound(time.Time{}, 0)
	r, err = s.step(p)
	return r, true, err
}

// bound makes the bounds of StopAfter end waits.
func (l *loop[T]) bound() {
	stop := l.stopAt
	if l.p.ending != runsOn {
		stop = time.Time{}
	}
	l.s.link.bound(stop, l.answer)
}

// lieDown prepares a wait, after errNothing.
func (l *loop[T]) lieDown() wait {
	if l.answer > 0 || !l.stopAt.IsZero() {
		l.bound() // nothing else is in flight
	}
	return l.s.lieDown()
}

// streams reports whether only data of p is due, a stream whose loop is running, and neither the log nor the handler
// wants it. Then step need not repeat its checks around each read until the loop's body has used the session, or
// something else arrives.
func (s *Session) streams(p *pending) bool {
	quiet := !s.dirty && s.writer == nil && s.keeping == nil && !s.selecting && !s.tracing() && !s.cfg.Strict && s.cfg.Handler.Deviation == nil
	alone := len(s.air) == 1 && s.air[0] == p && p.kept == nil && p.cmd.Flow&(Shared|Quiet) == 0 && (p.epoch == nil || p.epoch.stage != epochBegun)
	return quiet && alone && p.stream && p.interest == wanted && p.cmd.Claim != nil && !p.settled && s.err == nil
}

// streamed does the work of step while streams is true. It saves 30 ns of 125 for each message.
func (s *Session) streamed(p *pending) (*parser.Response, error) {
	r, err := s.in.words.Next()
	if err == nil && r.Name == "FETCH" && r.Kind == parser.Untagged && p.cmd.Claim(r) {
		s.stray, s.idle = 0, 0
		return r, nil
	}
	return s.received(r, err, p)
}

// give decodes a response, gives it to the body, and reports whether the loop continues.
func (l *loop[T]) give(r *parser.Response, live bool) bool {
	s, p := l.s, l.p
	l.broken = true
	v, err := l.decode(r)
	l.broken = false
	if err != nil {
		v, err = nil, s.clean(err)
		if err := s.afterData(err); err != nil {
			return true
		}
	}
	if v == nil && err == nil || l.body(v, err, live) {
		return true
	}
	if l.lost {
		return false
	}
	if err := s.link.lost(); err != nil { // noticed while the body read a literal
		s.fatal(err)
	}
	s.abandon(p, context.Canceled)
	return false
}

// body runs the body of the loop, which may use the session. A response that has just been read stays
// valid for it, even if the session reads on.
func (l *loop[T]) body(v *T, err error, live bool) bool {
	s := l.s
	in := s.in
	if live && v != nil {
		s.shown = in
	}
	l.inBody = true
	s.bodies++
	s.use.Store(useBody)
	ok := l.yield(v, err)
	if !l.resume() {
		if ok {
			l.yield(nil, ErrConcurrent)
		}
		return false
	}
	l.inBody = false
	if live && v != nil {
		s.conceal(in)
	}
	return ok
}

// Wait drives the session until the command is answered, and drops its data. It returns the first error of decoding the
// data, or otherwise the command's error.
func (t *Stream[T]) Wait(ctx context.Context) error {
	var first error
	for _, err := range t.All(ctx) {
		if err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Discard makes the session drop the command's data when it arrives, undecoded and without a limit. Then only the
// answer matters, which Wait returns.
func (t *Stream[T]) Discard() {
	if t.s == nil {
		return
	}
	err := t.s.enter()
	if err != nil {
		return
	}
	defer t.s.leave()
	t.p.lose(dropped)
	if t.p.kept != nil && t.s.keeping != t.p {
		t.s.release(t.p.kept)
	}
}

// Stop ends a command such as IDLE early: the loop over All ends when the server has answered. The loop's body may call
// it. From another goroutine it does nothing while the session is driven.
func (t *Stream[T]) Stop() {
	if t.s.enter() != nil {
		return
	}
	defer t.s.leave()
	if t.p.cmd.Stop != nil && !t.p.settled {
		t.s.requestStop(t.p)
	}
}

// StopAfter stops the command, as Stop does, after last has passed. The loop over All ends without loss: it still
// yields what the server sends until it has answered. From then on, or at once if the command cannot be stopped or is
// not quiet, a silence of the server longer than answer ends the session with [ErrStalled], unless Config.StallTimeout
// does so earlier. 0 means no bound. Call StopAfter before the loop.
func (t *Stream[T]) StopAfter(last, answer time.Duration) {
	if t.s.enter() != nil {
		return
	}
	defer t.s.leave()
	t.answer = answer
	if last > 0 && t.p.cmd.Stop != nil {
		t.stopAt = time.Now().Add(last)
	}
}

// due reports whether the time to stop has come and the command has not been stopped.
func (t *Stream[T]) due() bool {
	return !t.stopAt.IsZero() && t.p.ending == runsOn && !time.Now().Before(t.stopAt)
}

// Code returns the code of the answer, OK, NO or BAD, when the loop has ended. The caller owns it. The zero Code means
// no code.
func (t *Stream[T]) Code() parser.Code { return t.p.code }

// Tag returns the tag that the command has or will have; "" if it was refused.
func (t *Stream[T]) Tag() string { return t.s.tagText(t.p) }

// Done reports whether the command has its outcome. A loop may still find data that was kept.
func (t *Stream[T]) Done() bool { return t.p.settled }
