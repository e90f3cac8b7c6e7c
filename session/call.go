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

// Start puts a command into the queue and returns at once. Nothing is sent before something is waited
// for; then all that is in the queue goes out, as far as RFC 9051 §5.5 allows. out is what Wait returns;
// the command's functions fill it in.
//
// A command that is not legal in the state that will hold when its turn comes, that the server does not
// offer, or whose arguments cannot be sent, is refused before an octet is sent: Wait returns why.
func Start[T any](s *Session, cmd Command, out *T) *Call[T] {
	return &Call[T]{s, s.start(cmd, false), out}
}

// A Call is a command whose result comes with its end.
type Call[T any] struct {
	s   *Session
	p   *pending
	out *T
}

// Wait drives the session until the command is answered, and returns its result, which is the caller's. When ctx ends first,
// the command is abandoned and the session lives: what comes of it later is dropped.
//
// A call has one outcome, and each Wait returns it. Calls and streams may be waited for in any order, also in the loop over a stream.
func (c *Call[T]) Wait(ctx context.Context) (T, error) {
	err := c.s.wait(ctx, c.p)
	if c.out == nil {
		var zero T
		return zero, err
	}
	return *c.out, err
}

// Format writes the name of the command, whatever the verb: what is to be sent may be secret.
func (c *Call[T]) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "session.Call(%s)", c.p.name()) }

// Done reports whether the command has its outcome: Wait returns at once.
func (c *Call[T]) Done() bool { return c.p.settled }

// Code returns the code of the answer, OK, NO or BAD, when the command is done; it is the caller's. Code{} is none.
func (c *Call[T]) Code() parser.Code { return c.p.code }

// Tag returns the tag that the command has or will have, by which some extensions name it later (RFC 5267 §4.3); "" if it was refused.
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

// WaitAll waits for all of calls and streams, which may be of several sessions, and returns their errors joined. Data of streams that
// has not been read is dropped. When ctx ends, those that are not answered are abandoned; a stream that only its stop ends, such as IDLE, is waited for until then.
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

// Failed returns a call that ends with err before an octet is sent, for commands that find an argument wrong.
func Failed[T any](s *Session, name string, err error) *Call[T] {
	return &Call[T]{s, s.failed(name, err), nil}
}

// failed is a command that is refused for its arguments. One that works on a mailbox, or opens one, is none of the session's epochs.
func (s *Session) failed(name string, err error) *pending { return ended(name, err) }

// start puts a command into the queue.
func (s *Session) start(cmd Command, stream bool) *pending {
	p := &pending{cmd: cmd, stream: stream}
	err := s.enter()
	if err != nil {
		p.progress = answered
		p.settle(unsent(err))
		if cmd.moves() && err != ErrClosed {
			// What is started after it is meant for the mailbox that it would have opened.
			p.begins = &epoch{box: cmd.Opens, stage: epochFailed}
			s.missed.Store(p)
		}
		return p
	}
	defer s.leave()
	s.enqueue(p)
	return p
}

// startInternal is start of the session's own commands, while it is driven.
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

// encode makes the segments of a command. It is done when the command is started, so that its arguments are
// judged then, and again if what the server understands has changed when its turn comes.
func (s *Session) encode(p *pending) error {
	p.enc.Reset(s.Mode())
	p.enc.Append(func(dst []byte) []byte { return s.appendTag(dst, p.tag) })
	if name := strings.TrimPrefix(p.cmd.Name, "UID "); !wire.IsAtom(name) || strings.EqualFold(name, "UID") {
		return &wire.ArgumentError{What: "command", Value: p.cmd.Name, Reason: "is no atom, with or without UID before it"}
	}
	p.enc.SP().Raw(p.cmd.Name)
	if p.cmd.Args != nil {
		s.call(func() { p.cmd.Args(&p.enc) })
	}
	p.enc.CRLF()
	if bytes.IndexByte(p.enc.Bytes(), 0) >= 0 {
		// An encoder for a server with BINARY sends a string with NUL as literal8, which the grammar has for no argument;
		// the bodies for which it has are not among these octets (RFC 9051 §9 astring, literal8).
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

// expected is the state that will hold if all that is queued succeeds.
func (s *Session) expected() State {
	if s.goal == 0 {
		s.goal = s.before(nil)
	}
	return s.goal
}

// before is the state that will hold if all that is queued before p succeeds; nil is after all.
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

// refuse says why a command cannot be sent in a state, or nil.
func (s *Session) refuse(cmd *Command, state State) error {
	if state == Logout {
		return ErrClosed
	}
	if cmd.In != 0 && cmd.In&state == 0 {
		return &StateError{Command: cmd.Name, Now: state, Due: cmd.In}
	}
	// While a login is on its way, or what came of it has not been told, nobody knows what the server offers.
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
	_, done := s.watch(ctx, false)
	defer done()
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
		// If it cannot be learnt now, the next wait asks again, or tells why the session has ended: this command has its outcome.
		s.refreshQuietly(ctx)
	}
	s.queue.retire()
	return p.err
}

// refreshQuietly asks for capabilities where nobody asked for that: logging in may change what the server can do,
// and it has not told. That it refuses to say is no error of the command's.
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

// abandon gives up waiting for p, because of cause, which becomes its outcome. If nothing was sent it never will be; else its
// data is dropped when it comes, and it is ended early where that is possible.
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
		// Not an octet of it is on its way.
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
		// The server may speak through the layer from here on, and take what is sent for it; or it waits for the rest of a body whose
		// reader is its owner's again.
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

// requestStop has Stop sent as soon as the server listens.
func (s *Session) requestStop(p *pending) {
	if p.ending == runsOn && p.progress != answered {
		p.ending = stopDue
		s.stops++
		s.dirty = true
	}
}
