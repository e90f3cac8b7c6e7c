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
// something. Then it sends everything in the queue, as far as RFC 9051 §5.5 allows. The command's functions fill in
// *out, and Wait returns it.
//
// The session refuses a command, and sends nothing of it, in these cases:
//   - The command is not legal in the state in which it would be sent (StateError).
//   - The server does not offer the command (CapabilityError).
//   - The arguments of the command cannot be sent (wire.ArgumentError).
//   - Its mailbox is not the open one (MailboxError), or its sequence numbers have changed (StaleError).
//   - Another goroutine drives the session (ErrConcurrent), or the session has ended.
//
// Wait returns the reason.
func Start[T any](s *Session, cmd Command, out *T) *Call[T] {
	return &Call[T]{s, s.start(cmd, false), out}
}

// A Call is a command that has been started, and whose result is complete when the server has answered it.
type Call[T any] struct {
	s   *Session
	p   *pending
	out *T
}

// Wait drives the session until the command is answered, and returns its result, which the caller owns. If ctx ends
// first, the session abandons the command, and drops any data that arrives for it later. The session lives on, unless
// it has sent only a part of a literal, or the command negotiates a layer: then it ends with ErrCut. If the server
// answers the command while the session still reads the command's message from an io.Reader, Wait returns only after
// the session has sent the message, or has ended.
//
// A call has one outcome, and each Wait returns it. A program may wait for calls and streams in any order, also in
// the body of a loop over a stream.
func (c *Call[T]) Wait(ctx context.Context) (T, error) {
	err := c.s.wait(ctx, c.p)
	if c.out == nil {
		var zero T
		return zero, err
	}
	return *c.out, err
}

// Format writes only the name of the command, whatever the verb, because its arguments may be secret.
func (c *Call[T]) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "session.Call(%s)", c.p.name()) }

// Done reports whether the command has its outcome, so that Wait need not wait for the server's answer.
func (c *Call[T]) Done() bool { return c.p.settled }

// Code returns the response code of the tagged answer, once the command is done. The caller owns it. The zero Code
// means no code.
func (c *Call[T]) Code() parser.Code { return c.p.keptCode() }

// Tag returns the tag that the command has or will have, or "" if it was refused. Some extensions refer to the command
// by its tag later (RFC 5267 §4.3).
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
// drops the data of streams that the program has not read. If one of the streams ends only by Stop, as IDLE does,
// WaitAll waits until ctx ends. When ctx ends, WaitAll abandons the commands that have not been answered.
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

// Failed returns a call that has already ended with err, and sends nothing. A function that makes commands returns such
// a call if an argument is wrong.
func Failed[T any](s *Session, name string, err error) *Call[T] {
	return &Call[T]{s, s.failed(name, err), nil}
}

// failed returns a command that is refused because of its arguments. It belongs to no epoch.
func (s *Session) failed(name string, err error) *pending { return endedCommand(name, err) }

// start puts a command into the queue.
func (s *Session) start(cmd Command, stream bool) *pending {
	p := &pending{cmd: cmd, stream: stream}
	err := s.enter()
	if err != nil {
		p.progress = answered
		p.settle(unsent(err))
		if cmd.changesState() && err != ErrClosed {
			// The commands that the program starts after this one are meant for the mailbox that this one would have
			// opened.
			p.beginsEpoch = &epoch{box: cmd.Opens, stage: epochFailed}
			s.refusedSelect.Store(p)
		}
		return p
	}
	defer s.leave()
	s.enqueue(p)
	return p
}

// startInternal puts a command of the session itself into the queue. The caller must already drive the session.
func (s *Session) startInternal(cmd Command) *pending {
	p := &pending{cmd: cmd, internal: true}
	s.enqueue(p)
	return p
}

func (s *Session) enqueue(p *pending) {
	err := s.err
	if p.cmd.needsMailbox() {
		p.epoch = s.newestEpoch()
		p.expunges = p.epoch.expunges
	}
	s.beginEpoch(p)
	if err == nil && p.epoch != nil && p.epoch.stage == epochFailed {
		err = s.mailboxError(p)
	}
	if err == nil {
		err = s.refuse(&p.cmd, s.expected())
	}
	if err == nil {
		p.tag = s.nextTag
		err = s.encode(p)
	}
	if err != nil {
		p.progress, p.tag = answered, 0
		p.release()
		s.failEpoch(p.beginsEpoch)
		p.settle(unsent(err))
		return
	}
	p.started = time.Now().UnixNano()
	s.nextTag++
	s.dirty = true
	s.queue.add(p)
	if p.cmd.Then != 0 {
		s.expectedState = p.cmd.Then
		s.stateChanges++
	}
}

// encode makes the segments of a command. The session calls it when the program starts the command, so that wrong
// arguments are found at once. If the server has meanwhile begun or ceased to understand a form of strings, such as
// UTF-8, the session calls encode again before it sends the command.
func (s *Session) encode(p *pending) error {
	e := p.encoder(s.Mode())
	e.Append(func(dst []byte) []byte { return s.appendTag(dst, p.tag) })
	if name := strings.TrimPrefix(p.cmd.Name, "UID "); !wire.IsAtom(name) || strings.EqualFold(name, "UID") {
		return &wire.ArgumentError{What: "command", Value: p.cmd.Name, Reason: "is not an atom, with or without UID before it"}
	}
	e.SP().Raw(p.cmd.Name)
	if p.cmd.Args != nil {
		s.call(func() { p.cmd.Args(e) })
	}
	e.CRLF()
	if bytes.IndexByte(e.Bytes(), 0) >= 0 {
		// For a server with BINARY the encoder sends a string with NUL as literal8, which the grammar allows only for
		// bodies (RFC 9051 §9 astring, literal8). e.Bytes does not include bodies, so this NUL is in a string that is
		// not a body.
		return &wire.ArgumentError{What: p.cmd.Name + " string", Reason: "holds NUL"}
	}
	p.enc.segs = e.Segments()
	p.size, p.body, p.secret = e.Len(), 0, false
	for _, seg := range p.enc.segs {
		p.secret = p.secret || len(seg.Secrets) > 0
		if seg.Body != nil {
			p.body += seg.Size
		}
	}
	return e.Err()
}

// expected returns the state in which the session will be if every command in the queue succeeds.
func (s *Session) expected() State {
	if s.expectedState == 0 {
		s.expectedState = s.stateBefore(nil)
	}
	return s.expectedState
}

// stateBefore returns the state in which the session will be if every command before p in the queue succeeds. A nil p
// stands for the end of the queue.
func (s *Session) stateBefore(p *pending) State {
	state := s.state
	if s.stateChanges == 0 {
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

// refuse returns an error if the command is not legal in the given state, or if the server does not offer it.
func (s *Session) refuse(cmd *Command, state State) error {
	if state == Logout {
		return ErrClosed
	}
	if cmd.In != 0 && cmd.In&state == 0 {
		return &StateError{Command: cmd.Name, Now: state, Due: cmd.In}
	}
	// The command follows a login that has not been answered. The server may offer more after the login, so the session
	// does not know yet whether it offers the command.
	if s.capsKnown && state != s.state && s.state == NotAuthenticated {
		return nil
	}
	if s.capsKnown && !s.caps.HasAny(cmd.Needs) && !s.enabled.HasAny(cmd.Needs) {
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
		s.learnedRefused(p)
		return p.err
	}
	err := s.enter()
	if err != nil {
		return err
	}
	defer s.leave()
	defer s.outcomeLearned(p)
	if p.settled && (s.capsKnown || s.err != nil) {
		return p.err
	}
	if ctx.Err() != nil && !p.settled {
		return s.abandon(p, context.Cause(ctx))
	}
	s.startDriving()
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
	if s.err == nil && !s.capsKnown && (s.expected()&(Authenticated|Selected) != 0 || p.cmd.Then == NotAuthenticated && s.state == NotAuthenticated) {
		// If the request for the capabilities fails, the next Wait asks again, or returns why the session has ended.
		// The outcome of this command does not change.
		s.refreshQuietly(ctx)
	}
	s.queue.retire()
	return p.err
}

// refreshQuietly asks for the capabilities after a login or UNAUTHENTICATE, because either may change them. If the
// server refuses to send them, that is not an error of the command that the program waits for.
func (s *Session) refreshQuietly(ctx context.Context) error {
	err := s.refresh(ctx)
	var refused *Error
	if errors.As(err, &refused) {
		s.capsKnown, err = true, nil
	}
	return err
}

// cutBy returns the cause of the context's end if err is errCut, and otherwise err.
func (s *Session) cutBy(ctx context.Context, err error) error {
	if errors.Is(err, errCut) {
		return context.Cause(ctx)
	}
	return err
}

// abandon makes cause the outcome of the command p, because the program no longer waits for the command. If the command
// has not been sent, it never will be. If the command has been sent, the session drops the data that still arrives for
// it, and ends the command early if that is possible.
func (s *Session) abandon(p *pending, cause error) error {
	s.dropData(p, abandoned)
	if p.settled {
		if errors.Is(s.err, ErrCut) && cause != nil && !errors.Is(p.err, cause) {
			p.err = errors.Join(cause, p.err)
		}
		return p.err
	}
	if w := s.writer; w != nil && p.progress == writing && w.withdraw(p) {
		// Nothing of the command has been sent.
		s.finish(p, unsent(cause))
		s.queue.retire()
		return p.err
	}
	switch {
	case p.progress == queued:
		s.finish(p, unsent(cause))
		s.queue.retire()
		return p.err
	case p.bodyUnsent && !s.readsBody(p):
		p.settleAfterBody()
		return p.err
	case p.bodyUnsent:
		p.bodyUnsent = false
		p.settle(errors.Join(cause, ErrCut, p.err))
		s.endWith(ErrCut)
		return p.err
	case p.cmd.layers, p.progress == writing && s.readsBody(p):
		// If the command negotiates a layer, the server may already use that layer, and would not understand what is
		// sent without it. If only a part of a body has been sent, the server waits for the rest. The session must not
		// read the rest, because the reader belongs to the program again.
		p.settle(errors.Join(cause, ErrCut))
		s.endWith(ErrCut)
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

// requestStop makes the session send the line of Command.Stop as soon as the server accepts it.
func (s *Session) requestStop(p *pending) {
	if p.ending == runsOn && p.progress != answered {
		p.ending = stopDue
		s.stopsDue++
		s.dirty = true
	}
}
