package session

import (
	"errors"
	"io"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// These values say who is using a session. The current value is in an atomic variable, so that a second goroutine gets
// an error and does not corrupt a buffer.
const (
	useFree    int32 = iota
	useDriving       // a method of the session runs
	useBody          // the body of a loop over a stream runs; it may use the session
	useHandler       // a callback runs; it may not use the session
	useNone          // the zero Session, which cannot be used
)

// enter begins a use of the session. leave must be called at its end.
func (s *Session) enter() error {
	switch {
	case s == nil || s.cfg == nil:
		return ErrClosed
	case s.use.CompareAndSwap(useFree, useDriving):
		return nil
	case s.use.CompareAndSwap(useBody, useDriving):
		s.otherUses++
		return nil
	case s.use.Load() == useHandler:
		return ErrBusy
	}
	return ErrConcurrent
}

// leave ends a use of the session that enter began. If a callback has panicked, the state is uncertain, so leave ends
// the session. Loops may end in any order, because a program can alternate between several with iter.Pull. So the
// session is free only when no loop's body is running.
func (s *Session) leave() {
	if s.use.Load() == useHandler {
		s.use.Store(useDriving)
		s.endWith(ErrPanicked)
	}
	if s.loopsInBody > int(s.lostLoops.Load()) {
		s.use.Store(useBody)
		return
	}
	closed := s.closeCalled.Load()
	if closed {
		s.closeNow()
	}
	s.stopDriving()
	if s.err != nil && s.in != nil && s.loopsInBody == 0 {
		s.lendInput() // nothing is read any more
	}
	s.use.Store(useFree)
	if !closed && s.closeCalled.Load() && s.use.CompareAndSwap(useFree, useDriving) {
		s.leave() // Close was called after the check above, while this goroutine still drove the session
	}
}

// call runs a callback, which must not use the session.
func (s *Session) call(f func()) {
	was := s.use.Load()
	s.use.Store(useHandler)
	f()
	s.use.Store(was)
}

// startDriving is called when a goroutine begins to drive the session. From then on a writer may read the messages that
// it sends.
func (s *Session) startDriving() {
	if s.writer != nil {
		s.writer.resume()
	}
}

// stopDriving is called when the goroutine no longer drives the session. A Read that is still in progress does not end
// the session: the message that it belongs to is still wanted, and the rest is sent when a goroutine drives the session
// again.
func (s *Session) stopDriving() {
	if s.writer != nil {
		s.writer.pause(s.cfg.BodyWait)
	}
}

// An input reads responses from the connection.
type input struct {
	base  *wire.Reader
	words *parser.Reader
}

// newInput returns an input that reads from r.
func (s *Session) newInput(r io.Reader) *input {
	in, ok := inputs.Get().(*input)
	if ok {
		in.words.Renew(r, s.cfg.Limits)
	} else {
		in = &input{base: wire.NewReader(r, s.cfg.Limits)}
		in.words = parser.NewReader(in.base)
	}
	in.words.SetRules(s.cfg.Rules)
	in.words.SetUTF8(s.Mode().UTF8)
	in.words.InParts(s.inParts)
	return in
}

// inParts reports whether long responses with that name are to be read in parts. This is so if every command in flight
// that such a response may answer has Parts.
func (s *Session) inParts(name string) bool {
	some := false
	for _, p := range s.inFlight {
		if p.cmd.Parts && !p.stream {
			some = true
		} else if p.cmd.Claim != nil && (p.cmd.Answers == nil || p.cmd.declares(name)) {
			return false
		}
	}
	return some
}

// detachInput makes the session continue with another input, so that the current value of a loop stays valid in the
// old one.
func (s *Session) detachInput() error {
	rest := s.spare
	if s.spare = nil; rest == nil {
		rest = s.newInput(nil)
	}
	rest.words.SetUTF8(s.Mode().UTF8)
	if err := s.in.base.Detach(rest.base, s.cfg.MaxKept); err != nil {
		s.spare = rest
		return s.readFailed(err)
	}
	s.in = rest
	return nil
}

// endValue makes the current value of a loop invalid. If the session has continued with another input meanwhile, the
// input that held the value becomes the spare.
func (s *Session) endValue(in *input) {
	if s.bodyInput == in {
		s.bodyInput = nil
	}
	if in == s.in {
		return
	}
	// The input has no more responses, so Next returns io.EOF. Next also makes every value that was borrowed from the
	// input invalid.
	if _, err := in.words.Next(); errors.Is(err, io.EOF) {
		s.spare = in
	}
}
