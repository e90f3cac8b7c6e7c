package session

import (
	"bytes"
	"fmt"

	"github.com/imapstack/imapstack/parser"
)

// observe updates the session's state with an untagged response, whether a command claims it or not. It returns an
// error if it drops capabilities because they exceed a limit.
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

// inspect parses a CAPABILITY, ENABLED or FLAGS response strictly by the grammar. Deviations that observe tolerates are
// then reported to the handler, and are errors in strict mode.
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

// observeStatus updates the session's state with a status response: an untagged one, the greeting, or the answer to p.
// Like observe, it returns an error if it drops capabilities because they exceed a limit.
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

// observeCode updates the view with the response code of an OK. The OK is untagged if p is nil, and otherwise the
// answer to p.
func (s *Session) observeCode(c parser.Code, p *pending) {
	switch {
	case p == nil:
		if s.box != nil {
			s.box.code(c, s.viewSwitched)
		}
	case p.cmd.Opens != nil:
		p.cmd.Opens.code(c, true)
		if p.cmd.Name == "EXAMINE" {
			p.cmd.Opens.ReadOnly = true // even if the server sends READ-WRITE (RFC 9051 §6.3.3)
		}
	case c.Name == parser.CodeHighestModSeq && p.epoch != nil && p.epoch == s.current && s.box != nil:
		// The code is in the answer to EXPUNGE or a similar command (RFC 7162 §3.2.7).
		s.box.code(c, false)
	}
}

// noteAlert keeps the text of an untagged NO, BAD or ALERT, for the error of a command that fails.
func (s *Session) noteAlert(r *parser.Response) { s.addAlert(s.shownText(r)) }

// addAlert keeps a text of the server for the error of a command that fails. It keeps the last 8 texts.
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

// clipText returns the part of a server's text that is kept: at most its first 1024 octets.
func clipText(b []byte) []byte { return b[:min(len(b), 1024)] }

func (s *Session) setCaps(text []byte) error {
	if bytes.ContainsAny(text, `("`) {
		return nil // not a list of capabilities: Sohu answers NAMESPACE with a CAPABILITY response
	}
	c, err := readCaps(text, s.cfg.MaxCaps)
	s.caps, s.capsKnown = c, true
	s.capsCount++
	return err
}

// capsArrivedDuring reports whether capabilities arrived while p was in flight.
func (s *Session) capsArrivedDuring(p *pending) bool { return s.capsCount != p.capsCount }

// callHandler passes an untagged response to the function of the Handler that takes responses of its name, or to Other.
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

// callOther passes a response to Handler.Other.
func (s *Session) callOther(r *parser.Response) {
	if f := s.cfg.Handler.Other; f != nil && !s.muted {
		s.call(func() { f(r) })
	}
}
