package session

import (
	"errors"
	"io"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// step is all the input and output of a session: it writes what may be written, reads one response and
// routes it. who is the command that is waited for, or nil. If the response is data of a stream, step
// returns the stream's command and the response, unread; if that is not who, it keeps the response at
// hand and returns ErrStreamOpen. Any other error but errCut has ended the session.
func (s *Session) step(who *pending) (*pending, *parser.Response, error) {
	if s.held != nil {
		p, r := s.heldBy, s.held
		if !p.gone && p != who {
			return nil, nil, ErrStreamOpen
		}
		s.held, s.heldBy = nil, nil
		if !p.gone {
			return p, r, nil
		}
	}
	if s.unsent > 0 {
		if err := s.push(); err != nil {
			return nil, nil, err
		}
		if who != nil && who.done() {
			return nil, nil, nil
		}
	}
	p, r, err := s.read()
	if p != nil && p != who {
		s.held, s.heldBy = r, p
		return nil, nil, ErrStreamOpen
	}
	return p, r, err
}

// read reads one response and routes it.
func (s *Session) read() (*pending, *parser.Response, error) {
	if s.err != nil {
		return nil, nil, s.err
	}
	s.deviation()
	r, err := s.words.Next()
	s.last = r
	if err != nil {
		var limit *wire.LimitError
		if r != nil && s.base.Err() == nil && errors.As(err, &limit) {
			s.tooBig(r, err)
			return nil, nil, nil
		}
		return nil, nil, s.readFailed(err)
	}
	p, err := s.route(r)
	return p, r, err
}

// deviation reports the rules that were needed for the response read last, now that all that is wanted of it has been.
func (s *Session) deviation() {
	r := s.last
	s.last = nil
	if r != nil && r.Used() != 0 && s.cfg.Handler.Deviation != nil && !s.muted {
		s.call(func() { s.cfg.Handler.Deviation(r) })
	}
}

// readFailed tells a wait that was cut from the end of the session.
func (s *Session) readFailed(err error) error {
	if errors.Is(err, errCut) {
		return errCut
	}
	if errors.Is(err, io.EOF) {
		for _, p := range s.queue.live() {
			if p.cmd.Early && p.phase == phaseSent && s.bye != nil {
				s.finish(p, nil)
			}
		}
	}
	return s.fatal(err)
}

// tooBig ends with err the command that a response over a limit belongs to; the response is skipped.
func (s *Session) tooBig(r *parser.Response, err error) {
	s.traceIn(r)
	if r.Kind == parser.Tagged {
		if p := s.find(r.Tag); p != nil {
			s.complete(p, r)
			if p.err == nil {
				p.err = err
			}
		}
		return
	}
	s.blame(err)
}

// blame gives the command that is first in flight an error that belongs to none.
func (s *Session) blame(err error) {
	for _, p := range s.queue.live() {
		if p.phase != phaseQueued && !p.done() {
			if p.dataErr == nil {
				p.dataErr = err
			}
			return
		}
	}
}

// route gives a response to who has a right to it.
func (s *Session) route(r *parser.Response) (*pending, error) {
	s.traceIn(r)
	if err := r.Err(); err != nil && s.cfg.Strict {
		return nil, s.fatal(err)
	}
	switch r.Kind {
	case parser.Continuation:
		return nil, s.continuation(r)
	case parser.Tagged:
		s.stray = 0
		if p := s.find(r.Tag); p != nil {
			s.complete(p, r)
			return nil, nil
		}
		// An answer to nothing completes nothing (RFC 9051 §2.2.2); it is shown, and goes by.
		return nil, s.unwanted(r)
	case parser.Stray:
		return nil, s.unwanted(r)
	}
	s.stray = 0
	if err := s.inspect(r); err != nil {
		return nil, s.fatal(err)
	}
	if err := s.observe(r); err != nil {
		s.blame(err)
	}
	return s.offer(r)
}

// find returns the command in flight that has a tag.
func (s *Session) find(tag []byte) *pending {
	n, ok := s.parseTag(tag)
	if !ok {
		return nil
	}
	p := s.queue.find(n)
	if p == nil || p.phase == phaseQueued || p.done() {
		return nil
	}
	return p
}

// unwanted is told of lines that answer nothing: they are shown to the handler, and too many in a row
// end the session, since what is read then is not IMAP.
func (s *Session) unwanted(r *parser.Response) error {
	s.stray++
	if s.stray > maxStray || s.cfg.Strict {
		return s.fatal(&wire.SyntaxError{Want: "a response to a command that was sent", Got: clip(r.Raw())})
	}
	s.other(r)
	return nil
}

func clip(b []byte) []byte { return append([]byte(nil), b[:min(len(b), 32)]...) }

// offer asks the commands in flight, in the order in which they were sent, whose an untagged response is;
// what none claims is the handler's.
func (s *Session) offer(r *parser.Response) (*pending, error) {
	for _, p := range s.queue.live() {
		if p.phase == phaseQueued {
			break
		}
		if p.done() || p.cmd.Claim == nil || !p.cmd.Claim(r) {
			continue
		}
		if p.cmd.Flow&Shared != 0 {
			s.tell(r)
		}
		switch {
		case p.gone || p.full || !p.stream && p.cmd.Data == nil:
			return nil, s.untaken()
		case p.stream:
			s.idle = 0
			return p, nil
		}
		return nil, s.take(p, r)
	}
	if err := s.untaken(); err != nil {
		return nil, err
	}
	s.tell(r)
	return nil, nil
}

// untaken counts an untagged response that nobody takes: if there is no end to them, nobody waits for what comes behind.
func (s *Session) untaken() error {
	if s.idle++; s.idle > s.cfg.MaxUntagged {
		return s.fatal(&wire.LimitError{What: "untagged responses", Limit: int64(s.cfg.MaxUntagged), Size: int64(s.idle)})
	}
	return nil
}

// keeping is what a response costs that becomes part of a result, besides its own octets.
const keeping = 128

// take gives a command a response for its result, if that may be so large.
func (s *Session) take(p *pending, r *parser.Response) error {
	s.idle = 0
	p.taken += int64(len(r.Raw())) + keeping
	var err error
	if p.full = p.taken > s.cfg.MaxResult; p.full {
		err = &wire.LimitError{What: "result", Limit: s.cfg.MaxResult, Size: p.taken}
	} else {
		s.call(func() { err = p.cmd.Data(r) })
	}
	if err != nil && p.dataErr == nil {
		p.dataErr = err
	}
	return s.afterData(err)
}

// afterData ends the session if what a command met in its data means that the stream is out of step,
// or that reading has failed.
func (s *Session) afterData(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, parser.ErrFraming):
		return s.fatal(err)
	case errors.Is(err, errCut):
		return errCut
	}
	return nil
}

// complete ends a command by its tagged answer.
func (s *Session) complete(p *pending, r *parser.Response) {
	if err := s.observeStatus(r); err != nil && p.dataErr == nil {
		p.dataErr = err
	}
	s.idle = 0
	var err error
	switch r.Status {
	case parser.OK:
		err = p.dataErr
		if err == nil && p.cmd.Done != nil {
			s.call(func() { err = p.cmd.Done(r) })
		}
	default:
		e := newError(p.cmd.Name, r)
		e.Alerts, s.alerts = s.alerts, nil
		err = e
		if p.dataErr != nil {
			err = errors.Join(p.dataErr, e)
		}
		if f := p.cmd.Refused; f != nil {
			s.call(func() { err = f(err) })
		}
		if r.Status == parser.BYE {
			// wp.pl has sent a tagged BYE: it ends the command, and the stream ends behind it.
			s.bye = e
		}
	}
	s.move(p, r)
	s.finish(p, err)
	s.queue.advance()
}

// move takes the session to the state that the answer to p leads to.
func (s *Session) move(p *pending, r *parser.Response) {
	if p.cmd.Opens != nil {
		s.opening = nil
		if s.state == Selected {
			s.box = nil
			s.state = Authenticated
		}
		if r.Status == parser.OK {
			s.box = p.cmd.Opens
		}
	}
	next := p.cmd.Else
	if r.Status == parser.OK {
		next = p.cmd.Then
	}
	if next == 0 {
		return
	}
	was := s.state
	s.state = next
	if next != Selected {
		s.box = nil
	}
	if next == NotAuthenticated && was != NotAuthenticated {
		// All that the connection was asked to be is over, and so is what the user could do (RFC 8437 §4).
		s.enabled = Caps{}
		s.words.SetUTF8(false)
		if r.Code.Name != parser.CodeCapability && !s.toldDuring(p) {
			s.caps, s.known = Caps{}, false
		}
	}
	if was == NotAuthenticated && next == Authenticated && r.Code.Name != parser.CodeCapability && !s.toldDuring(p) {
		// What the server can do may change when it knows who asks (RFC 9051 §6.2.2, §6.2.3).
		s.caps, s.known = Caps{}, false
	}
}

// finish ends a command with err, which may be nil.
func (s *Session) finish(p *pending, err error) {
	if p.phase < phaseSent {
		s.unsent--
	}
	if p.counted {
		s.unsent--
		p.counted = false
	}
	if p.phase != phaseQueued {
		s.flying -= p.size
		if p.cmd.Flow&Quiet != 0 {
			s.link.setQuiet(false)
		}
	}
	p.phase, p.err = phaseDone, err
	if p.cmd.Then != 0 || p.cmd.Else != 0 || p.cmd.Opens != nil {
		s.goal = 0
	}
	p.forget()
	s.logDone(p)
}

// first reports whether nothing before p is to be done.
func (s *Session) first(p *pending) bool {
	for _, q := range s.queue.live() {
		if !q.done() {
			return q == p
		}
	}
	return false
}
