package parser

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/wire"
)

// readFetch reads one FETCH response.
func readFetch(t *testing.T, text string) *Fetch {
	t.Helper()
	r := NewReader(wire.NewReader(strings.NewReader(text), wire.Limits{Inline: 100}))
	resp, err := r.Next()
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	m, err := resp.Fetch()
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return m
}

// sentBytes returns what an encoder sends, bodies included.
func sentBytes(t testing.TB, e *wire.Encoder) string {
	t.Helper()
	var b strings.Builder
	for _, seg := range e.Segments() {
		b.Write(seg.Bytes)
		if seg.Body != nil {
			if _, err := io.CopyN(&b, seg.Body, seg.Size); err != nil {
				t.Fatal(err)
			}
		}
	}
	return b.String()
}

func TestFetchBothWays(t *testing.T) {
	for _, in := range []string{
		`(UID 7 FLAGS (\Seen $Work) INTERNALDATE " 1-Feb-2020 00:00:00 +0000" RFC822.SIZE 12 MODSEQ (9))`,
		`(FLAGS ())`,
		`()`,
		`(UID 7 ENVELOPE (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) X-NEW (a "b c" {2}` + "\r\nde)" + ` X-NIL NIL BINARY.SIZE[1.2] 17)`,
		"(BODY[] {5}\r\nhello BODY[1.HEADER.FIELDS (DATE)]<3> {0}\r\n BINARY[2] ~{3}\r\na\x00b BODY[3] NIL RFC822.TEXT {1}\r\nx)",
	} {
		m := readFetch(t, "* 3 FETCH "+in+"\r\n")
		for _, f := range []*Fetch{m, m.Clone()} {
			e := wire.NewEncoder(wire.Mode{Server: true, Binary: true})
			f.Encode(e)
			if got := sentBytes(t, e); got != in || e.Err() != nil {
				t.Errorf("%q is written as %q, error %v", in, got, e.Err())
			}
		}
	}
}

func TestFetchOfAServer(t *testing.T) {
	f := &Fetch{UID: 7, Flags: []Flag{FlagSeen}, Size: 9}
	f.SetRaw("EMAILID", []byte("(M1)"))
	f.AddSection("BODY", SectionSpec{Part: []uint32{1}}, []byte("hi"))
	f.AddSection("BODY", SectionSpec{Part: []uint32{2}}, nil)
	f.AddSection("BODY", SectionSpec{}, []byte(strings.Repeat("x", 5000)))
	e := wire.NewEncoder(wire.Mode{Server: true})
	f.Encode(e)
	want := "(UID 7 FLAGS (\\Seen) RFC822.SIZE 9 EMAILID (M1) BODY[1] {2}\r\nhi BODY[2] NIL BODY[] {5000}\r\n" + strings.Repeat("x", 5000) + ")"
	if got := sentBytes(t, e); got != want {
		t.Errorf("wrote %.200q, want %.200q", got, want)
	}
}

// TestFetchSetters builds one response with setters, and changes another.
func TestFetchSetters(t *testing.T) {
	write := func(f *Fetch) string {
		t.Helper()
		e := wire.NewEncoder(wire.Mode{Server: true})
		if f.Encode(e); e.Err() != nil {
			t.Error(e.Err())
		}
		return sentBytes(t, e)
	}
	f := new(Fetch)
	f.SetFlags(nil)
	f.SetUID(7)
	f.SetSize(0)
	f.SetModSeq(4)
	f.SetDate(time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC))
	f.SetRaw("X-A", nil)
	if err := f.SetEnvelope(&Envelope{Subject: []byte("s")}); err != nil {
		t.Error(err)
	}
	if err := f.SetBody(&BodyStructure{Type: "TEXT", Subtype: "PLAIN", Encoding: "7BIT"}); err != nil {
		t.Error(err)
	}
	want := `(FLAGS () UID 7 RFC822.SIZE 0 MODSEQ (4) INTERNALDATE " 1-Feb-2020 00:00:00 +0000" X-A NIL ENVELOPE (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0))`
	if got := write(f); got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
	for _, name := range []string{"FLAGS", "UID", "RFC822.SIZE", "MODSEQ", "INTERNALDATE", "X-A", "ENVELOPE", "BODY"} {
		if !f.Has(name) {
			t.Errorf("Has(%q) is false", name)
		}
	}
	m := readFetch(t, "* 1 FETCH (X-A 1 FLAGS (\\Seen) X-B 2 UID 7 ENVELOPE (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) BODY[] \"q\" X-C 3)\r\n")
	m.SetRaw("X-B", []byte("5"))
	m.SetFlags([]Flag{"$x"})
	m.Drop("X-A", "UID", "X-NONE")
	m.SetEnvelope(new(Envelope))
	want = `(FLAGS ($x) X-B 5 ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) BODY[] "q" X-C 3)`
	if got := write(m); got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
	if env := new(Envelope); m.Has("UID") || m.Has("X-A") {
		t.Error("Has is true for dropped items")
	} else if ok, err := m.Envelope(env); !ok || err != nil || env.Subject != nil {
		t.Errorf("Envelope returned %t, %v, and the old subject %q", ok, err, env.Subject)
	}
	defer func() {
		if recover() == nil {
			t.Error("SetRaw did not panic for an item that has a field")
		}
	}()
	f.SetRaw("UID", []byte("7"))
}

// TestFetchOrder writes responses whose items are in different orders.
func TestFetchOrder(t *testing.T) {
	for _, in := range []string{
		"* 3 FETCH (FLAGS (\\Seen) UID 7)",
		"* 3 FETCH (X-A 1 UID 7 BODY[1] {1}\r\na MODSEQ (5) X-B (2) RFC822.SIZE 9 BODY[2] \"b\" BINARY[3] ~{1}\r\nc FLAGS ())",
		"* 3 FETCH (BODY[0x]<1> 1 BODY[] NIL)",
		"* 7 UIDFETCH (FLAGS (\\Seen))",
		"* 7 UIDFETCH (UID 7 FLAGS ())",
		"* 3 FETCH (A 1 B 2 C 3 D 4 E 5 F 6 G 7 H 8 I 9 J 10 K 11 L 12 UID 13 FLAGS () N 16 O 17 P 18)",
	} {
		m := readFetch(t, in+"\r\n")
		for _, f := range []*Fetch{m, m.Clone()} {
			e := wire.NewEncoder(wire.Mode{Server: true, Binary: true})
			f.Encode(e)
			if got, want := sentBytes(t, e), in[strings.IndexByte(in, '('):]; got != want || e.Err() != nil {
				t.Errorf("%q is written as %q, error %v", want, got, e.Err())
			}
		}
	}
}

// TestFetchStreamed reads several large sections of one response. Slices of earlier items must stay valid, and the
// items between and after the sections must be read.
func TestFetchStreamed(t *testing.T) {
	a, b := strings.Repeat("a", 300), strings.Repeat("b", 70_000)
	m := readFetch(t, "* 3 FETCH (BODY[TEXT] {5}\r\nsmall FLAGS (\\Seen) BODY[1] {300}\r\n"+a+" X-BETWEEN (1) BODY[2] {70000}\r\n"+b+" UID 7 X-END \"z\")\r\n")
	e := wire.NewEncoder(wire.Mode{Server: true})
	if m.Encode(e); !errors.Is(e.Err(), wire.ErrLiteralOpen) {
		t.Errorf("Encode with a streamed section: error %v, want ErrLiteralOpen", e.Err())
	}
	if !m.Streaming() || m.UID != 0 || m.Flags[0] != FlagSeen {
		t.Errorf("before the streamed section, got %+v, want flags but no UID", m)
	}
	var first []byte
	var sizes []int64
	for sec, err := range m.Sections {
		if err != nil {
			t.Fatal(err)
		}
		if b, ok := sec.Bytes(); ok {
			first = b
		}
		if len(sizes) == 1 {
			// This section is read only in part.
			io.ReadFull(sec, make([]byte, 10))
		} else if n, err := io.Copy(io.Discard, sec); err != nil || n != sec.Size() {
			t.Errorf("read %d octets of %d, error %v", n, sec.Size(), err)
		}
		sizes = append(sizes, sec.Size())
	}
	if len(sizes) != 3 || sizes[1] != 300 || sizes[2] != 70_000 || m.UID != 7 || string(m.Raw("X-BETWEEN")) != "(1)" || string(m.Raw("X-END")) != `"z"` || string(first) != "small" {
		t.Errorf("read sections of the sizes %d, first %q, and then have %+v", sizes, first, m)
	}
}

// TestFraming checks that octets that cannot come after a literal are an error.
func TestFraming(t *testing.T) {
	r := NewReader(wire.NewReader(strings.NewReader("* 1 FETCH (UID 6 BODY[] {5}\r\nhello!!)\r\n"), wire.Limits{}))
	resp, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	if m, err := resp.Fetch(); !errors.Is(err, ErrFraming) || m.UID != 6 {
		t.Errorf("error %v, want ErrFraming; UID %d, want 6", err, m.UID)
	}
}
