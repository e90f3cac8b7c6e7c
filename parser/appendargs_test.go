package parser

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/wire"
)

// octets is a reader of n octets. It does not hold them in memory.
type octets struct{ n int64 }

func (o *octets) Read(p []byte) (int, error) {
	if o.n == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), o.n))
	for i := range p[:n] {
		p[i] = 'x'
	}
	o.n -= int64(n)
	return n, nil
}

func TestAppendStreams(t *testing.T) {
	const size = 64 << 20
	in := io.MultiReader(strings.NewReader("A1 APPEND box (\\Seen) {67108864}\r\n"), &octets{size},
		strings.NewReader(" (\\Draft) {67108864+}\r\n"), &octets{size}, strings.NewReader("\r\nA2 NOOP\r\n"))
	r := NewCommandReader(wire.NewReader(in, wire.Limits{}))
	r.OnLiteral(accept)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var total int64
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	var a AppendArgs
	if err := a.Decode(r); err != nil {
		t.Fatal(err)
	}
	var flags []Flag
	for m, err := range a.Messages {
		if err != nil {
			t.Fatal(err)
		}
		flags = append(flags, m.Flags...)
		for p, err := range m.Parts {
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, p.Body)
			if err != nil || n != p.Size {
				t.Fatalf("read %d octets of %d, error %v", n, p.Size, err)
			}
			total += n
		}
	}
	if len(flags) != 2 || flags[0] != FlagSeen || flags[1] != FlagDraft || string(a.Mailbox) != "box" {
		t.Errorf("flags %q and mailbox %q, want \\Seen, \\Draft and box", flags, a.Mailbox)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; total != 2*size || n > 256<<10 {
		t.Errorf("%d octets were read, want %d; %d bytes were allocated, want at most %d", total, 2*size, n, 256<<10)
	}
	if h, err := r.Next(); err != nil || string(h.Tag) != "A2" {
		t.Errorf("then read %v, error %v, want the command A2", h, err)
	}
}

func TestAppendLeavesUnread(t *testing.T) {
	text := "A1 APPEND box {30+}\n" + strings.Repeat("0123456789", 3) + " (\\Seen) CATENATE (TEXT {12+}\n0123456789ab TEXT {11+}\nabcdefghijk) {3+}\nxyz\nA2 NOOP\n"
	open := func() (*CommandReader, *AppendArgs) {
		r := NewCommandReader(wire.NewReader(strings.NewReader(crlf(text)), wire.Limits{Inline: 10}))
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		a := new(AppendArgs)
		if err := a.Decode(r); err != nil {
			t.Fatal(err)
		}
		return r, a
	}
	next := func(r *CommandReader) {
		t.Helper()
		if h, err := r.Next(); err != nil || string(h.Tag) != "A2" {
			t.Errorf("then read %v, error %v, want the command A2", h, err)
		}
	}
	t.Run("no part", func(t *testing.T) {
		r, a := open()
		n := 0
		for _, err := range a.Messages {
			if n++; err != nil {
				t.Fatal(err)
			}
		}
		if n != 3 {
			t.Errorf("read %d messages, want 3", n)
		}
		next(r)
	})
	t.Run("break in a part", func(t *testing.T) {
		r, a := open()
		for m := range a.Messages {
			if !m.Catenate {
				continue
			}
			for p := range m.Parts {
				io.ReadFull(p.Body, make([]byte, 3))
				break
			}
			break
		}
		next(r)
	})
	t.Run("no message", func(t *testing.T) {
		r, _ := open()
		next(r)
	})
	t.Run("two octets of each part", func(t *testing.T) {
		r, a := open()
		var got []byte
		for m := range a.Messages {
			for p := range m.Parts {
				b := make([]byte, 2)
				io.ReadFull(p.Body, b)
				got = append(got, b...)
			}
		}
		if want := "0101abxy"; string(got) != want {
			t.Errorf("read %q, want %q", got, want)
		}
		next(r)
	})
}

func TestAppendCutShort(t *testing.T) {
	// A deadline interrupts the loop over Messages before nearly every octet. The second call of Messages continues it.
	r := NewCommandReader(wire.NewReader(&hiccup{b: []byte("A1 APPEND box {3}\r\nabc {4}\r\ndefg\r\n")}, wire.Limits{Inline: 1}))
	r.OnLiteral(accept)
	for {
		if _, err := r.Next(); err == nil {
			break
		}
	}
	var a AppendArgs
	if err := a.Decode(r); err != nil {
		t.Fatal(err)
	}
	var sizes []int64
	for rounds := 0; ; rounds++ {
		cutShort := false
		for m, err := range a.Messages {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				cutShort = true
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for p, err := range m.Parts {
				if err != nil {
					cutShort = true
					break
				}
				sizes = append(sizes, p.Size)
			}
		}
		if !cutShort {
			break
		}
		if rounds > 1000 {
			t.Fatal("the loop did not end after 1000 deadlines")
		}
	}
	if len(sizes) != 2 || sizes[0] != 3 || sizes[1] != 4 {
		t.Errorf("read parts of %d octets, want 3 and 4", sizes)
	}
}

func TestAppendEncode(t *testing.T) {
	zone := time.FixedZone("", -8*3600)
	body := func(s string) AppendPart { return AppendPart{Size: int64(len(s)), Body: strings.NewReader(s)} }
	for _, tt := range []struct {
		name  string
		m     AppendMessage
		parts []AppendPart
		want  string
	}{
		{"bare", AppendMessage{}, []AppendPart{body("abc")}, " {3}\r\nabc"},
		{"no flags", AppendMessage{Flags: []Flag{}}, []AppendPart{body("")}, " () {0}\r\n"},
		{"all", AppendMessage{
			Flags: []Flag{FlagSeen, "x"}, Date: time.Date(1994, 2, 7, 21, 52, 25, 0, zone),
			Annotations: []EntryAtt{{"/comment", []AttValue{{"value.priv", []byte("x")}, {"value.shared", nil}}}},
		}, []AppendPart{body("abc")}, ` (\Seen x) " 7-Feb-1994 21:52:25 -0800" ANNOTATION (/comment (value.priv "x" value.shared NIL)) {3}` + "\r\nabc"},
		{"catenate", AppendMessage{Catenate: true}, []AppendPart{{URL: "imap://x/;a b"}, body("a"), {UTF8: true, Size: 1, Body: strings.NewReader("b")}},
			" CATENATE (URL \"imap://x/;a b\" TEXT {1}\r\na UTF8 (~{1}\r\nb))"},
		{"no part", AppendMessage{}, nil, "append-data is not one literal"},
		{"two parts", AppendMessage{}, []AppendPart{body("a"), body("b")}, "append-data is not one literal"},
		{"URL without CATENATE", AppendMessage{}, []AppendPart{{URL: "x"}}, "append-data is not one literal"},
		{"not a flag", AppendMessage{Flags: []Flag{"a b"}}, []AppendPart{body("a")}, `flag "a b" is not a flag`},
		{"a year of five digits", AppendMessage{Date: time.Date(12345, 1, 1, 0, 0, 0, 0, zone)}, []AppendPart{body("a")}, "four digits"},
	} {
		e := wire.NewEncoder(clientMode)
		tt.m.Encode(e, tt.parts...)
		var b bytes.Buffer
		for _, s := range e.Segments() {
			b.Write(s.Bytes)
			if s.Body != nil {
				io.Copy(&b, s.Body)
			}
		}
		if e.Err() != nil {
			if !strings.Contains(e.Err().Error(), tt.want) {
				t.Errorf("%s: error %v, want %q", tt.name, e.Err(), tt.want)
			}
		} else if b.String() != tt.want {
			t.Errorf("%s: wrote %q, want %q", tt.name, b.String(), tt.want)
		}
	}
}
