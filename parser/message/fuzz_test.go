package message

import (
	"bytes"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// seeds returns messages of all kinds.
func seeds() []string {
	out := []string{"", "\n", "\r\n", "x", ":", "--", "a: b\r\n\r\nc", "\x00\xff", mixed, nested, digest}
	for _, c := range structures {
		out = append(out, c.raw)
	}
	return append(out,
		"From: a <b@c>, g: d@e;, \"q\\\"\" <@x:y@z>\r\nTo: (c (d)) <\r\nCc: ;:,<>\r\n\r\n",
		"Content-Type: text/plain; charset*0*=utf-8''%41; charset*1=b\r\nContent-Disposition: x; filename=\"\\\r\n\r\n=\r\n=4",
		strings.Repeat("Content-Type: message/rfc822\n\n", 60),
		strings.Repeat("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 60)+"x",
		"Subject: a\x00b\xff\nFrom: \x00 <a\x00@b>\nContent-Type: a/b; x=\"\x00\"\nContent-Transfer-Encoding: \x01\xff\nContent-ID: \x00\n\n",
		"Content-Type: multipart/mixed; boundary=b\n\n"+strings.Repeat("--b\n", 200),
	)
}

// FuzzMessage calls all methods for arbitrary messages. None may panic. Each part must be within the part that
// contains it. The parser must be able to read what FETCH would send.
func FuzzMessage(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		m := New(raw)
		inspect(t, m.Root())
		e := wire.NewEncoder(wire.Mode{Server: true})
		e.Byte('(')
		m.Envelope().Encode(e)
		m.BodyStructure().Encode(e)
		if err := e.Err(); err != nil {
			t.Fatalf("encoding the envelope and the structure: %v", err)
		}
		paths := 0
		m.BodyStructure().Walk(func(path []uint32, b *parser.BodyStructure) bool {
			if paths++; paths > 100 {
				return false
			}
			body, ok := m.Section(&parser.SectionSpec{Part: path})
			if !ok {
				t.Fatalf("BODYSTRUCTURE has the part %d, but BODY[%[1]d] does not exist", path)
			}
			if len(path) > 0 && !b.IsMultipart() && uint64(body.Size()) != b.Size {
				t.Fatalf("part %d has %d octets, BODYSTRUCTURE says %d", path, body.Size(), b.Size)
			}
			if _, ok, _ := m.Binary(path); !ok {
				t.Fatalf("BODYSTRUCTURE has the part %d, but BINARY[%[1]d] does not exist", path)
			}
			m.Section(&parser.SectionSpec{Part: path, Specifier: parser.SpecHeader})
			m.Section(&parser.SectionSpec{Part: path, Specifier: parser.SpecHeaderFields, Fields: []string{"to"}})
			return true
		})
		h, _ := m.Section(&parser.SectionSpec{Specifier: parser.SpecHeader})
		b, _ := m.Section(&parser.SectionSpec{Specifier: parser.SpecText})
		if octetsOf(t, h)+octetsOf(t, b) != string(raw) {
			t.Fatal("BODY[HEADER] and BODY[TEXT] together are not the message")
		}
		m.Thread()
		m.ThreadIDs()
		m.Sent()
		if p := m.Preview(); len([]rune(p)) > PreviewLength || strings.ContainsAny(p, "\r\n\x00") {
			t.Fatalf("the preview is too long or has a line end or NUL: %q", p)
		}
		m.HeaderText()
		m.BodyText()
		Addresses(m.Envelope().From)
		Display(m.Envelope().To)
		if !bytes.Equal(raw, before) {
			t.Fatal("the message was changed")
		}
	})
}

// inspect checks that the offsets of a part are in order.
func inspect(t *testing.T, p *Part) {
	t.Helper()
	if p.start.at > p.fieldsEnd.at || p.fieldsEnd.at > p.body.at || p.body.at > p.end.at || p.end.at > p.src.size {
		t.Fatalf("the offsets of a part are not in order: start %v, end of the fields %v, body %v to %v, size of the message %d", p.start, p.fieldsEnd, p.body, p.end, p.src.size)
	}
	kids := p.Parts
	if p.Message != nil {
		kids = []*Part{p.Message}
	}
	for _, q := range kids {
		if q.start.at < p.body.at || q.end.at > p.end.at || q.parent != p {
			t.Fatalf("a part from %v to %v is not within the body from %v to %v, or has another parent", q.start, q.end, p.body, p.end)
		}
		inspect(t, q)
	}
}
