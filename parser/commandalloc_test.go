package parser

import (
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// forever is a reader that repeats a text.
type forever struct {
	text string
	at   int
}

func (f *forever) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		m := copy(p[n:], f.text[f.at:])
		n += m
		if f.at += m; f.at == len(f.text) {
			f.at = 0
		}
	}
	return n, nil
}

func TestCommandAllocs(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want float64
	}{
		{"A1 NOOP\r\n", 0},
		// For the next three commands, Decode allocates memory for the ranges of the set.
		{"A1 UID FETCH 1:* (FLAGS UID BODY.PEEK[1.2.HEADER.FIELDS (DATE FROM)]<0.100>) (CHANGEDSINCE 5)\r\n", 1},
		{"A1 FETCH 1 ALL\r\n", 1},
		{"A1 STORE 1:5 +FLAGS.SILENT (\\Seen $Junk custom)\r\n", 1},
		{"A1 SELECT INBOX (CONDSTORE)\r\n", 0},
		{"A1 STATUS INBOX (MESSAGES UIDNEXT)\r\n", 0},
		{"A1 SEARCH RETURN (COUNT) UNSEEN\r\n", 0},
	} {
		r := NewCommandReader(wire.NewReader(&forever{text: tt.in}, wire.Limits{}))
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		a := NewArgs(h.Name)
		if err := r.Decode(a); err != nil {
			t.Fatal(err)
		}
		got := testing.AllocsPerRun(200, func() {
			r.Next()
			if err := r.Decode(a); err != nil {
				t.Fatal(err)
			}
		})
		if got > tt.want && !poisons {
			t.Errorf("%s: %v allocations, want %v", strings.TrimSpace(tt.in), got, tt.want)
		}
	}
}

func TestSectionSpecAllocs(t *testing.T) {
	in := []byte("[1.2.HEADER.FIELDS (DATE FROM)]")
	var s SectionSpec
	d := wire.NewDecoder(in)
	if n := testing.AllocsPerRun(100, func() { d.Reset(in); s.Decode(d) }); n != 0 && !poisons {
		t.Errorf("%v allocations in decoding a section again, want 0", n)
	}
}

func BenchmarkCommand(b *testing.B) {
	for name, text := range map[string]string{
		"noop":   "A1 NOOP\r\n",
		"fetch":  "A1 UID FETCH 1:100 (UID FLAGS BODY.PEEK[HEADER.FIELDS (DATE FROM)])\r\n",
		"search": "A1 UID SEARCH RETURN (ALL) OR FROM fred SUBJECT \"hello world\" SINCE 1-Jan-2020\r\n",
	} {
		b.Run(name, func(b *testing.B) {
			r := NewCommandReader(wire.NewReader(&forever{text: text}, wire.Limits{}))
			h, err := r.Next()
			if err != nil {
				b.Fatal(err)
			}
			a := NewArgs(h.Name)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Next(); err != nil {
					b.Fatal(err)
				}
				if err := r.Decode(a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	const size = 1 << 20
	text := "A1 APPEND box {1048576+}\r\n" + strings.Repeat("x", size) + "\r\n"
	r := NewCommandReader(wire.NewReader(&forever{text: text}, wire.Limits{}))
	b.SetBytes(size)
	b.ReportAllocs()
	var a AppendArgs
	for b.Loop() {
		if _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
		if err := a.Decode(r); err != nil {
			b.Fatal(err)
		}
		for m, err := range a.Messages {
			if err != nil {
				b.Fatal(err)
			}
			for p := range m.Parts {
				io.Copy(io.Discard, p.Body)
			}
		}
	}
}
