package wire_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestStreamEnds(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want string
	}{
		{"", "EOF"},
		{"a", "unexpected EOF"},
		{"a\r", "unexpected EOF"},
		{"a\r\n", `"a\r\n" EOF`},
		{"a\n", `"a\n" EOF`},
		{"a\r\nb", `"a\r\n" unexpected EOF`},
		{"a {3}\r\n", "unexpected EOF"},
		{"a {3}\r\nabc", "unexpected EOF"},
		{"a {3}\r\nabcd", "unexpected EOF"},
		{"a {3}\r\nabc\r\n", `"a {3}\r\nabc\r\n" EOF`},
	} {
		for _, p := range pieces {
			r := wire.NewReader(p.make(tt.in), wire.Limits{})
			var d wire.Decoder
			got := ""
			for {
				err := retry(func() error { return r.Next(&d) })
				if err == nil {
					err = retry(func() error { return r.Extend(&d) })
				}
				if err != nil {
					got += err.Error()
					break
				}
				got += fmt.Sprintf("%q ", d.Raw())
			}
			if got != tt.want {
				t.Errorf("%q, %s: %s, want %s", tt.in, p.name, got, tt.want)
			}
			// Further calls also fail.
			if err := retry(func() error { return r.Next(&d) }); err == nil {
				t.Errorf("%q: Next returns no error after the end", tt.in)
			}
		}
	}
}

// A Reader returns errors of the underlying reader unchanged, and a further call goes on after them.
func TestUnderlyingErrors(t *testing.T) {
	boom := errors.New("boom")
	f := &feed{in: []byte("a\r\nb\r\n"), piece: func() int { return 4 }}
	n := 0
	f.late = func() error {
		if n++; n == 1 {
			return boom
		}
		return nil
	}
	r, d := wire.NewReader(f, wire.Limits{}), new(wire.Decoder)
	next(t, r, d)
	if err := r.Next(d); err != boom {
		t.Errorf("an error that came with octets: %v, want %v", err, boom)
	}
	if err := r.Next(d); err != nil || string(d.Raw()) != "b\r\n" {
		t.Errorf("Next after the error: %q, %v; want \"b\\r\\n\"", d.Raw(), err)
	}
	// If a time-out comes together with the last octets of a message, Next does not return it.
	n, f.in = 0, []byte("a\r\nb\r\n")
	f.late = func() error {
		if n++; n == 1 {
			return errCut
		}
		return nil
	}
	for range 2 {
		if err := r.Next(d); err != nil {
			t.Error(err)
		}
	}
	if err := wire.NewReader(nothing{}, wire.Limits{}).Next(d); err != io.ErrNoProgress {
		t.Errorf("a reader that returns no octets and no error: %v, want io.ErrNoProgress", err)
	}
	for _, n := range []lying{-1, 1 << 30} {
		if err := wire.NewReader(n, wire.Limits{}).Next(d); err == nil {
			t.Errorf("a reader that returns an impossible count, %d: no error", n)
		}
	}
	// If the stream ends within a literal, the error is io.ErrUnexpectedEOF, not io.EOF.
	r, d = reading("a {50}\r\nabc", wire.Limits{Inline: 1})
	next(t, r, d)
	d.Seek(2)
	if b, err := io.ReadAll(d.Literal()); err != io.ErrUnexpectedEOF || string(b) != "abc" {
		t.Errorf("a literal that is cut off: %q, %v; want \"abc\", io.ErrUnexpectedEOF", b, err)
	}
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }

type lying int

func (n lying) Read([]byte) (int, error)  { return int(n), nil }
func (n lying) Write([]byte) (int, error) { return int(n), nil }

func TestTake(t *testing.T) {
	r, d := reading("A1 OK begin TLS\r\n\x16\x03\x01", wire.Limits{})
	if r.Take() != nil || r.Buffered() != 0 {
		t.Error("octets are buffered before the first read")
	}
	next(t, r, d)
	if r.Buffered() != 3 {
		t.Errorf("%d octets buffered, want 3", r.Buffered())
	}
	b := r.Take()
	if string(b) != "\x16\x03\x01" || r.Buffered() != 0 {
		t.Errorf("Take returns %q and leaves %d octets, want all three", b, r.Buffered())
	}
	if err := r.Next(d); err != io.EOF {
		t.Errorf("octets that were taken are read again: %q, %v", d.Raw(), err)
	}
	if string(b) != "\x16\x03\x01" {
		t.Errorf("the octets that were taken have become %q", b)
	}
	// Take also returns the beginning of an incomplete message.
	r = wire.NewReader(cutAt("a\r\nb c\r\n", 5), wire.Limits{})
	next(t, r, d)
	if err := r.Next(d); err != errCut {
		t.Error(err)
	}
	if b := r.Take(); string(b) != "b " {
		t.Errorf("Take in a message returns %q, want \"b \"", b)
	}
}

// Join adds to a message the line that follows it.
func TestJoin(t *testing.T) {
	for _, in := range []string{
		"* 1 FETCH (\"line one\r\n line two\" {3}\r\nabc NIL)\r\n* 2 EXISTS\r\n",
		"* 1 FETCH (X {3}\r\nabc \"a\r\n\r\nb\" {2}\r\nab)\r\n* 2 EXISTS\r\n",
		"* 1 FETCH (X {30}\r\n" + strings.Repeat("x", 30) + " \"a\r\nb\")\r\n* 2 EXISTS\r\n",
		"* 1 FETCH (\"a\r\n" + strings.Repeat("b", 5000) + "\r\n\" {30}\r\n" + strings.Repeat("x", 30) + ")\r\n* 2 EXISTS\r\n",
	} {
		for _, p := range append(pieces, pieces[0]) {
			r, d := wire.NewReader(p.make(in), wire.Limits{Inline: 9}), new(wire.Decoder)
			all := ""
			if err := retry(func() error { return r.Next(d) }); err != nil {
				t.Fatal(err)
			}
			if err := retry(func() error { return r.Extend(d) }); err != nil {
				t.Fatal(err)
			}
			d.Want('*')
			for from := 1; ; {
				d.Rewind(from)
				d.SkipValues()
				if d.OpenQuote() {
					before := string(d.Raw())
					if err := retry(func() error { return r.Join(d) }); err != nil {
						t.Fatal(err)
					}
					if d.Err() == nil || !strings.HasPrefix(string(d.Raw()), before) {
						t.Fatal("Join loses the error, or shows other octets")
					}
					continue
				}
				if !r.Streaming() {
					break
				}
				all += string(d.Raw()) + strings.Repeat("x", 30)
				if err := retry(func() error { return r.Continue(d) }); err != nil {
					t.Fatal(err)
				}
				from = 0
			}
			all += string(d.Raw())
			if all+"* 2 EXISTS\r\n" != in {
				t.Fatalf("%s: %q, want %q", p.name, all, in)
			}
			if err := retry(func() error { return r.Next(d) }); err != nil || string(d.Raw()) != "* 2 EXISTS\r\n" {
				t.Fatalf("%s: the next message: %q, %v", p.name, d.Raw(), err)
			}
			if d.OpenQuote() {
				t.Error("OpenQuote() = true after Next: the error of the previous message is kept")
			}
			if err := r.Join(d); err != io.EOF {
				t.Errorf("Join after Next without Extend: %v, want io.EOF", err)
			}
			if err := retry(func() error { return r.Extend(d) }); err != nil {
				t.Fatal(err)
			}
			if err := retry(func() error { return r.Join(d) }); err != io.ErrUnexpectedEOF {
				t.Errorf("Join at the end of the stream: %v, want io.ErrUnexpectedEOF", err)
			}
		}
	}
	r, d := reading("a\r\n"+strings.Repeat("b", 100)+"\r\nc\r\n", wire.Limits{Message: 50})
	next(t, r, d)
	var limit *wire.LimitError
	if err := r.Join(d); !errors.As(err, &limit) || string(d.Raw()) != "a\r\n" {
		t.Errorf("Join of a line over the limit: %q, %v; want \"a\\r\\n\", a LimitError", d.Raw(), err)
	}
	if err := r.Join(d); !errors.As(err, &limit) {
		t.Errorf("the second Join: %v, want a LimitError", err)
	}
	if err := r.Next(d); err != nil || string(d.Raw()) != "c\r\n" {
		t.Errorf("after the line over the limit: %q, %v", d.Raw(), err)
	}
	r, d = reading("a\r\n", wire.Limits{})
	if err := r.Join(d); err != io.EOF || len(d.Raw()) != 0 {
		t.Errorf("Join before any message: %q, %v", d.Raw(), err)
	}
	next(t, r, d)
}

// Without a call of Extend, the Reader does not look for literals, because the line may end in free text, as a status
// response does.
func TestFreeText(t *testing.T) {
	const in = "* OK see {5}\r\n* 1 EXISTS\r\n"
	for _, p := range pieces {
		r, d := wire.NewReader(p.make(in), wire.Limits{}), new(wire.Decoder)
		for _, want := range []string{"* OK see {5}\r\n", "* 1 EXISTS\r\n"} {
			if err := retry(func() error { return r.Next(d) }); err != nil || string(d.Raw()) != want {
				t.Fatalf("Next: %q, %v; want %q", d.Raw(), err, want)
			}
		}
	}
}

// Extend does not change the Decoder's position in the line.
func TestExtendKeepsPosition(t *testing.T) {
	r, d := reading("* 1 FETCH (X {3}\r\nabc)\r\n", wire.Limits{})
	if err := r.Next(d); err != nil {
		t.Fatal(err)
	}
	d.Want('*')
	d.SP()
	d.Number()
	boom := errors.New("boom")
	d.Fail(boom)
	if err := r.Extend(d); err != nil || d.Err() != boom || d.Pos() != 3 {
		t.Errorf("%v, %v at %d", err, d.Err(), d.Pos())
	}
	d.Rewind(d.Pos())
	d.SP()
	if d.Name() != "FETCH" || d.Err() != nil {
		t.Error(d.Err())
	}
	if err := r.Extend(d); err != nil || d.Pos() != 9 {
		t.Errorf("the second Extend: %v at %d, want no error at 9", err, d.Pos())
	}
	if err := r.Continue(d); err != io.EOF || d.Pos() != 9 {
		t.Errorf("Continue after the message: %v at %d, want io.EOF at 9", err, d.Pos())
	}
}

// Continue completes a call of Extend that a deadline has cut short, and does not change the Decoder's position.
func TestContinueCompletesExtend(t *testing.T) {
	const first, second = "* X {30}\r\n0123456789abcdefghij0123456789\r\n", "* Y {3}\r\nabc)\r\n"
	r, d := wire.NewReader(cutAt(first+second, len(first)+10), wire.Limits{Inline: 9}), new(wire.Decoder)
	next(t, r, d)
	if err := r.Continue(d); err != nil || d.Pos() != 0 {
		t.Error(err)
	}
	if err := r.Next(d); err != nil {
		t.Error(err)
	}
	d.Seek(4)
	if err := r.Extend(d); err != errCut || string(d.Raw()) != "* Y {3}\r\n" {
		t.Errorf("Next: %q, %v; want only the first line", d.Raw(), err)
	}
	if err := r.Continue(d); err != nil || string(d.Raw()) != second || d.Pos() != 4 {
		t.Errorf("%q at %d, %v", d.Raw(), d.Pos(), err)
	}
}

func TestStreamedLiteral(t *testing.T) {
	const lit = "0123456789abcdefghij"
	in := "* X ~{20}\r\n" + lit + " Y {20+}\r\n" + lit + ")\r\n* 1 EXISTS\r\n"
	start := func() (*wire.Reader, *wire.Decoder, *wire.Literal) {
		r, d := reading(in, wire.Limits{Inline: 5})
		next(t, r, d)
		d.Seek(4)
		l := d.Literal()
		if d.Err() != nil || l.Size() != 20 || !l.Binary() || !l.Sync() || l.Left() != 20 || !r.Streaming() {
			t.Fatalf("%+v, %v", l, d.Err())
		}
		if b, ok := l.Bytes(); b != nil || ok {
			t.Fatal("a streamed literal is in memory")
		}
		return r, d, l
	}
	r, d, l := start()
	b := make([]byte, 7)
	if n, err := l.Read(nil); n != 0 || err != nil {
		t.Errorf("Read into an empty slice: %d, %v; want 0, <nil>", n, err)
	}
	for _, want := range []string{"0123456", "789abcd", "efghij"} {
		if n, err := l.Read(b); err != nil || string(b[:n]) != want {
			t.Errorf("Read: %q, %v; want %q", b[:n], err, want)
		}
	}
	if n, err := l.Read(nil); n != 0 || err != io.EOF {
		t.Errorf("Read at the end: %d, %v; want 0, io.EOF", n, err)
	}
	if err := r.Continue(d); err != nil || string(d.Raw()) != " Y {20+}\r\n" {
		t.Errorf("Continue: %q, %v; want the line after the literal", d.Raw(), err)
	}
	// The first literal is no longer valid, although another literal is being streamed.
	var out strings.Builder
	if n, err := l.Read(b); n != 0 || err != wire.ErrLiteralVoid {
		t.Errorf("Read of the first literal: %d, %v; want 0, ErrLiteralVoid", n, err)
	}
	if n, err := l.WriteTo(&out); n != 0 || err != wire.ErrLiteralVoid {
		t.Errorf("WriteTo of the first literal: %d, %v; want 0, ErrLiteralVoid", n, err)
	}
	if got, err := l.AppendTo(nil, 100); len(got) != 0 || err != wire.ErrLiteralVoid {
		t.Errorf("AppendTo of the first literal: %q, %v; want nothing, ErrLiteralVoid", got, err)
	}
	if l.Left() != 0 || l.Discard() != nil {
		t.Error("a literal that is not valid has octets left")
	}
	old := l
	d.Seek(3)
	if l = d.Literal(); l.Binary() || l.Sync() || l.Left() != 20 {
		t.Errorf("%+v", l)
	}
	if n, err := old.Read(b); n != 0 || err != wire.ErrLiteralVoid {
		t.Error("the old literal reads from the new one", n, err)
	}
	if err := l.Discard(); err != nil || l.Left() != 0 {
		t.Error(err)
	}
	if err := r.Next(d); err != nil || string(d.Raw()) != "* 1 EXISTS\r\n" {
		t.Errorf("the next message: %q, %v", d.Raw(), err)
	}

	// Each call that moves the reader past a literal makes the literal invalid, even if the call fails on the way.
	for name, leave := range map[string]func(r *wire.Reader, d *wire.Decoder) error{
		"Continue": (*wire.Reader).Continue,
		"Next":     (*wire.Reader).Next,
		"Skip":     func(r *wire.Reader, d *wire.Decoder) error { return r.Skip() },
		"Relay":    func(r *wire.Reader, d *wire.Decoder) error { _, err := wire.Relay(io.Discard, r); return err },
	} {
		for _, cut := range []int{31, 36, 45} {
			if cut == 45 && name == "Continue" {
				continue // the cut is within the next literal, which Continue does not read
			}
			r, d := wire.NewReader(cutAt(in, cut), wire.Limits{Inline: 5}), new(wire.Decoder)
			next(t, r, d)
			d.Seek(4)
			l := *d.Literal()
			if err := leave(r, d); err != errCut {
				t.Errorf("%s: %v, want errCut", name, err)
			}
			if _, err := l.Read(make([]byte, 5)); err != wire.ErrLiteralVoid {
				t.Errorf("%s cut at %d: %v", name, cut, err)
			}
		}
	}

	r, d = reading("* X {20}\n"+lit+"\n", wire.Limits{Inline: 5})
	next(t, r, d)
	d.SetRules(wire.Strict)
	d.Seek(4)
	if d.Literal(); outcome(nil, d) != "want CRLF at 8" {
		t.Error(d.Err())
	}

	_, _, l = start()
	if _, err := l.AppendTo(nil, 19); fmt.Sprint(err) != "wire: literal in memory of 20 exceeds the limit of 19" || l.Left() != 20 {
		t.Error(err)
	}
	if got, err := l.AppendTo([]byte("x"), 20); string(got) != "x"+lit || err != nil {
		t.Errorf("AppendTo: %q, %v; want \"x\" and the literal", got, err)
	}
	_, _, l = start()
	for _, n := range []lying{-1, 100} {
		if _, err := l.WriteTo(n); err == nil {
			t.Errorf("a writer that returns an impossible count, %d: no error", n)
		}
	}
	if _, err := l.WriteTo(lying(3)); err != io.ErrShortWrite || l.Left() != 17 {
		t.Errorf("a short write: %v, %d octets left; want io.ErrShortWrite, 17", err, l.Left())
	}
}

// A Literal that is used after its message returns an error, and no octets of a later message. This holds even if the
// Reader and the Decoder then serve another connection.
func TestLiteralKept(t *testing.T) {
	const in, other = "* X {5}\r\nfirst ({30}\r\n" + "a long one of thirty octets ..)\r\n", "* X {6}\r\nsecond ({30}\r\n" + "another one of thirty octets .)\r\n"
	lim := wire.Limits{Inline: 10}
	r, d := reading(in+other, lim)
	take := func() (lits []*wire.Literal) {
		next(t, r, d)
		d.Seek(4)
		lits = append(lits, d.Literal())
		d.SP()
		d.Seek(d.Pos() + 1)
		lits = append(lits, d.Literal())
		if err := d.Err(); err != nil {
			t.Fatal(err)
		}
		return lits
	}
	check := func(lits []*wire.Literal) {
		t.Helper()
		for i, l := range lits {
			var out strings.Builder
			n, err := l.Read(make([]byte, 5))
			m, toErr := l.WriteTo(&out)
			got, appendErr := l.AppendTo(nil, 100)
			if b, ok := l.Bytes(); n != 0 || m != 0 || len(got) > 0 || b != nil || ok || l.Left() != 0 {
				t.Errorf("literal %d: %d, %d, %q, %q", i, n, m, got, b)
			}
			for _, err := range []error{err, toErr, appendErr} {
				if err != wire.ErrLiteralVoid {
					t.Errorf("literal %d: %v", i, err)
				}
			}
		}
	}
	kept := take()
	second := take()
	check(kept)
	if got, err := second[0].AppendTo(nil, 100); string(got) != "second" || err != nil {
		t.Errorf("AppendTo of the second message's literal: %q, %v; want \"second\"", got, err)
	}
	r.Renew(strings.NewReader(in), lim)
	d.Reset(nil)
	check(second)
	take()
	check(kept)
	check(second)
}

func TestLiteralInMemory(t *testing.T) {
	l := wire.NewLiteral([]byte("hello"))
	b := make([]byte, 3)
	if n, err := l.Read(b); n != 3 || err != nil || l.Left() != 2 || l.Size() != 5 {
		t.Errorf("Read: %d, %v, %d octets left; want 3, <nil>, 2", n, err, l.Left())
	}
	if _, err := l.AppendTo(nil, 1); err == nil {
		t.Error("AppendTo returns more octets than its limit")
	}
	var out bytes.Buffer
	if _, err := l.WriteTo(lying(9)); err == nil {
		t.Error("a writer that returns an impossible count: no error")
	}
	if n, err := l.WriteTo(&out); n != 2 || err != nil || out.String() != "lo" {
		t.Errorf("WriteTo: %d, %v, %q; want \"lo\"", n, err, out.String())
	}
	if n, err := l.WriteTo(lying(9)); n != 0 || err != nil {
		t.Errorf("WriteTo at the end of the literal: %d, %v; want 0, <nil>", n, err)
	}
	if n, err := l.Read(b); n != 0 || err != io.EOF {
		t.Errorf("Read at the end: %d, %v; want 0, io.EOF", n, err)
	}
	if b, ok := l.Bytes(); string(b) != "hello" || !ok {
		t.Error("Bytes is not the whole literal")
	}
	l = wire.NewLiteral([]byte("hello"))
	if got, err := l.AppendTo([]byte("x"), 5); string(got) != "xhello" || err != nil || l.Left() != 0 {
		t.Errorf("AppendTo: %q, %v; want \"xhello\"", got, err)
	}
	l = wire.NewLiteral([]byte("hello"))
	if l.Discard() != nil || l.Left() != 0 {
		t.Errorf("Discard leaves %d octets, or fails", l.Left())
	}
}
