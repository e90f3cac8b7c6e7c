package message

import "github.com/imapstack/imapstack/parser"

// Envelope returns the envelope (RFC 9051 §7.5.2). It is valid until the program ends, and must not be changed.
func (m *Message) Envelope() *parser.Envelope {
	m.envelope.Do(func() {
		if m.env = m.saved.decodeEnvelope(); m.env == nil {
			m.env = m.Root().envelope()
		}
	})
	return m.env
}

// envelope reads the header of a message. If a field that may come only once comes several times, the first one
// counts. The addresses of repeated address fields are joined.
func (p *Part) envelope() *parser.Envelope {
	e := new(parser.Envelope)
	for f := range p.Fields() {
		if n := len(f.Name); n < 2 || n > 11 {
			continue
		}
		for _, x := range [...]struct {
			name string
			text *[]byte
			list *[]parser.Address
		}{
			{"Date", &e.Date, nil}, {"Subject", &e.Subject, nil}, {"From", nil, &e.From}, {"Sender", nil, &e.Sender},
			{"Reply-To", nil, &e.ReplyTo}, {"To", nil, &e.To}, {"Cc", nil, &e.Cc}, {"Bcc", nil, &e.Bcc},
			{"In-Reply-To", &e.InReplyTo, nil}, {"Message-ID", &e.MessageID, nil},
		} {
			switch {
			case !f.is(x.name):
			case x.list != nil:
				*x.list = appendAddresses(*x.list, f.text())
			case *x.text == nil:
				if *x.text = f.text(); *x.text == nil {
					*x.text = []byte{}
				}
			}
		}
	}
	if len(e.Sender) == 0 {
		e.Sender = e.From
	}
	if len(e.ReplyTo) == 0 {
		e.ReplyTo = e.From
	}
	return e
}
