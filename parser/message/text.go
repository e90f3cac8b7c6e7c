package message

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// keepText limits the body text that a message keeps in memory for the next search, in octets. A longer body text is
// decoded again for each search.
const keepText = 16 << 10

// text holds the decoded header and body that the search keys TEXT and BODY search.
type text struct {
	header string // decoded header of the message itself
	body   string // "" if it is longer than keepText
	long   bool
}

// HeaderText returns the fields of the message's header, unfolded and decoded to UTF-8, one in each line. The search
// key TEXT searches this text and BodyText (RFC 9051 §6.4.4).
func (m *Message) HeaderText() string {
	m.index()
	return m.text.header
}

// BodyText returns the text that the search key BODY searches. It consists of the texts of the message, decoded to
// UTF-8, and of the headers of parts and of messages within it. It ends after about MaxText octets. It leaves out the
// content of parts whose type is neither text nor message.
func (m *Message) BodyText() string {
	m.index()
	if m.text.long {
		return bodyText(m.Root())
	}
	return m.text.body
}

func (m *Message) index() {
	m.searching.Do(func() {
		var b strings.Builder
		headerText(&b, m.Root())
		m.text.header = b.String()
		if body := bodyText(m.Root()); len(body) <= keepText {
			m.text.body = body
		} else {
			m.text.long = true
		}
	})
}

func headerText(b *strings.Builder, p *Part) {
	for f := range p.Fields() {
		if f.Name != nil {
			b.Write(f.Name)
			b.WriteString(": ")
			b.WriteString(decodeHeader(f.Value()))
			b.WriteByte('\n')
		}
	}
}

func bodyText(p *Part) string {
	var b strings.Builder
	var walk func(p *Part, top bool)
	walk = func(p *Part, top bool) {
		if b.Len() >= MaxText {
			return
		}
		if !top {
			headerText(&b, p)
		}
		switch {
		case p.Message != nil:
			walk(p.Message, false)
		case p.IsMultipart():
			for _, q := range p.Parts {
				walk(q, false)
			}
		default:
			b.WriteString(p.text(MaxText - int64(b.Len())))
			b.WriteByte('\n')
		}
	}
	walk(p, true)
	return b.String()
}

// Text returns the content of a part in UTF-8, or "" if the type of the part is neither text nor message. It converts
// at most the first MaxText octets of the decoded content. If the part cannot be read, Text returns "", and Message.Err
// returns the error.
func (p *Part) Text() string { return p.text(MaxText) }

func (p *Part) text(limit int64) string {
	if p.Type != "text" && p.Type != "message" {
		return ""
	}
	content, err := p.decodedPrefix(limit)
	if err != nil {
		return ""
	}
	return decodeText(string(p.Param("charset")), content)
}

// Header returns the decoded values of all fields with the given name, for the search key HEADER. The caller owns the
// slice.
func (m *Message) Header(name string) []string {
	var out []string
	for f := range m.Root().Fields() {
		if f.is(name) {
			out = append(out, decodeHeader(f.Value()))
		}
	}
	return out
}

// Addresses returns the text in which search keys such as FROM look for an address. It consists of the decoded names
// and addresses in a list of an envelope, such as `Zoë <zoe@example.org>`, joined by commas.
func Addresses(list []parser.Address) string {
	var b strings.Builder
	for i := range list {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		a := &list[i]
		if a.Name != nil {
			b.WriteString(decodeHeader(a.Name))
			b.WriteByte(' ')
		}
		if a.Mailbox != nil {
			b.WriteByte('<')
			b.Write(a.Mailbox)
			if a.Host != nil {
				b.WriteByte('@')
				b.Write(a.Host)
			}
			b.WriteByte('>')
		}
	}
	return b.String()
}

// Display returns the text that DISPLAYFROM and DISPLAYTO of SORT compare (RFC 5957 §3). It is the decoded name of
// the first address. If the address has no name, it is the address itself, or the name of the group.
func Display(list []parser.Address) string {
	i := slices.IndexFunc(list, func(a parser.Address) bool { return !a.IsGroupEnd() })
	if i < 0 {
		return ""
	}
	a := &list[i]
	if a.Name != nil {
		return decodeHeader(a.Name)
	}
	if a.Host == nil {
		return decodeHeader(a.Mailbox)
	}
	return string(a.Mailbox) + "@" + string(a.Host)
}
