package wire

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// TestDetach calls Detach twice: after a message, and after a part of a literal has been read. The stream arrives in
// chunks of several sizes. The Readers together return what one Reader would have returned.
func TestDetach(t *testing.T) {
	big := strings.Repeat("0123456789", 20)
	text := "* 1 one\r\n* 2 {200}\r\n" + big + " {3}\r\nabc tail {200}\r\n" + big + " end\r\n* 3 three\r\n"
	lim := Limits{Inline: 64}
	for chunk := 1; chunk < len(text); chunk += 7 {
		for taken := 0; taken <= 200; taken += 50 {
			r := NewReader(&chunks{[]byte(text), chunk, nil}, lim)
			var d Decoder
			if err := r.Next(&d); err != nil {
				t.Fatal(err)
			}
			rest := NewReader(nil, lim)
			if err := r.Detach(rest, 1<<20); err != nil {
				t.Fatal(err)
			}
			if string(d.Raw()) != "* 1 one\r\n" {
				t.Fatalf("the detached message is %q", d.Raw())
			}
			if err := r.Next(&d); err != io.EOF {
				t.Fatalf("after the detached message: %v, want io.EOF", err)
			}
			var e Decoder
			if err := rest.Next(&e); err != nil {
				t.Fatal(err)
			}
			if err := rest.Extend(&e); err != nil || !rest.Streaming() {
				t.Fatal(err)
			}
			e.Seek(4)
			lit := e.Literal()
			if lit == nil {
				t.Fatalf("Literal: %v", e.Err())
			}
			got := make([]byte, taken)
			if _, err := io.ReadFull(lit, got); err != nil {
				t.Fatal(err)
			}
			third := NewReader(nil, lim)
			if err := rest.Detach(third, 1<<20); err != nil {
				t.Fatal(err)
			}
			var f Decoder
			if err := third.Next(&f); err != nil || string(f.Raw()) != "* 3 three\r\n" {
				t.Fatalf("the next message: %q, %v", f.Raw(), err)
			}
			more, err := io.ReadAll(lit)
			if string(got)+string(more) != big || err != nil {
				t.Fatalf("chunks of %d, %d taken: the literal is %q, %v", chunk, taken, string(got)+string(more), err)
			}
			if err := rest.Continue(&e); err != nil || !strings.HasSuffix(string(e.Raw()), "tail {200}\r\n") {
				t.Fatalf("after the literal: %q, %v", e.Raw(), err)
			}
			if err := rest.Continue(&e); err != nil || string(e.Raw()) != " end\r\n" {
				t.Fatalf("after the second literal: %q, %v", e.Raw(), err)
			}
		}
	}
}

// TestDetachCut cuts Detach short at every octet of a literal. No octet is lost, and Detach succeeds when it is called
// again.
func TestDetachCut(t *testing.T) {
	big := strings.Repeat("0123456789", 20)
	text := "* 2 {200}\r\n" + big + " end\r\n* 3 three\r\n"
	cut := errors.New("cut")
	for at := 12; at < len(text)-11; at++ {
		src := &chunks{[]byte(text), 1, map[int]error{at: cut, at + 1: cut}}
		r := NewReader(src, Limits{Inline: 64})
		var d Decoder
		if err := r.Next(&d); err != nil {
			t.Fatal(err)
		}
		if err := r.Extend(&d); err != nil {
			t.Fatal(err)
		}
		d.Seek(4)
		lit := d.Literal()
		rest := NewReader(nil, Limits{Inline: 64})
		n := 0
		for err := r.Detach(rest, 1000); err != nil; err = r.Detach(rest, 1000) {
			if n++; err != cut || n > 2 {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(lit); string(got) != big || err != nil {
			t.Fatalf("cut at %d: %q, %v", at, got, err)
		}
		if err := r.Continue(&d); err != nil || string(d.Raw()) != " end\r\n" {
			t.Fatalf("cut at %d: %q, %v", at, d.Raw(), err)
		}
		if err := rest.Next(&d); err != nil || string(d.Raw()) != "* 3 three\r\n" {
			t.Fatalf("cut at %d: %q, %v", at, d.Raw(), err)
		}
	}
}

// TestDetachLimit detaches a message with a literal over the limit of Detach. Reading the literal fails, and the Reader
// rest finds the next message.
func TestDetachLimit(t *testing.T) {
	text := "* 2 {200}\r\n" + strings.Repeat("x", 200) + " end\r\n* 3 three\r\n"
	r := NewReader(strings.NewReader(text), Limits{Inline: 64})
	var d Decoder
	r.Next(&d)
	r.Extend(&d)
	d.Seek(4)
	lit, rest := d.Literal(), NewReader(nil, Limits{Inline: 64})
	if err := r.Detach(rest, 100); err != nil {
		t.Fatal(err)
	}
	var limit *LimitError
	if got, err := io.ReadAll(lit); !errors.As(err, &limit) {
		t.Errorf("%d octets, %v", len(got), err)
	}
	if err := rest.Next(&d); err != nil || string(d.Raw()) != "* 3 three\r\n" {
		t.Errorf("the next message: %q, %v", d.Raw(), err)
	}
}

// TestDetachAfterCut cuts Extend and Continue short at every octet of a message, and then calls Detach. The detached
// message can be read to its end, and the Reader rest finds the next message.
func TestDetachAfterCut(t *testing.T) {
	big := strings.Repeat("0123456789", 10)
	text := "* 2 {100}\r\n" + big + " {3}\r\nabc {100}\r\n" + big + " {2}\r\nxy end\r\n"
	const next = "* 3 three\r\n"
	cut := errors.New("cut")
	for at := len(next) + 1; at < len(text)+len(next)-11; at++ {
		r := NewReader(&chunks{[]byte(text + next), 1, map[int]error{at: cut}}, Limits{Inline: 64})
		rest := NewReader(nil, Limits{Inline: 64})
		detached := 0
		again := func(f func() error) error {
			err := f()
			if err == cut {
				if detached++; r.Detach(rest, 1000) != nil {
					t.Fatalf("cut at %d: Detach fails, want no error", at)
				}
				err = f()
			}
			return err
		}
		var d Decoder
		if err := r.Next(&d); err != nil {
			t.Fatal(err)
		}
		err := again(func() error { return r.Extend(&d) })
		got := string(d.Raw())
		for err == nil {
			if r.Streaming() {
				d.Seek(len(d.Raw()) - len("{100}\r\n"))
				lit := d.Literal()
				again(func() error {
					b, err := io.ReadAll(lit)
					got += string(b)
					return err
				})
			}
			if err = again(func() error { return r.Continue(&d) }); err == nil {
				got += string(d.Raw())
			}
		}
		if got != text || err != io.EOF || detached != 1 {
			t.Fatalf("cut at %d: detached %d times, want once; the message is %q, then %v; want %q, then io.EOF", at, detached, got, err, text)
		}
		if err := rest.Next(&d); err != nil || string(d.Raw()) != next {
			t.Fatalf("cut at %d: the next message is %q, %v; want %q", at, d.Raw(), err, next)
		}
	}
}

// TestDetachTooLong calls Detach before or after the Reader has seen that a line of the message is longer than
// Limits.Message. It cuts the calls short at every octet. The Reader rest finds the next message.
func TestDetachTooLong(t *testing.T) {
	const next = "* 3 three\r\n"
	for _, end := range []string{" " + strings.Repeat("y", 300) + "\r\n", " " + strings.Repeat("y", 300) + " {5}\r\nab\r\nc end\r\n"} {
		text := "* 2 {100}\r\n" + strings.Repeat("x", 100) + end + next
		cut := errors.New("cut")
		for i := range 2 * (len(text) - len(next)) {
			at, early := len(next)+i/2, i%2 == 0
			r, rest := NewReader(&chunks{[]byte(text), 1, map[int]error{at: cut}}, Limits{Inline: 64, Message: 200}), NewReader(nil, Limits{})
			var d Decoder
			retry := func(f func() error) error {
				err := f()
				if err == cut {
					err = f()
				}
				return err
			}
			if err := retry(func() error { return r.Next(&d) }); err != nil {
				t.Fatal(err)
			}
			retry(func() error { return r.Extend(&d) })
			if early { // before r has seen that the line is too long
				d.Seek(4)
				if lit := d.Literal(); lit == nil || retry(func() error { return r.Detach(rest, 1000) }) != nil {
					t.Fatalf("cut at %d: no literal is found, or Detach fails", at)
				}
			}
			var limit *LimitError
			if err := retry(func() error { return r.Continue(&d) }); !errors.As(err, &limit) {
				t.Fatalf("cut at %d: got %v, want a LimitError", at, err)
			}
			if !early {
				if err := r.Detach(rest, 1000); err != nil {
					t.Fatalf("cut at %d: Detach: got %v, want no error", at, err)
				}
			}
			if err := r.Continue(&d); !errors.As(err, &limit) {
				t.Fatalf("cut at %d: a second Continue returns %v, want a LimitError", at, err)
			}
			if err := retry(func() error { return rest.Next(&d) }); err != nil || string(d.Raw()) != next {
				t.Fatalf("cut at %d: the next message is %q, %v; want %q", at, d.Raw(), err, next)
			}
			if err := r.Next(&d); err != io.EOF && !(early && errors.As(err, &limit)) {
				t.Fatalf("cut at %d: after the detached message: %v, want io.EOF", at, err)
			}
		}
	}
}

// chunks is a stream that returns b in chunks of size octets. If the field errs has an error for the number of octets
// that are left in b, Read returns that error once.
type chunks struct {
	b    []byte
	size int
	errs map[int]error
}

func (c *chunks) Read(p []byte) (int, error) {
	if err := c.errs[len(c.b)]; err != nil {
		delete(c.errs, len(c.b))
		return 0, err
	}
	if len(c.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.b[:min(c.size, len(c.b))])
	c.b = c.b[n:]
	return n, nil
}
