package session

import (
	"errors"
	"io"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Who uses the session. One word tells misuse from use: a second goroutine gets an error, not a
// corrupted buffer.
const (
	useFree    int32 = iota
	useDriving       // a call of the session's runs
	useBody          // the body of a loop over a stream runs, which may use the session
	useHandler       // a callback runs, which may not
	useNone          // no session at all: the zero Session
)

// enter begins to use the session, until leave.
func (s *Session) enter() error {
	switch {
	case s == nil || s.cfg.Pipeline == 0:
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

// leave ends what enter began. If a callback has panicked, nobody knows what has not been done: the session ends. Loops need not end in the
// order in which they began, for iter.Pull takes turns between several: the session is free when none is in its body.
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
	s.use.Store(useFree)
}

// call runs a callback, in which the session must not be used.
func (s *Session) call(f func()) {
	was := s.use.Load()
	s.use.Store(useHandler)
	f()
	s.use.Store(was)
}

// drive is done when the session begins to be driven.
func (s *Session) drive() {
	if s.writer != nil {
		s.writer.resume()
	}
}

// rest is done when the session is not driven any more: bodies are the program's again.
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
	in := &input{base: wire.NewReader(r, s.cfg.Limits)}
	in.words = parser.NewReader(in.base)
	in.words.SetRules(s.cfg.Rules)
	in.words.SetUTF8(s.Mode().UTF8)
	in.words.InParts(s.inParts)
	return in
}

// inParts reports whether long lists of responses of a name are read in parts: whether nobody in flight who might be meant wants them whole.
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

// detach lets the value at hand of a loop stay valid while the session reads on by another input.
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

// conceal ends the time for which the value at hand of a loop was valid. If the session has gone on by another input meanwhile, the
// one that had the value is the spare.
func (s *Session) conceal(in *input) {
	if s.shown == in {
		s.shown = nil
	}
	if in == s.in {
		return
	}
	// It has nothing more: what was borrowed of it is void then.
	if _, err := in.words.Next(); errors.Is(err, io.EOF) {
		s.spare = in
	}
}
