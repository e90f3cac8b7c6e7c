package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Start puts a command into the queue and returns at once. The session sends nothing until the program waits for
// something; then it sends everything in the queue, as far as RFC 9051 §5.5 allows. Wait returns out, which
// the command's functions fill in.
//
// A command is refused before an octet is sent if it is not legal in the state at its turn, if the server does not
// offer it, or if its arguments cannot be sent. Wait returns the reason.
func Start[T any](s *Session, cmd Command, out *T) *Call[T] {
	return &Call[T]{s, s.start(cmd, false), out}
}

// A Call is a command whose result is complete when the server has answered it.
type Call[T any] struct {
	s   *Session
	p   *pending
	out *T
}

// Wait drives the session until the command is answered, and returns its result, which the caller owns. If ctx ends
// first, the command is abandoned and the session lives on: it drops data that arrives for the command later.
//
// A call has one outcome, and each Wait returns it. Calls and streams may be waited for in any order, also within the
// loop over a stream.
func (c *Call[T]) Wait(ctx context.Context) (T, error) {
	err := c.s.wait(ctx, c.p)
	if c.out == nil {
		var zero T
		return zero, err
	}
	return *c.out, err
}

// Format writes the name of the command, whatever the verb: the arguments may be secret.
func (c *Call[T]) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "session.Call(%s)", c.p.name()) }

// Done reports whether the command has its outcome: Wait returns at once.
func (c *Call[T]) Done() bool { return c.p.settled }

// Code returns the code of the answer, OK, NO or BAD, once the command is done. The caller owns it. The zero Code means
// no code.
func (c *Call[T]) Code() parser.Code { return c.p.code }

// Tag returns the tag that the command has or will have, or "" if it was refused. Some extensions refer to the command
// by it later (RFC 5267 §4.3).
func (c *Call[T]) Tag() string { return c.s.tagText(c.p) }

func (c *Call[T]) discard()                           {}
func (c *Call[T]) finish(ctx context.Context) error   { return c.s.wait(ctx, c.p) }
func (t *Stream[T]) discard()                         { t.Discard() }
func (t *Stream[T]) finish(ctx context.Context) error { return t.Wait(ctx) }

// A Waiter is a Call or a Stream.
type Waiter interface {
	Done() bool
	Tag() string
	discard()
	finish(ctx context.Context) error
}

// WaitAll waits for all calls and streams, which may belong to several sessions, and returns their errors joined. It
// drops data of streams that has not been read. A stream that only Stop ends, such as IDLE, keeps it waiting until ctx
// ends. When ctx ends, WaitAll abandons the commands that are not answered.
func WaitAll(ctx context.Context, waiters ...Waiter) error {
	for _, w := range waiters {
		w.discard()
	}
	var errs []error
	for _, w := range waiters {
		if err := w.finish(ctx); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Failed returns a call that ends with err before an octet is sent, for a command with a wrong argument.
func Failed[T any](s *Session, name string, err error) *Call[T] {
	return &Call[T]{s, s.failed(name, err), nil}
}

// failed is a command that is refused for its arguments. It belongs to no epoch.
func (s *Session) failed(name string, err error) *pending { return ended(name, err) }

// start puts a command into the queue.
func (s *Session) start(cmd Command, stream bool) *pending {
	p := &pending{cmd: cmd, stream: stream}
	err := s.enter()
	if err != nil {
		p.progress = answered
		p.settle(unsent(err))
		if cmd.moves() && err != ErrClosed {
			// Commands started after it are meant for the mailbox that it would have opened.
			p.begins = &epoch{box: cmd.Opens, stage: epochFailed}
			s.missed.Store(p)
		}
		return p
	}
	defer s.leave()
	s.enqueue(p)
	return p
}

// startInternal is start for the session's own commands, while the session is driven.
func (s *Session) startInternal(cmd Command) *pending {
	p := &pending{cmd: cmd, internal: true}
	s.enqueue(p)
	return p
}

func (s *Session) enqueue(p *pending) {
	err := s.err
	if p.cmd.binds() {
		p.epoch = s.newest()
		p.gone = p.epoch.gone
	}
	s.beginEpoch(p)
	if err == nil && p.epoch != nil && p.epoch.stage == epochFailed {
		err = s.foreign(p)
	}
	if err == nil {
		err = s.refuse(&p.cmd, s.expected())
	}
	if err == nil {
		p.tag = s.next
		err = s.encode(p)
	}
	if err != nil {
		p.progress, p.tag = answered, 0
		s.failEpoch(p.begins)
		p.settle(unsent(err))
		return
	}
	p.started = time.Now().UnixNano()
	s.next++
	s.dirty = true
	s.queue.add(p)
	if p.cmd.Then != 0 {
		s.goal = p.cmd.Then
		s.moves++
	}
}

// encode makes the segments of a command. The session calls it when the command is started, so that its arguments are
// checked then, and again at the command's turn if what the server understands has changed.
func (s *Session) encode(p *pending) error {
	p.enc.Reset(s.Mode())
	p.enc.Append(func(dst []byte) []byte { return s.appendTag(dst, p.tag) })
	if name := strings.TrimPrefix(p.cmd.Name, "UID "); !wire.IsAtom(name) || strings.EqualFold(name, "UID") {
		return &wire.ArgumentError{What: "command", Value: p.cmd.Name, Reason: "is not an atom, with or without UID before it"}
	}
	p.enc.SP().Raw(p.cmd.Name)
	if p.cmd.Args != nil {
		s.call(func() { p.cmd.Args(&p.enc) })
	}
	p.enc.CRLF()
	if bytes.IndexByte(p.enc.Bytes(), 0) >= 0 {
		// For a server with BINARY the encoder sends a string with NUL as literal8, which the grammar allows only for
		// bodies. Bodies are not among these octets (RFC 9051 §9 astring, literal8).
		return &wire.ArgumentError{What: p.cmd.Name + " string", Reason: "holds NUL"}
	}
	p.segs = p.enc.Segments()
	p.size, p.body, p.secret = p.enc.Len(), 0, false
	for _, seg := range p.segs {
		p.secret = p.secret || len(seg.Secrets) > 0
		if seg.Body != nil {
			p.body += seg.Size
		}
	}
	return p.enc.Err()
}

// expected returns the state that will hold if everything in the queue succeeds.
func (s *Session) expected() State {
	if s.goal == 0 {
		s.goal = s.before(nil)
	}
	return s.goal
}

// before returns the state that will hold if everything queued before p succeeds; a nil p means the end of the queue.
func (s *Session) before(p *pending) State {
	state := s.state
	if s.moves == 0 {
		return state
	}
	for _, q := range s.queue.live() {
		if q == p {
			break
		}
		if q.progress != answered && q.cmd.Then != 0 {
			state = q.cmd.Then
		}
	}
	return state
}

// refuse returns why a command cannot be sent in a state, or nil.
func (s *Session) refuse(cmd *Command, state State) error {
	if state == Logout {
		return ErrClosed
	}
	if cmd.In != 0 && cmd.In&state == 0 {
		return &StateError{Command: cmd.Name, Now: state, Due: cmd.In}
	}
	// During a login, and after it until the server has sent its capabilities, it is not known what the server offers.
	if s.known && state != s.state && s.state == NotAuthenticated {
		return nil
	}
	if s.known && !s.caps.HasAny(cmd.Needs) && !s.enabled.HasAny(cmd.Needs) {
		return &CapabilityError{Command: cmd.Name, Needs: cmd.Needs}
	}
	return nil
}

// wait drives the session until p has its outcome.
func (s *Session) wait(ctx context.Context, p *pending) error {
	if ctx == nil {
		return errNoContext
	}
	if p.tag == 0 || s == nil {
		s.toldAtOnce(p)
		return p.err
	}
	err := s.enter()
	if err != nil {
		return err
	}
	defer s.leave()
	defer s.learned(p)
	if p.settled && (s.known || s.err != nil) {
		return p.err
	}
	if ctx.Err() != nil && !p.settled {
		return s.abandon(p, context.Cause(ctx))
	}
	defer s.unwatch(s.watch(ctx, false))
	for !p.settled {
		if _, err := s.step(p); err != nil {
			switch {
			case errors.Is(err, errCut):
				return s.abandon(p, context.Cause(ctx))
			case p.settled:
				return p.err
			}
			return err
		}
	}
	if s.err == nil && !s.known && (s.expected()&(Authenticated|Selected) != 0 || p.cmd.Then == NotAuthenticated && s.state == NotAuthenticated) {
		// If that fails now, the next wait asks again, or returns why the session has ended. This command already has
		// its outcome.
		s.refreshQuietly(ctx)
	}
	s.queue.retire()
	return p.err
}

// refreshQuietly asks for capabilities after a login, which may change them, unless the server has sent them itself. If
// the server refuses, that is not an error of the command.
func (s *Session) refreshQuietly(ctx context.Context) error {
	err := s.refresh(ctx)
	var refused *Error
	if errors.As(err, &refused) {
		s.known, err = true, nil
	}
	return err
}

// cutBy turns errCut into the context's cause.
func (s *Session) cutBy(ctx context.Context, err error) error {
	if errors.Is(err, errCut) {
		return context.Cause(ctx)
	}
	return err
}

// abandon stops waiting for p because of cause, which becomes its outcome. A command that was not sent never will be.
// For any other command, the session drops data that still arrives, and ends the command early if that is possible.
func (s *Session) abandon(p *pending, cause error) error {
	if p.settled {
		if errors.Is(s.err, ErrCut) && cause != nil && !errors.Is(p.err, cause) {
			p.err = errors.Join(cause, p.err)
		}
		return p.err
	}
	p.lose(abandoned)
	if p.kept != nil && s.keeping != p {
		s.release(p.kept)
	}
	if w := s.writer; w != nil && p.progress == writing && w.withdraw(p) {
		// None of it was sent.
		s.finish(p, unsent(cause))
		s.queue.retire()
		return p.err
	}
	switch {
	case p.progress == queued:
		s.finish(p, unsent(cause))
		s.queue.retire()
		return p.err
	case p.cmd.layers, s.writer != nil && p.progress == writing && s.writer.half(p):
		// Either the server may use the new layer from now on, and take everything sent as part of it; or it waits for
		// the rest of a body, whose reader now belongs to its owner again.
		p.settle(errors.Join(cause, ErrCut))
		s.fatal(ErrCut)
		return p.err
	}
	if len(s.alerts) > 0 {
		cause = &SilentError{Said: s.alerts, cause: cause}
		s.alerts = nil
	}
	p.settle(cause)
	if p.cmd.Stop != nil {
		s.requestStop(p)
	}
	return p.err
}

// requestStop makes the session send Stop's line as soon as the server listens.
func (s *Session) requestStop(p *pending) {
	if p.ending == runsOn && p.progress != answered {
		p.ending = stopDue
		s.stops++
		s.dirty = true
	}
}
