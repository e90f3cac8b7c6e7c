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

// enter begins to use the session, and returns who did so before, for leave.
func (s *Session) enter() (prev int32, err error) {
	switch {
	case s == nil || s.cfg.Pipeline == 0:
		return 0, ErrClosed
	case s.use.CompareAndSwap(useFree, useDriving):
		s.drive()
		return useFree, nil
	case s.use.CompareAndSwap(useBody, useDriving):
		return useBody, nil
	case s.use.Load() == useHandler:
		return 0, ErrBusy
	}
	return 0, ErrConcurrent
}

// leave ends what enter began. If a callback has panicked, nobody knows what has not been done: the session ends.
func (s *Session) leave(prev int32) {
	if s.use.Load() == useHandler {
		s.use.Store(useDriving)
		s.fatal(ErrPanicked)
	}
	if prev == useFree {
		s.rest()
	}
	s.use.Store(prev)
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
	return in
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
