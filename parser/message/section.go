package message

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
)

// Part returns the part with that path (RFC 9051 §6.4.5.1), or nil. The empty path is the message. In a message that is
// not a multipart, path 1 means its only part; Part then returns the message itself, whose body is the part's.
func (m *Message) Part(path []uint32) *Part {
	p, body := m.Root(), false
	for _, n := range path {
		// q is the message or multipart that has the n-th part.
		q := p
		if p.parent != nil || body {
			if p.Message != nil {
				q = p.Message
			} else if body || !p.IsMultipart() {
				return nil
			}
		}
		switch {
		case q.IsMultipart() && n > 0 && uint64(n) <= uint64(len(q.Parts)):
			p, body = q.Parts[n-1], false
		case !q.IsMultipart() && n == 1:
			p, body = q, true
		default:
			return nil
		}
	}
	return p
}

// Section returns what BODY[…] means (RFC 9051 §6.4.5.1), or false if the message does not have it. The result is a
// range of the message's octets, except for a choice of header fields, which is copied together.
func (m *Message) Section(s *parser.SectionSpec) (Section, bool) {
	p := m.Part(s.Part)
	if p == nil {
		return Section{}, false
	}
	switch s.Specifier {
	case "":
		if len(s.Part) == 0 {
			return p.All(), true
		}
		return p.Body(), true
	case parser.SpecMIME:
		return p.Header(), len(s.Part) > 0
	}
	// The others concern a message, not the part whose body it is.
	if len(s.Part) > 0 {
		if p = p.Message; p == nil {
			return Section{}, false
		}
	}
	switch s.Specifier {
	case parser.SpecHeader:
		return p.Header(), true
	case parser.SpecText:
		return p.Body(), true
	case parser.SpecHeaderFields:
		return p.choose(s.Fields, true), true
	case parser.SpecHeaderFieldsNot:
		return p.choose(s.Fields, false), true
	}
	return Section{}, false
}

// choose returns the fields with the given names, or those with other names, and the empty line after the header.
func (p *Part) choose(names []string, want bool) Section {
	out := []byte{}
	for f := range p.Fields() {
		if slices.ContainsFunc(names, f.is) == want {
			out = append(out, f.Raw...)
		}
	}
	return ownSection(append(out, p.src.head(p.fieldsEnd.at, p.body.at)...))
}
