package message

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// sections is a short form of the example in RFC 9051 §6.4.5.1: a text, a message with two parts, an image.
const sections = "Subject: top\r\nX: y\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" +
	"--a\r\nContent-Type: text/plain\r\n\r\none\r\n" +
	"--a\r\nContent-Type: message/rfc822\r\nX-Part: 2\r\n\r\n" +
	"Subject: in\r\nX: z\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=C3=A4=\r\n\r\n--b--\r\n" +
	"--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: single\r\n\r\nbody\r\n" +
	"--a\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nabc\r\n--a--\r\n"

// octetsOf reads a section with Bytes and with Reader.
func octetsOf(t testing.TB, s Section) string {
	t.Helper()
	b, err := io.ReadAll(s.Reader())
	if err != nil || int64(len(b)) != s.Size() {
		t.Fatalf("ReadAll returns %d octets, want %d; error %v", len(b), s.Size(), err)
	}
	if lent, ok := s.Bytes(); ok && !bytes.Equal(lent, b) {
		t.Fatalf("Bytes returns %q, and Reader reads %q", lent, b)
	}
	return string(b)
}

// decodedBy returns the result of decoding a body with the given transfer encoding.
func decodedBy(t testing.TB, encoding, body string) string {
	s, err := New([]byte("Content-Transfer-Encoding: " + encoding + "\n\n" + body)).Root().Decoded()
	if err != nil {
		t.Fatal(err)
	}
	return octetsOf(t, s)
}

func TestSection(t *testing.T) {
	m := New([]byte(sections))
	const missing = "NIL"
	for _, c := range []struct{ spec, want string }{
		{"[]", sections},
		{"[HEADER]", "Subject: top\r\nX: y\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n"},
		{"[HEADER.FIELDS (x SUBJECT)]", "Subject: top\r\nX: y\r\n\r\n"},
		{"[HEADER.FIELDS (none)]", "\r\n"},
		{"[HEADER.FIELDS.NOT (Subject content-type)]", "X: y\r\n\r\n"},
		{"[1]", "one"},
		{"[1.MIME]", "Content-Type: text/plain\r\n\r\n"},
		{"[1.HEADER]", missing},
		{"[1.TEXT]", missing},
		{"[1.1]", missing},
		{"[2.MIME]", "Content-Type: message/rfc822\r\nX-Part: 2\r\n\r\n"},
		{"[2.HEADER]", "Subject: in\r\nX: z\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"},
		{"[2.HEADER.FIELDS (X)]", "X: z\r\n\r\n"},
		{"[2.1]", "plain"},
		{"[2.1.MIME]", "\r\n"},
		{"[2.2]", "<p>=C3=A4=\r\n"},
		{"[2.3]", missing},
		{"[3]", "Subject: single\r\n\r\nbody"},
		{"[3.TEXT]", "body"},
		{"[3.1]", "body"},
		{"[3.1.MIME]", "Subject: single\r\n\r\n"},
		{"[3.1.1]", missing},
		{"[3.2]", missing},
		{"[5]", missing},
	} {
		var s parser.SectionSpec
		if err := s.Decode(wire.NewDecoder([]byte(c.spec))); err != nil {
			t.Fatal(err)
		}
		section, ok := m.Section(&s)
		got := octetsOf(t, section)
		if !ok {
			got = missing
		}
		if got != c.want {
			t.Errorf("BODY%s is %q, want %q", c.spec, got, c.want)
		}
	}
}

func TestSectionOfSinglePart(t *testing.T) {
	m := New([]byte("Subject: s\n\nbody\n"))
	for path, want := range map[uint32]string{1: "body\n", 2: ""} {
		got, ok := m.Section(&parser.SectionSpec{Part: []uint32{path}})
		if octetsOf(t, got) != want || ok != (path == 1) {
			t.Errorf("BODY[%d] is %q, %v", path, octetsOf(t, got), ok)
		}
	}
	if h, _ := m.Section(&parser.SectionSpec{Specifier: parser.SpecHeader}); octetsOf(t, h) != "Subject: s\n\n" {
		t.Errorf("BODY[HEADER] is %q", octetsOf(t, h))
	}
	m = New([]byte("Subject: s\r\n"))
	if h, _ := m.Section(&parser.SectionSpec{Specifier: parser.SpecHeaderFields, Fields: []string{"subject"}}); octetsOf(t, h) != "Subject: s\r\n" {
		t.Errorf("BODY[HEADER.FIELDS (subject)] of a header without an empty line is %q", octetsOf(t, h))
	}
}

func TestPartial(t *testing.T) {
	for _, c := range []struct {
		offset, n uint64
		want      string
	}{{0, 3, "abc"}, {2, 2, "cd"}, {4, 9, "e"}, {5, 1, ""}, {9, 1, ""}, {1, 0, ""}, {1 << 63, 1 << 63, ""}, {1, 1<<64 - 1, "bcde"}} {
		if got := octetsOf(t, ownSection([]byte("abcde")).Partial(c.offset, c.n)); got != c.want {
			t.Errorf("Partial(%d, %d) is %q, want %q", c.offset, c.n, got, c.want)
		}
	}
}

func TestBinary(t *testing.T) {
	m := New([]byte(sections))
	for _, c := range []struct {
		path []uint32
		want string
		ok   bool
		err  error
	}{
		{[]uint32{1}, "one", true, nil},
		{[]uint32{2, 2}, "<p>ä", true, nil},
		{[]uint32{3}, "Subject: single\r\n\r\nbody", true, nil},
		{[]uint32{4}, "", true, ErrUnknownEncoding},
		{[]uint32{9}, "", false, nil},
		{nil, sections, true, nil},
	} {
		got, ok, err := m.Binary(c.path)
		if octetsOf(t, got) != c.want && err == nil || ok != c.ok || !errors.Is(err, c.err) {
			t.Errorf("BINARY%d is %q, %v, %v", c.path, octetsOf(t, got), ok, err)
		}
	}
}

func TestMessage(t *testing.T) {
	a, b, c := New([]byte("\r\na")), New([]byte("\r\na")), New([]byte("\r\nb"))
	if a.ID() != b.ID() || a.ID() == c.ID() || a.Size() != 3 || string(a.Raw()) != "\r\na" {
		t.Errorf("ID returns %s, %s, %s; want the first two equal; Size is %d, want 3", a.ID(), b.ID(), c.ID(), a.Size())
	}
}

func TestDecode(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "QUJD": "ABC", "QU\r\nJD\r\n": "ABC", "QUI=": "AB", "QUI": "AB", "QQ==": "A", "Q": "", "QQ==QQ==": "AA", "!QUJD!": "ABC",
	} {
		if got := decodedBy(t, "base64", in); got != want {
			t.Errorf("base64 %q is %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"": "", "a=3Db": "a=b", "a=\r\nb": "ab", "a=\nb": "ab", "a  \r\nb": "a\r\nb", "=C3=A4": "ä", "=c3=a4": "ä", "=zz=41": "=zzA", "a=": "a",
		"\xe4=": "\xe4", "=4": "=4", "a =zz \r\nb": "a =zz\r\nb",
		"\x00=41=zz=\r\n=4 \r\nb=c3=A4": "\x00A=zz=4\r\nbä",
	} {
		if got := decodedBy(t, "quoted-printable", in); got != want {
			t.Errorf("quoted-printable %q is %q, want %q", in, got, want)
		}
	}
}
