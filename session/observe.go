package session

import (
	"bytes"
	"fmt"

	"github.com/imapstack/imapstack/parser"
)

// observe learns from an untagged response, whatever it answers. It returns an error for what exceeds a limit and is
// not kept.
func (s *Session) observe(r *parser.Response) (err error) {
	if s.selecting {
		s.watchViewSwitch(r)
	}
	if r.Status != 0 {
		return s.observeStatus(r, nil)
	}
	switch r.Name {
	case "FETCH":
	case "CAPABILITY":
		return s.setCaps(r.Decoder().Rest())
	case "ENABLED":
		var c Caps
		if c, err = readCaps(r.Decoder().Rest(), s.cfg.MaxCaps); err == nil {
			s.enabled, err = s.enabled.with(c, s.cfg.MaxCaps)
			s.in.words.SetUTF8(s.Mode().UTF8)
		}
	case "VANISHED":
		var v parser.Vanished
		if s.box != nil && v.Decode(r.Decoder()) == nil && !v.Earlier {
			n, _ := v.UIDs.Len()
			s.box.vanished(n)
			s.viewedEpoch().expunges++
		}
	default:
		if s.box != nil {
			s.box.data(r)
			if r.Name == "EXPUNGE" {
				s.viewedEpoch().expunges++
			}
		}
	}
	return err
}

// inspect parses by the grammar what observe reads word by word, so that deviations are reported, and are errors in
// strict mode.
func (s *Session) inspect(r *parser.Response) error {
	if !s.cfg.Strict && s.cfg.Handler.Deviation == nil || r.Status != 0 {
		return nil
	}
	d := r.Decoder()
	switch r.Name {
	case "CAPABILITY", "ENABLED":
		new(parser.Capabilities).Decode(d)
	case "FLAGS":
		parser.DecodeFlags(d, nil)
	default:
		return nil
	}
	if !d.AtEnd() {
		d.Expected("CRLF")
	}
	if err := d.Err(); err != nil && s.cfg.Strict {
		return fmt.Errorf("session: %s: %w", r.Name, err)
	}
	return nil
}

// observeStatus learns from a status response: an untagged one, the greeting, or the answer to p. Its error is like
// observe's.
func (s *Session) observeStatus(r *parser.Response, p *pending) (err error) {
	switch r.Code.Name {
	case "":
	case parser.CodeCapability:
		if r.Status == parser.OK || r.Status == parser.PREAUTH {
			err = s.setCaps(r.Code.Args)
		}
	case parser.CodeAlert, parser.CodeWebAlert:
		if r.Kind == parser.Untagged {
			s.noteAlert(r)
		}
		if f := s.cfg.Handler.Alert; f != nil && !s.muted {
			text := s.scrub(string(r.Text))
			s.call(func() { f(text) })
		}
	case parser.CodeClosed:
	default:
		if r.Status == parser.OK {
			s.observeCode(r.Code, p)
		}
	}
	if r.Kind == parser.Untagged {
		switch {
		case r.Status == parser.BYE:
			s.bye = s.newError("", r)
			if f := s.cfg.Handler.Bye; f != nil && !s.muted {
				e := s.bye
				s.call(func() { f(e.Code, e.Text) })
			}
		case (r.Status == parser.NO || r.Status == parser.BAD) && r.Code.Name != parser.CodeAlert:
			s.noteAlert(r)
		}
	}
	return err
}

// observeCode updates the view with the code of an OK: an untagged one if p is nil, and otherwise the answer to p.
func (s *Session) observeCode(c parser.Code, p *pending) {
	switch {
	case p == nil:
		if s.box != nil {
			s.box.code(c, s.viewSwitched)
		}
	case p.cmd.Opens != nil:
		p.cmd.Opens.code(c, true)
		if p.cmd.Name == "EXAMINE" {
			p.cmd.Opens.ReadOnly = true // whatever the server says (RFC 9051 §6.3.3)
		}
	case c.Name == parser.CodeHighestModSeq && p.epoch != nil && p.epoch == s.current && s.box != nil:
		// The code belongs to EXPUNGE or the like (RFC 7162 §3.2.7).
		s.box.code(c, false)
	}
}

// noteAlert keeps what the server says besides its answers, for the error if the command fails.
func (s *Session) noteAlert(r *parser.Response) { s.addAlert(s.shownText(r)) }

// addAlert keeps what the server says besides its answers.
func (s *Session) addAlert(text string) {
	if text == hidden {
		return
	}
	if len(s.alerts) == 8 {
		copy(s.alerts, s.alerts[1:])
		s.alerts = s.alerts[:7]
	}
	s.alerts = append(s.alerts, text)
}

// clipText bounds what is kept of a server's words.
func clipText(b []byte) []byte { return b[:min(len(b), 1024)] }

func (s *Session) setCaps(text []byte) error {
	if bytes.ContainsAny(text, `("`) {
		return nil // Sohu answers NAMESPACE with it; what is not a list of capabilities changes nothing
	}
	c, err := readCaps(text, s.cfg.MaxCaps)
	s.caps, s.capsKnown = c, true
	s.capsCount++
	return err
}

// capsArrivedDuring reports whether capabilities arrived while p was in flight.
func (s *Session) capsArrivedDuring(p *pending) bool { return s.capsCount != p.capsCount }

// callHandler shows an untagged response to the handler.
func (s *Session) callHandler(r *parser.Response) {
	h := &s.cfg.Handler
	if s.muted {
		return
	}
	switch r.Name {
	case "EXISTS":
		if h.Exists != nil {
			s.call(func() { h.Exists(r.Num) })
			return
		}
	case "EXPUNGE":
		if h.Gone != nil {
			s.call(func() { h.Gone(Gone{Seq: r.Num}) })
			return
		}
	case "VANISHED":
		if h.Gone != nil {
			var v parser.Vanished
			if v.Decode(r.Decoder()) == nil {
				s.call(func() { h.Gone(Gone{UIDs: v.UIDs, Earlier: v.Earlier}) })
				return
			}
		}
	case "FETCH", "UIDFETCH":
		if h.Fetch != nil {
			if m, err := r.Fetch(); err == nil {
				s.call(func() { h.Fetch(m) })
				return
			}
		}
	case "BYE":
		if h.Bye != nil {
			return
		}
	}
	s.callOther(r)
}

// callOther shows a response to the handler's function Other.
func (s *Session) callOther(r *parser.Response) {
	if f := s.cfg.Handler.Other; f != nil && !s.muted {
		s.call(func() { f(r) })
	}
}
