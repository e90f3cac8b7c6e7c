package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/imapstack/imapstack/parser"
)

// StartStream is Start of a command whose data comes piece by piece: decode makes a value of each
// response that the command claims. The value may be one that is used again for the next.
func StartStream[T any](s *Session, cmd Command, decode func(*parser.Response) (*T, error)) *Stream[T] {
	return &Stream[T]{s: s, p: s.start(cmd, true), decode: decode}
}

// A Stream is a command whose data comes piece by piece.
type Stream[T any] struct {
	s      *Session
	p      *pending
	decode func(*parser.Response) (*T, error)

	stopAt time.Time     // when the command is to be stopped; zero is never
	answer time.Duration // the longest silence behind that
}

// Format writes the name of the command, whatever the verb: what is to be sent may be secret.
func (s *Stream[T]) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "session.Stream(%s)", s.p.name()) }

// FailedStream returns a stream that ends with err before an octet is sent.
func FailedStream[T any](s *Session, name string, err error) *Stream[T] {
	return &Stream[T]{s: s, p: &pending{cmd: Command{Name: name}, phase: phaseDone, err: unsent(err)}}
}

// All drives the session and yields the command's data as it comes; each value is valid until the next
// turn of the loop. A response that cannot be decoded yields its error, and the loop goes on with the next.
// The last turn yields the command's error, if it has one.
//
// Leaving the loop early, or the end of ctx, abandons the command; the session lives. In the loop's body
// other commands may be started; to wait for them there gives ErrStreamOpen.
func (t *Stream[T]) All(ctx context.Context) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		s, p := t.s, t.p
		if p.done() {
			if p.err != nil {
				yield(nil, p.err)
			}
			return
		}
		if err := s.enter(); err != nil {
			yield(nil, err)
			return
		}
		defer func() {
			if s.inBody { // a panic has left the loop; who recovers it may have use for the session
				s.inBody = false
				s.abandon(p, context.Canceled)
			}
			s.leave()
		}()
		s.use.Store(useLoop)
		if ctx.Err() != nil {
			t.body(yield, nil, s.abandon(p, context.Cause(ctx)))
			return
		}
		done := s.watch(ctx)
		defer done()
		for !p.done() {
			q, r, err := t.step()
			if err != nil {
				if p.done() {
					break
				}
				if errors.Is(err, errCut) && t.due() && !s.link.isCut() {
					s.link.setQuiet(false)
					t.Stop()
					continue
				}
				if errors.Is(err, errCut) {
					err = s.abandon(p, context.Cause(ctx))
				}
				t.body(yield, nil, err)
				return
			}
			if q == nil {
				continue
			}
			v, err := t.decode(r)
			if err != nil {
				v = nil
				if err := s.afterData(err); err != nil {
					continue
				}
			}
			if v == nil && err == nil {
				continue
			}
			if !t.body(yield, v, err) {
				if err := s.link.lost(); err != nil { // found out while the body read a literal
					s.fatal(err)
				}
				s.abandon(p, context.Canceled)
				return
			}
		}
		s.queue.retire()
		if err := p.err; err != nil {
			if errors.Is(err, ErrCut) && ctx.Err() != nil {
				err = errors.Join(context.Cause(ctx), err)
			}
			t.body(yield, nil, err)
		}
	}
}

// body runs the body of the loop, in which commands may be started.
func (t *Stream[T]) body(yield func(*T, error) bool, v *T, err error) bool {
	t.s.inBody = true
	ok := yield(v, err)
	t.s.inBody = false
	return ok
}

// Wait drives the session until the command is answered, and drops its data. It returns the first error
// of decoding it, or the command's.
func (t *Stream[T]) Wait(ctx context.Context) error {
	var first error
	for _, err := range t.All(ctx) {
		if err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Stop ends a command such as IDLE early: the loop over All then ends when the server has answered.
// It may be called in the loop's body.
func (t *Stream[T]) Stop() {
	if t.p.cmd.Stop != nil && !t.p.done() {
		t.s.requestStop(t.p)
	}
}

// StopAfter stops the command, as Stop does, when last has gone by, so that the loop over All ends without loss: what
// the server says until it has answered is still yielded. From then on, or at once if the command cannot be stopped
// or is no quiet one, a silence of the server's longer than answer ends the session with [ErrStalled], if
// Config.Progress does not before. 0 is no bound. It is called before the loop.
func (t *Stream[T]) StopAfter(last, answer time.Duration) {
	t.answer = answer
	if last > 0 && t.p.cmd.Stop != nil {
		t.stopAt = time.Now().Add(last)
	}
}

// due reports whether the time to stop has come, and nobody has stopped the command.
func (t *Stream[T]) due() bool {
	return !t.stopAt.IsZero() && !t.p.stopping && !time.Now().Before(t.stopAt)
}

// step is the session's, within the bounds of StopAfter if all that is before the command is done: nothing else is in flight that
// they could cut.
func (t *Stream[T]) step() (*pending, *parser.Response, error) {
	s := t.s
	if t.answer <= 0 && t.stopAt.IsZero() || !s.first(t.p) {
		return s.step(t.p)
	}
	stop := t.stopAt
	if t.p.stopping {
		stop = time.Time{}
	}
	s.link.bound(stop, t.answer)
	defer s.link.bound(time.Time{}, 0)
	return s.step(t.p)
}

// Tag returns the tag that the command has or will have; "" if it was refused.
func (t *Stream[T]) Tag() string { return t.s.tagText(t.p) }

// Done reports whether the command has been answered, or has ended by an error.
func (t *Stream[T]) Done() bool { return t.p.done() }
