package wire_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// Builds with the race detector overwrite borrowed memory that is no longer valid. Other builds do not.
func TestPoison(t *testing.T) {
	const text = "something to keep"
	long := strings.Repeat("y", 40<<10)
	in := "A \"" + text + "\" {3}\r\n" + text[:3] + "\r\nnext\r\n"
	big := "A " + text + " {100}\r\n" + strings.Repeat("x", 100) + " {100}\r\n" + strings.Repeat("x", 100) + "\r\nnext\r\n"
	start := func(in string) (*wire.Reader, *wire.Decoder, []byte) {
		r, d := reading(in, wire.Limits{Inline: 50})
		next(t, r, d)
		return r, d, d.Raw()[2:10]
	}
	for name, f := range map[string]func() []byte{
		"Next": func() []byte {
			r, d, b := start(in)
			r.Next(d)
			return b
		},
		"Next after Skip": func() []byte {
			r, d, b := start(big)
			r.Skip()
			r.Next(d)
			return b
		},
		"Skip": func() []byte {
			r, _, b := start(big)
			r.Skip()
			return b
		},
		"Relay": func() []byte {
			r, _, b := start(big)
			wire.Relay(io.Discard, r)
			return b
		},
		"Next after Continue": func() []byte {
			r, d, b := start(big)
			r.Continue(d)
			r.Continue(d)
			r.Next(d)
			return b
		},
		"an array that is full": func() []byte {
			r, d, b := start("A " + long + " {40000}\r\n" + long[:40000] + " {100}\r\n" + long[:100] + "\r\nnext\r\n")
			r.Continue(d)
			r.Next(d)
			return b
		},
		"Extend that moves the line": func() []byte {
			r, d := reading("A "+text+" {40000}\r\n"+long[:40000]+"\r\nnext\r\n", wire.Limits{})
			r.Next(d)
			b := d.Raw()[2:10]
			r.Extend(d)
			return b
		},
		"a long line after others": func() []byte {
			r, d := reading("first\r\nA "+text+long+"\r\nnext\r\n", wire.Limits{})
			next(t, r, d)
			next(t, r, d)
			b := d.Raw()[2:10]
			r.Next(d)
			return b
		},
		"what was unescaped": func() []byte {
			r, d := reading("\"a\\\"bcdefg\"\r\nnext\r\n", wire.Limits{})
			next(t, r, d)
			b := d.Quoted()
			r.Next(d)
			return b
		},
		"Reset": func() []byte {
			d := wire.NewDecoder([]byte("\"a\\\"bcdefg\"\r\nnext\r\n"))
			b := d.Quoted()
			d.Reset(nil)
			return b
		},
		"Encoder.Reset": func() []byte {
			e := wire.NewEncoder(wire.Mode{})
			b := e.Raw("abcdefgh").Segments()[0].Bytes
			e.Reset(wire.Mode{})
			return b
		},
	} {
		b := string(f())
		if void := strings.Count(b, "#") == len(b); void != race {
			t.Errorf("%s: overwritten: %v, want %v: %q", name, void, race, b)
		}
	}
}

// The earlier strides of a message do not change until the next message, whatever the size of its strides and literals.
func TestEarlierStridesStay(t *testing.T) {
	for _, size := range []int{100, 5000, 28 << 10, 40 << 10, 200 << 10} {
		for _, lit := range []int{100, 5000, 28 << 10, 40 << 10, 200 << 10} {
			x, y := strings.Repeat("x", size), strings.Repeat("y", lit)
			var in strings.Builder
			for i := range 9 {
				fmt.Fprintf(&in, "%d%s {%d}\r\n%s", i, x, lit, y)
			}
			in.WriteString("\r\nnext\r\n")
			f := &feed{in: []byte(in.String()), piece: func() int { return 10000 }}
			r, d := wire.NewReader(f, wire.Limits{Inline: 50}), new(wire.Decoder)
			next(t, r, d)
			lent := []loan{{d.Raw(), string(d.Raw())}}
			for i := 0; r.Streaming(); i++ {
				d.Seek(bytes.LastIndexByte(d.Raw(), '{'))
				switch l := d.Literal(); i % 3 {
				case 0:
					l.WriteTo(io.Discard)
				case 1:
					l.Read(make([]byte, 10))
				}
				if err := r.Continue(d); err != nil {
					t.Fatal(err)
				}
				lent = append(lent, loan{d.Raw(), string(d.Raw())})
			}
			if len(lent) != 10 {
				t.Errorf("%d strides, want 10", len(lent))
			}
			for i, l := range lent {
				if string(l.b) != l.s || i < 9 && l.s[0] != '0'+byte(i) {
					t.Errorf("size %d, literal %d: stride %d has changed", size, lit, i)
				}
			}
			if err := r.Next(d); err != nil || string(d.Raw()) != "next\r\n" {
				t.Errorf("the next message: %q, %v", d.Raw(), err)
			}
		}
	}
}
