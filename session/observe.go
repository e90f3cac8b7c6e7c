package session

import (
	"bytes"
	"fmt"

	"github.com/imapstack/imapstack/parser"
)

// view is the mailbox that data is of: the one being opened, else the one that is selected.
func (s *Session) view() *Mailbox {
	if s.opening != nil {
		return s.opening
	}
	return s.box
}

// observe learns from an untagged response, whosever it is. An error is of what is over a limit and not learned.
func (s *Session) observe(r *parser.Response) (err error) {
	if r.Status != 0 {
		return s.observeStatus(r)
	}
	switch r.Name {
	case "FETCH":
	case "CAPABILITY":
		return s.tellCaps(r.Decoder().Rest())
	case "ENABLED":
		var c Caps
		if c, err = parseCaps(r.Decoder().Rest(), s.cfg.MaxCaps); err == nil {
			s.enabled, err = s.enabled.with(c, s.cfg.MaxCaps)
			s.words.SetUTF8(s.Mode().UTF8)
		}
	case "VANISHED":
		if box := s.view(); box != nil {
			var v parser.Vanished
			if v.Decode(r.Decoder()) == nil && !v.Earlier {
				n, _ := v.UIDs.Len()
				box.vanished(n)
			}
		}
	default:
		if box := s.view(); box != nil {
			box.data(r)
		}
	}
	return err
}

// inspect reads by the grammar what observe reads by its words, so that what is wrong with it is told, and in strict mode is
// an error.
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

// observeStatus learns from a status response, tagged or not, the greeting included; the error is as observe's.
func (s *Session) observeStatus(r *parser.Response) (err error) {
	switch r.Code.Name {
	case "":
	case parser.CodeCapability:
		err = s.tellCaps(r.Code.Args)
	case parser.CodeAlert, parser.CodeWebAlert:
		if r.Kind == parser.Untagged {
			s.note(r)
		}
		if f := s.cfg.Handler.Alert; f != nil && !s.muted {
			text := string(r.Text)
			s.call(func() { f(text) })
		}
	case parser.CodeClosed:
		// What came before it was of the mailbox that is now left (RFC 9051 §7.1).
		if s.opening != nil {
			name := s.opening.Name
			*s.opening = Mailbox{Name: name}
		}
	default:
		if box := s.view(); box != nil && r.Status == parser.OK {
			box.code(r.Code)
		}
	}
	if r.Kind == parser.Untagged {
		switch {
		case r.Status == parser.BYE:
			s.bye = newError("", r)
			if f := s.cfg.Handler.Bye; f != nil && !s.muted {
				e := s.bye
				s.call(func() { f(e.Code, e.Text) })
			}
		case (r.Status == parser.NO || r.Status == parser.BAD) && r.Code.Name != parser.CodeAlert:
			s.note(r)
		}
	}
	return err
}

// note keeps what the server says beside its answers, for the error if the command fails.
func (s *Session) note(r *parser.Response) {
	if len(s.alerts) == 8 {
		copy(s.alerts, s.alerts[1:])
		s.alerts = s.alerts[:7]
	}
	s.alerts = append(s.alerts, string(clipText(r.Text)))
}

// clipText bounds what is kept of a server's words.
func clipText(b []byte) []byte { return b[:min(len(b), 1024)] }

func (s *Session) tellCaps(text []byte) error {
	c, err := parseCaps(text, s.cfg.MaxCaps)
	s.caps, s.known = c, true
	s.told++
	return err
}

// toldDuring reports whether capabilities came while p was in flight.
func (s *Session) toldDuring(p *pending) bool { return s.told != p.told }

// newError makes an error of a status response, owned.
func newError(command string, r *parser.Response) *Error {
	code := r.Code
	code.Args = bytes.Clone(clipText(code.Args))
	return &Error{Command: command, Status: r.Status, Code: code, Text: string(clipText(r.Text))}
}

// tell shows an untagged response to the handler.
func (s *Session) tell(r *parser.Response) {
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
		if h.Expunge != nil {
			s.call(func() { h.Expunge(r.Num) })
			return
		}
	case "VANISHED":
		if h.Vanished != nil {
			var v parser.Vanished
			if v.Decode(r.Decoder()) == nil {
				s.call(func() { h.Vanished(v.UIDs, v.Earlier) })
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
	s.other(r)
}

// other shows a response to the handler's last function.
func (s *Session) other(r *parser.Response) {
	if f := s.cfg.Handler.Other; f != nil && !s.muted {
		s.call(func() { f(r) })
	}
}
