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
