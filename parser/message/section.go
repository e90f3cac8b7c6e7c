package message

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
)

// Part returns the part with the given path (RFC 9051 §6.4.5.1), or nil if there is no such part. The empty path stands
// for the message. If the message is not a multipart, the path 1 stands for its only part. Part then returns the
// message itself, whose body is that part's body.
func (m *Message) Part(path []uint32) *Part {
	p, body := m.Root(), false
	for _, n := range path {
		// q is the message or multipart whose nth part is next in the path.
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

// Section returns the octets that BODY[…] stands for (RFC 9051 §6.4.5.1), or false if the message does not have them.
// The result is a range of the message's octets. Only header fields that are selected by name are copied, because they
// need not be adjacent.
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
	// With a path, all other specifiers apply to the message that the part contains, not to the part itself.
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
		return p.selectFields(s.Fields, true), true
	case parser.SpecHeaderFieldsNot:
		return p.selectFields(s.Fields, false), true
	}
	return Section{}, false
}

// selectFields returns the fields whose names are in names if want is true, and all other fields if it is false. The
// result ends with the empty line after the header.
func (p *Part) selectFields(names []string, want bool) Section {
	out := []byte{}
	for f := range p.Fields() {
		if slices.ContainsFunc(names, f.is) == want {
			out = append(out, f.Raw...)
		}
	}
	return ownSection(append(out, p.src.head(p.fieldsEnd.at, p.body.at)...))
}
