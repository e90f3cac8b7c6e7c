package session

import (
	"errors"
	"io"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// The users of a session. One atomic word detects misuse: a second goroutine gets an error, and not a corrupted buffer.
const (
	useFree    int32 = iota
	useDriving       // a method of the session runs
	useBody          // the body of a loop over a stream runs; it may use the session
	useHandler       // a callback runs; it may not use the session
	useNone          // the zero Session, which is not a session
)

// enter begins a use of the session, which leave ends.
func (s *Session) enter() error {
	switch {
	case s == nil || s.cfg == nil:
		return ErrClosed
	case s.use.CompareAndSwap(useFree, useDriving):
		s.drive()
		return nil
	case s.use.CompareAndSwap(useBody, useDriving):
		s.visits++
		return nil
	case s.use.Load() == useHandler:
		return ErrBusy
	}
	return ErrConcurrent
}

// leave ends what enter began. If a callback has panicked, the state is uncertain, so the session ends. Loops need not
// end in the order in which they began, because iter.Pull can alternate between several: the session is free when no
// loop is in its body.
func (s *Session) leave() {
	if s.use.Load() == useHandler {
		s.use.Store(useDriving)
		s.fatal(ErrPanicked)
	}
	if s.bodies > int(s.lostBodies.Load()) {
		s.use.Store(useBody)
		return
	}
	s.rest()
	if s.err != nil && s.in != nil && s.bodies == 0 {
		s.lendInput() // nothing is read any more
	}
	s.use.Store(useFree)
}

// call runs a callback, which must not use the session.
func (s *Session) call(f func()) {
	was := s.use.Load()
	s.use.Store(useHandler)
	f()
	s.use.Store(was)
}

// drive is called when the session begins to be driven.
func (s *Session) drive() {
	if s.writer != nil {
		s.writer.resume()
	}
}

// rest is called when the session is no longer driven: bodies belong to the program again.
func (s *Session) rest() {
	if s.writer != nil && !s.writer.pause(s.cfg.BodyWait) {
		s.fatal(ErrCut)
	}
}

// An input reads the stream.
type input struct {
	base  *wire.Reader
	words *parser.Reader
}

// newInput returns an input from r.
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

// inParts reports whether long responses with that name are read in parts: whether every command in flight that they
// may answer takes parts.
func (s *Session) inParts(name string) bool {
	some := false
	for _, p := range s.air {
		if p.cmd.Parts && !p.stream {
			some = true
		} else if p.cmd.Claim != nil && (p.cmd.Answers == nil || p.cmd.declares(name)) {
			return false
		}
	}
	return some
}

// detach keeps the current value of a loop valid while the session reads on with another input.
func (s *Session) detach() error {
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

// conceal ends the validity of a loop's current value. If the session has read on with another input meanwhile, the
// input that held the value becomes the spare.
func (s *Session) conceal(in *input) {
	if s.shown == in {
		s.shown = nil
	}
	if in == s.in {
		return
	}
	// The input has nothing more, so what was borrowed from it is now invalid.
	if _, err := in.words.Next(); errors.Is(err, io.EOF) {
		s.spare = in
	}
}
