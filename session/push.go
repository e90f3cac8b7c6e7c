package session

import (
	"errors"
	"io"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// push writes what may be written: the line that ends a command early, and the commands in the queue,
// in their order, as far as their flow, the window and the server's continuation requests allow.
func (s *Session) push() error {
	var ahead Flow // what is in flight
	busy := false
	for _, p := range s.queue.live() {
		switch {
		case p.done():
			continue
		case p.phase == phaseSent:
			if p.stopping && !p.stopped && (p.owes || p.continued && p.cmd.More == nil) {
				if err := s.stop(p); err != nil {
					return err
				}
			}
		case p.phase == phaseWriting:
			// A literal is due; nothing else can be sent before it.
			return nil
		default:
			if busy && p.cmd.Flow.conflicts(ahead) || s.flying > 0 && s.flying+p.size > s.window || s.flying > 0 && p.body > 0 {
				return nil
			}
			if err := s.begin(p); err != nil {
				return err
			}
			if p.phase == phaseWriting {
				return nil
			}
			if p.done() {
				continue
			}
		}
		ahead |= p.cmd.Flow
		busy = true
	}
	return nil
}

// begin starts to send a command.
func (s *Session) begin(p *pending) error {
	// The wait may have been cut before anything was written: then nothing is.
	if s.link.isCut() {
		return errCut
	}
	err := s.refuse(p.cmd, s.before(p))
	if err == nil && p.enc.Mode() != s.Mode() {
		err = s.encode(p)
	}
	if err != nil {
		// What it was judged by has not come true: a command before it failed.
		s.finish(p, unsent(err))
		return nil
	}
	if s.flying == 0 {
		s.alerts = nil // of what has succeeded
	}
	p.phase = phaseWriting
	p.told = s.told
	s.flying += p.size
	if p.cmd.Flow&Quiet != 0 {
		s.link.setQuiet(true)
	}
	if p.cmd.Opens != nil {
		s.opening = p.cmd.Opens
	}
	return s.write(p)
}

// write sends the segments of a command up to one that waits for a continuation request.
func (s *Session) write(p *pending) error {
	p.sending = true
	defer p.sent()
	for p.seg < len(p.segs) {
		seg := p.segs[p.seg]
		p.seg++
		s.traceOut(p, seg)
		if err := s.send(seg.Bytes, nil, 0); err != nil {
			return err
		}
		if seg.Wait {
			return nil // of what is refused already, the server reads nothing behind this
		}
		if seg.Body != nil {
			if err := s.sendBody(seg); err != nil {
				return err
			}
		}
	}
	if p.done() {
		return nil // it was refused while it was sent; what the server was told that comes had to come (RFC 7888 §4)
	}
	p.phase = phaseSent
	s.unsent--
	return nil
}

// sent is called when what is encoded is not being written any more.
func (p *pending) sent() {
	if p.sending = false; p.done() {
		p.forget()
	}
}

// resumeWriting goes on behind a continuation request.
func (s *Session) resumeWriting(p *pending) error {
	seg := p.segs[p.seg-1]
	if seg.Body != nil {
		if p.gone {
			// The body's reader is its owner's again. Nothing but the body may be sent now.
			return s.fatal(ErrCut)
		}
		if err := s.sendBody(seg); err != nil {
			return err
		}
	}
	return s.write(p)
}

// sendBody copies a literal's body from its reader.
func (s *Session) sendBody(seg wire.Segment) error {
	return s.send(nil, seg.Body, seg.Size)
}

// send writes b, then size octets of body. What is in memory and within the window fits into the buffers on the way.
// Anything else is written beside the reading: a server that talks while it takes a literal would else
// wait for us, and we for it, and a Read of body may take as long as it likes.
func (s *Session) send(b []byte, body io.Reader, size int64) error {
	l := s.link
	if int64(len(b))+size <= int64(s.window) && (size == 0 || inMemory(body)) {
		return s.wrote(l.writeAll(b, body, size))
	}
	src := &source{body: body, wait: s.cfg.BodyWait, left: make(chan struct{})}
	defer l.carry(src)()
	result := make(chan error, 1)
	go func() {
		err := l.writeAll(b, src, size)
		l.rouse()
		result <- err
	}()
	readErr := s.listen(l)
	if s.err != nil {
		src.stop(s.err)
	}
	var err error
	select {
	case err = <-result:
	case <-src.left:
		err = src.cause
	}
	l.calm()
	if s.err != nil {
		return s.err
	}
	if err != nil {
		return s.wrote(err)
	}
	return readErr
}

// listen reads and routes what the server says while a writer is at work, until the writer rouses it.
func (s *Session) listen(l *link) error {
	for {
		p, r, err := s.read()
		switch {
		case p != nil:
			// A stream's first data: the server has all of the command, and the writer is about to end.
			s.held, s.heldBy = r, p
			return nil
		case err == nil:
		case errors.Is(err, errCut) && l.roused():
			return nil
		default:
			return err
		}
	}
}

// wrote ends the session if writing failed: the server would take what is sent next for the rest of it.
func (s *Session) wrote(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, errCut) {
		s.fatal(ErrCut)
		return errCut
	}
	if s.err == nil {
		s.lastWords()
	}
	return s.fatal(err)
}

// lastWords looks whether the server has said BYE before it hung up on what is being written: that tells more than the failure.
func (s *Session) lastWords() {
	s.link.setUntil(time.Now().Add(pollWait))
	defer s.link.setUntil(time.Time{})
	for range maxStray {
		r, err := s.words.Next()
		if err != nil {
			return
		}
		if r.Kind == parser.Untagged && r.Status == parser.BYE {
			s.traceIn(r)
			s.observe(r)
			return
		}
	}
}

// stop sends what ends a command early.
func (s *Session) stop(p *pending) error {
	p.stopped = true
	if p.counted {
		p.counted = false
		s.unsent--
	}
	s.link.setQuiet(false)
	return s.line(p, p.cmd.Stop)
}

// line sends a line of a command's dialogue. It is secret.
func (s *Session) line(p *pending, f func(*wire.Encoder)) error {
	p.enc.Reset(s.Mode())
	p.enc.Hidden(func() { f(&p.enc) }).CRLF()
	if err := p.enc.Err(); err != nil {
		return s.fatal(err)
	}
	s.traceDialogue(p)
	p.sending = true
	defer p.sent()
	for _, seg := range p.enc.Segments() {
		if err := s.send(seg.Bytes, nil, 0); err != nil {
			return err
		}
	}
	return nil
}

// continuation gives a continuation request to the command that waits for one. One that nobody waits for
// is shown to the handler and goes by.
func (s *Session) continuation(r *parser.Response) error {
	for _, p := range s.queue.live() {
		switch {
		case p.phase == phaseWriting && p.seg > 0 && p.segs[p.seg-1].Wait:
			s.stray = 0
			return s.resumeWriting(p)
		case p.phase == phaseSent && p.cmd.More != nil && !p.stopped:
			s.stray = 0
			return s.more(p, r)
		case p.phase == phaseSent && p.cmd.Stop != nil && p.cmd.More == nil && !p.continued:
			s.stray = 0
			p.continued = true
			if p.stopping {
				return s.stop(p)
			}
			return nil
		}
	}
	return s.unwanted(r)
}

// more lets a command answer a continuation request.
func (s *Session) more(p *pending, r *parser.Response) error {
	if p.gone || p.stopping {
		return s.stop(p)
	}
	p.continued = true
	var err error
	var enc wire.Encoder
	enc.Reset(s.Mode())
	defer enc.Reset(wire.Mode{})
	s.call(func() { enc.Hidden(func() { err = p.cmd.More(r.Text, &enc) }) })
	if err == nil {
		err = enc.Err()
	}
	if err == nil && s.link.isCut() {
		// The wait was cut while the command thought. What was to be sent is not, and so the stream lives; the server still listens.
		p.owes = true
		return errCut
	}
	if err != nil {
		if p.dataErr == nil {
			p.dataErr = err
		}
		if p.cmd.Stop == nil {
			return s.fatal(err)
		}
		return s.stop(p)
	}
	return s.line(p, func(e *wire.Encoder) { e.Verbatim(enc.Bytes()) })
}
