package wire_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// lines are seeds for the fuzz tests: lines that servers and clients send.
var lines = []string{
	"* CAPABILITY IMAP4rev2 STARTTLS AUTH=GSSAPI\r\n",
	"* LIST (\\Marked \\NoInferiors) \"/\" \"inbox\"\r\n",
	"* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)\r\n",
	"* ESEARCH (TAG \"A285\") UID MIN 7 MAX 3800 COUNT 3\r\n",
	"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n",
	"* 23 FETCH (FLAGS (\\Seen) RFC822.SIZE 44827 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\r\n",
	"* 12 FETCH (BODY[HEADER.FIELDS (DATE \"X Y\")]<0> {5}\r\nab\r\nc UID 7)\r\n",
	"* 12 FETCH (ENVELOPE (\"Wed, 17 Jul 1996\" \"a \\\"b\\\" c\" ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) NIL NIL NIL NIL NIL NIL \"<B27397-0100000@cac.washington.edu>\"))\r\n",
	"A003 APPEND saved-messages (\\Seen) {310+}\r\n",
	"a1 LOGIN {5}\r\nalice \"se\\\\cret\"\r\n",
	"* 1 FETCH (BINARY[1] ~{4}\r\n\x00\r\n\xff)\r\n",
}

func FuzzReader(f *testing.F) {
	for _, in := range transcripts {
		for _, steps := range sequences {
			f.Add([]byte(in), []byte(steps), uint64(1), uint8(0))
			f.Add([]byte(in), []byte(steps), uint64(2), uint8(0x85))
			f.Add([]byte(in), []byte(steps), uint64(3), uint8(0x40))
		}
	}
	f.Fuzz(func(t *testing.T, in, steps []byte, seed uint64, how uint8) {
		lim := wire.Limits{Message: 20 + int(how%8)*30, Inline: 1 + int(how/2%8)*8, Literal: 1 + int64(how%16)*200}
		o := &oracle{in: string(in), lim: lim}
		if how >= 128 {
			o.ask = func(size int64, sync bool) error {
				if size%3 == int64(how%4) {
					return errRefused
				}
				return nil
			}
		}
		rnd := rand.New(rand.NewPCG(seed, 0))
		feed := randomFeed(o.in, rnd, 1+int(seed%97))
		r := wire.NewReader(feed, lim)
		r.Lean(how&0x40 != 0)
		play(t, r, steps, o)
	})
}

// tokens has the Decoder's methods that FuzzDecoder calls.
var tokens = []func(d, sub *wire.Decoder) []byte{
	func(d, _ *wire.Decoder) []byte { return d.Atom() },
	func(d, _ *wire.Decoder) []byte { return d.AString() },
	func(d, _ *wire.Decoder) []byte { return d.NString() },
	func(d, _ *wire.Decoder) []byte { return d.String() },
	func(d, _ *wire.Decoder) []byte { return d.Quoted() },
	func(d, _ *wire.Decoder) []byte { return d.ListMailbox() },
	func(d, _ *wire.Decoder) []byte { return d.Tag() },
	func(d, _ *wire.Decoder) []byte { return d.Flag() },
	func(d, _ *wire.Decoder) []byte { return d.Text() },
	func(d, _ *wire.Decoder) []byte { return d.TextUntil(']') },
	func(d, _ *wire.Decoder) []byte { return d.Value() },
	func(d, _ *wire.Decoder) []byte { d.SP(); return nil },
	func(d, _ *wire.Decoder) []byte { d.GotSP(); return nil },
	func(d, _ *wire.Decoder) []byte { d.CRLF(); return nil },
	func(d, _ *wire.Decoder) []byte { d.Number(); return nil },
	func(d, _ *wire.Decoder) []byte { d.Number64(); return nil },
	func(d, _ *wire.Decoder) []byte { d.NzNumber(); return nil },
	func(d, _ *wire.Decoder) []byte { d.Nil(); return nil },
	func(d, _ *wire.Decoder) []byte { d.Got('('); return nil },
	func(d, _ *wire.Decoder) []byte { d.Want(')'); return nil },
	func(d, _ *wire.Decoder) []byte { d.Name(); return nil },
	func(d, _ *wire.Decoder) []byte { d.Rewind(d.Pos()); return nil },
	func(d, _ *wire.Decoder) []byte { d.Seek(d.Pos() + 1); return nil },
	func(d, _ *wire.Decoder) []byte { d.SkipValues(); return nil },
	func(d, _ *wire.Decoder) []byte { d.AtEnd(); return nil },
	func(d, _ *wire.Decoder) []byte {
		if l := d.NLiteral(); l != nil {
			if b, ok := l.Bytes(); ok {
				return b
			}
		}
		return nil
	},
	func(d, sub *wire.Decoder) []byte {
		d.Sub(sub, d.Value())
		for range sub.List {
			sub.AString()
		}
		return nil
	},
	func(d, _ *wire.Decoder) []byte {
		for range d.List {
			d.NString()
		}
		return nil
	},
}

func FuzzDecoder(f *testing.F) {
	for i, in := range lines {
		f.Add([]byte(in), []byte{0, 11, byte(i), 11, 27, 21, 10}, uint64(1<<64-1))
		f.Add([]byte(in), []byte{22, 22, 23}, uint64(0))
	}
	f.Fuzz(func(t *testing.T, in, do []byte, rules uint64) {
		do = do[:min(len(do), 200)]
		before := string(in)
		d, sub := wire.NewDecoder(in[:len(in):len(in)]), new(wire.Decoder)
		d.SetRules(wire.Rules(rules))
		var lent []loan
		n := allocated(func() {
			for _, op := range do {
				failed, pos := d.Err(), d.Pos()
				b := tokens[int(op)%len(tokens)](d, sub)
				if failed != nil && d.Err() == failed && (d.Pos() != pos && int(op)%len(tokens) != 22 || b != nil) {
					t.Fatalf("operation %d takes or returns octets after a failure: %q", op, b)
				}
				if d.Err() != nil && b != nil {
					t.Fatalf("operation %d returns %q and fails with %v", op, b, d.Err())
				}
				if d.Pos() < 0 || d.Pos() > len(in) || len(b) > len(in) || cap(b) != len(b) {
					t.Fatalf("operation %d: at %d of %d, %q", op, d.Pos(), len(in), b)
				}
				var syn *wire.SyntaxError
				if errors.As(d.Err(), &syn) && (syn.Offset != int64(d.Pos()) && int(op)%len(tokens) != 22 && failed == nil || !strings.Contains(before, string(syn.Got))) {
					t.Fatalf("operation %d: %+v at %d", op, syn, d.Pos())
				}
				if b != nil {
					lent = append(lent, loan{b, string(b)})
				}
			}
		})
		for _, l := range lent {
			if string(l.b) != l.s {
				t.Fatalf("%q has become %q", l.s, l.b)
			}
		}
		if string(in) != before {
			t.Fatal("the input has changed")
		}
		if rules == 0 && d.Used() != 0 {
			t.Fatalf("a decoder without rules has used the rules %x", d.Used())
		}
		// The limit grows with the number of operations. The test copies each slice that it borrows, and each operation
		// may allocate an error or a string without escapes.
		if most := 100<<10 + len(do)*(4*len(in)+1000); n > most {
			t.Fatalf("%d bytes allocated for an input of %d octets, want at most %d", n, len(in), most)
		}
	})
}

// FuzzEncoder encodes strings in every mode, and reads the output as the receiving server or client would.
func FuzzEncoder(f *testing.F) {
	for _, s := range []string{"", "INBOX", "NIL", "a b", `a"b\`, "a\r\nb", "ü", "\xff", "a\x00b", "{5}", "{5+}\r\n", "~{1}", "(", ")", "]", "%*", "\\Seen", strings.Repeat("x", 5000)} {
		f.Add(s, "x", "{5}", uint64(12))
		f.Add("x", s, s, uint64(0))
	}
	f.Fuzz(func(t *testing.T, a, b, c string, n uint64) {
		for _, mode := range modes() {
			e := wire.NewEncoder(mode)
			e.Raw("A1").SP().AString(a).SP().String(b).SP().Byte('(').ListMailbox(c).SP().NString([]byte(a)).SP().NString(nil).Byte(')')
			e.SP().Secret(b).SP().Number64(n).SP().Literal(int64(len(c)), mode.Binary, strings.NewReader(c)).SP().AStringBytes([]byte(c))
			e.CRLF()
			// NUL needs a literal8, and a client's astring cannot be one.
			nul := strings.ContainsRune(b, 0) && !mode.Binary || strings.ContainsRune(a+c, 0) && !(mode.Binary && mode.Server)
			if nul != (e.Err() != nil) {
				t.Fatalf("%+v: %v", mode, e.Err())
			}
			if nul {
				continue
			}
			var out []byte
			for _, seg := range e.Segments() {
				if mode.Server && seg.Wait || (seg.Wait || seg.Body != nil) && !bytes.HasSuffix(seg.Bytes, []byte("}\r\n")) {
					t.Fatalf("%+v: the sender waits, or sends a body, after %q", mode, seg.Bytes)
				}
				if out = append(out, seg.Bytes...); seg.Body != nil {
					body, _ := io.ReadAll(seg.Body)
					out = append(out, body...)
				}
			}
			r := wire.NewReader(bytes.NewReader(out), wire.Limits{})
			if !mode.Server {
				r.OnLiteral(func(size int64, sync bool) error {
					if !sync && !mode.LiteralPlus && !(mode.LiteralMinus && size <= 4096) {
						t.Fatalf("%+v: a literal of %d octets does not wait for a continuation request", mode, size)
					}
					return nil
				})
			}
			var got []string
			var d wire.Decoder
			d.SetRules(wire.Strict)
			take := func() {
				if l := d.NLiteral(); l != nil {
					s, err := l.AppendTo(nil, 1<<30)
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, string(s))
				} else if d.Err() == nil {
					got = append(got, "NIL")
				}
				if r.Streaming() {
					if err := r.Continue(&d); err != nil {
						t.Fatal(err)
					}
				}
			}
			next(t, r, &d)
			d.Tag()
			d.SP()
			if c := d.Peek(); c == '"' || c == '{' || c == '~' && bytes.HasPrefix(d.Rest(), []byte("~{")) {
				take()
			} else {
				got = append(got, string(d.AString()))
			}
			d.SP()
			take()
			d.SP()
			d.Want('(')
			if c := d.Peek(); c == '"' || c == '{' || c == '~' && bytes.HasPrefix(d.Rest(), []byte("~{")) {
				take()
			} else {
				got = append(got, string(d.ListMailbox()))
			}
			d.SP()
			take()
			d.SP()
			take()
			d.Want(')')
			d.SP()
			take()
			d.SP()
			num := d.Number64()
			d.SP()
			take()
			d.SP()
			if c := d.Peek(); c == '"' || c == '{' || c == '~' && bytes.HasPrefix(d.Rest(), []byte("~{")) {
				take()
			} else {
				got = append(got, string(d.AString()))
			}
			d.CRLF()
			if want := []string{a, b, c, a, "NIL", b, c, c}; d.Err() != nil || num != n || !slices.Equal(got, want) {
				t.Fatalf("%+v: %v\ngot  %q, %d\nwant %q, %d\nsent %q", mode, d.Err(), got, num, want, n, out)
			}
			if err := r.Next(&d); err != io.EOF {
				t.Fatalf("%+v: after the message: %q, %v; want io.EOF\nsent %q", mode, d.Raw(), err, out)
			}
		}
	})
}

func FuzzRelay(f *testing.F) {
	for _, in := range transcripts {
		f.Add([]byte(in), uint64(1))
	}
	for _, in := range lines {
		f.Add([]byte(in), uint64(2))
	}
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		lim := wire.Limits{Message: 1 << 20, Inline: 1 + int(seed%50), Literal: 1 << 30}
		out := shortWriter{most: 1 + int(seed/64%100)}
		err := relayAll(t, &out, wire.NewReader(randomFeed(string(in), rnd, 1+int(seed%97)), lim))
		got := out.String()
		if err == io.EOF && got != string(in) || !strings.HasPrefix(string(in), got) {
			t.Fatalf("%v\ngot  %q\nwant %q", err, got, in)
		}
		// RelayRun also relays the stream unchanged, with calls of Next and Relay between calls of RelayRun.
		byRuns := shortWriter{most: out.most}
		err2 := runAll(&byRuns, wire.NewReader(randomFeed(string(in), rnd, 1+int(seed%97)), lim))
		if got := byRuns.String(); err2 == io.EOF && got != string(in) || !strings.HasPrefix(string(in), got) {
			t.Fatalf("by runs: %v\ngot  %q\nwant %q", err2, got, in)
		}
		// The output may be incomplete only if the stream ends within a message, or a limit is exceeded.
		if err != io.EOF && err != io.ErrUnexpectedEOF && !errors.As(err, new(*wire.LimitError)) {
			t.Fatal(err)
		}
	})
}
