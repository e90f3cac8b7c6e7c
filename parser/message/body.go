package message

import "github.com/imapstack/imapstack/parser"

// BodyStructure returns the structure with all extension data (RFC 9051 §7.5.2). BODY is the same structure without the
// extension data. The result is valid until the program ends, and must not be changed.
func (m *Message) BodyStructure() *parser.BodyStructure {
	m.body.Do(func() {
		if m.bodyStr = m.saved.decodeBody(); m.bodyStr != nil {
			return
		}
		root := m.Root()
		if m.saved != nil {
			root = scan(m.src) // the cache cannot hold a structure of this depth or size
		}
		m.bodyStr = new(parser.BodyStructure)
		root.describe(m.bodyStr, m)
	})
	return m.bodyStr
}

// describe sets the fields of b from the part.
func (p *Part) describe(b *parser.BodyStructure, m *Message) {
	b.Type, b.Subtype, b.Extended = p.Type, p.Subtype, true
	for _, x := range p.Params {
		b.Params = append(b.Params, parser.Param{Name: x.Name, Value: x.Value})
	}
	if len(p.Params) == 0 && p.Type == "text" {
		// A text without parameters is in this charset (RFC 2045 §5.2).
		b.Params = []parser.Param{{Name: "charset", Value: []byte("us-ascii")}}
	}
	if c := p.content; c != nil {
		disposition, params := p.Disposition()
		b.Disposition.Type = disposition
		for _, x := range params {
			b.Disposition.Params = append(b.Disposition.Params, parser.Param{Name: x.Name, Value: x.Value})
		}
		b.Language = p.Languages()
		b.Location = nilIfEmpty(c.location)
		if !p.IsMultipart() {
			b.ID, b.Description, b.MD5 = nilIfEmpty(c.id), nilIfEmpty(c.description), nilIfEmpty(c.md5)
		}
	}
	if p.IsMultipart() {
		b.Parts = make([]parser.BodyStructure, len(p.Parts))
		for i, q := range p.Parts {
			q.describe(&b.Parts[i], m)
		}
		return
	}
	b.Encoding = p.Encoding()
	b.Size = uint64(p.end.at - p.body.at)
	if p.Type == "text" || p.Message != nil {
		b.Lines = uint64(p.Lines())
	}
	if p.Message != nil {
		b.Envelope, b.Body = p.Message.envelope(), new(parser.BodyStructure)
		p.Message.describe(b.Body, m)
	}
}

// nilIfEmpty returns b, or nil if b is empty.
func nilIfEmpty(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
