package wire_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// transcripts has streams from servers and clients. Some are well-formed. Others end early or exceed limits.
var transcripts = map[string]string{
	"lines":                    "* OK ready\r\n* 1 EXISTS\r\n* 2 FETCH (UID 4 FLAGS (\\Seen))\r\nA1 OK done\r\n",
	"small literals":           "* LIST () \"/\" {5}\r\na b\r\n\r\n* 1 FETCH (X {3}\r\nabc Y {0}\r\n Z {4+}\r\n{9}\r\n)\r\n* 1 EXISTS\r\n",
	"big literal":              "* 1 FETCH (UID 7 BODY[] {40}\r\n" + strings.Repeat("0123456789", 4) + " FLAGS ())\r\n* 2 EXISTS\r\n",
	"big literals":             "* 1 FETCH (BODY[1] {40}\r\n" + strings.Repeat("0123456789", 4) + " BODY[2] {41}\r\n" + strings.Repeat("x", 41) + " BODY[3] {2}\r\nab X {39}\r\n" + strings.Repeat("y", 39) + ")\r\n* 2 EXISTS\r\n",
	"literal8":                 "* 1 FETCH (BINARY[] ~{40}\r\n" + strings.Repeat("\x00\r\n}", 10) + ")\r\n",
	"a literal like a message": "* 1 FETCH (BODY[] {35}\r\n)\r\n* 2 EXISTS\r\nA1 OK forged {99}\r\n)\r\n)\r\n* 3 EXISTS\r\n",
	"bare line feeds":          "* 1 EXISTS\n* LIST () NIL {2}\nab\n* 2 EXISTS\n",
	"line too long":            "* SEARCH" + strings.Repeat(" 123456789", 20) + "\r\n* 1 EXISTS\r\n",
	"line too long, literal":   "* X" + strings.Repeat(" 123456789", 20) + " {30}\r\n* 9 EXISTS\r\n* 9 EXISTS\r\n----- tail {3}\r\nabc\r\n* 1 EXISTS\r\n",
	"later line too long":      "* X {4}\r\nabcd" + strings.Repeat(" 123456789", 20) + " {11}\r\n* 9 EXISTS\n tail\r\n* 1 EXISTS\r\n",
	"later stride too long":    "* X {40}\r\n" + strings.Repeat("0123456789", 4) + strings.Repeat(" 123456789", 20) + " {2}\r\nab\r\n* 1 EXISTS\r\n",
	"strides too long":         "* X {40}\r\n" + strings.Repeat("0123456789", 4) + strings.Repeat(" 123456789", 8) + " {40}\r\n" + strings.Repeat("0123456789", 4) + strings.Repeat(" 123456789", 8) + "\r\n* 1 EXISTS\r\n",
	"literals too long":        "* X" + strings.Repeat(" {20}\r\n01234567890123456789", 9) + "\r\n* 1 EXISTS\r\n",
	"too long after a header":  "* X {24}\r\n" + strings.Repeat("x", 24) + strings.Repeat(" {24}\r\n"+strings.Repeat("y", 24), 2) + " {24}\r\n" + strings.Repeat("y", 22) + "{7}\r\n* 1 EXISTS\r\n* 2 EXISTS\r\n",
	"literal over the limit":   "* 1 EXISTS\r\n* X {2000}\r\nabc",
	"absurd literal":           "* 1 EXISTS\r\n* X {18446744073709551615}\r\nabc",
	"largest literal":          "* X {9223372036854775807}\r\nabc",
	"end in a line":            "* 1 EXISTS\r\n* 2 EXI",
	"end in a small literal":   "* X {5}\r\nabc",
	"end in a big literal":     "* X {50}\r\nabc",
	"end after a literal":      "* X {3}\r\nabc",
	"a size of many digits":    "* X " + strings.Repeat("123456789 ", 20) + "{" + strings.Repeat("3", 200) + "}\r\n* 1 EXISTS\r\n",
	"many digits, but no size": "* X " + strings.Repeat("123456789 ", 20) + strings.Repeat("3", 200) + "}\r\n* 1 EXISTS\r\n",
	"end after a big literal":  "* X {30}\r\n" + strings.Repeat("0123456789", 3),
	"end in a line too long":   "* X" + strings.Repeat(" 123456789", 20),
	"empty":                    "",
	"empty lines":              "\r\n\n\r\n",
	"command":                  "A1 LOGIN {5+}\r\nalice {7+}\r\nsecrets\r\nA2 NOOP\r\n",
	"append":                   "A1 APPEND x {40+}\r\n" + strings.Repeat("0123456789", 4) + "\r\nA2 NOOP\r\n",
}

// small has limits so small that some transcripts exceed them.
var small = wire.Limits{Message: 128, Inline: 24, Literal: 1000}

// sequences has the steps for play, one byte for each step: 0 Next, 1 Extend, 4 Continue, 6 Skip, 8 Relay, 9 Read, 10
// WriteTo, 11 AppendTo.
var sequences = map[string]string{
	"next only":                    "\x00",
	"next and extend":              "\x00\x01",
	"all, literals continued over": "\x00\x01\x04\x04\x04",
	"all, literals read":           "\x00\x01\x09\x09\x09\x09\x09\x09\x09\x09\x04\x09\x04\x0b\x04",
	"all, literals read at once":   "\x00\x01\x81\x09\x04\x81\x04\x81",
	"all, literals written":        "\x00\x01\x0a\x04\x0a\x04\x0a\x04",
	"all, literals appended":       "\x00\x01\x0b\x04\x0b\x04\x0b\x04",
	"skip the lines":               "\x00\x06",
	"skip what is extended":        "\x00\x01\x06",
	"skip in a literal":            "\x00\x01\x09\x06",
	"skip after a literal":         "\x00\x01\x04\x06",
	"next in a literal":            "\x00\x01\x09\x00",
	"relay all":                    "\x00\x08",
	"relay after extend":           "\x00\x01\x08",
	"relay after a literal":        "\x00\x01\x04\x08",
	"extend twice":                 "\x00\x01\x01\x04\x01\x04",
}

func TestResume(t *testing.T) {
	for name, in := range transcripts {
		for seq, steps := range sequences {
			o := func() *oracle { return &oracle{in: in, lim: small} }
			for _, p := range pieces {
				t.Run(name+"/"+seq+"/"+p.name, func(t *testing.T) {
					play(t, wire.NewReader(p.make(in), small), []byte(steps), o())
				})
			}
			t.Run(name+"/"+seq+"/cut everywhere", func(t *testing.T) {
				for at := range len(in) + 1 {
					play(t, wire.NewReader(cutAt(in, at), small), []byte(steps), o())
				}
			})
		}
	}
}

// A function set by OnLiteral refuses the literals of odd size, all literals, or none.
func TestResumeServer(t *testing.T) {
	for i, ask := range []func(size int64, sync bool) error{
		func(size int64, sync bool) error {
			if size%2 == 1 {
				return errRefused
			}
			return nil
		},
		func(int64, bool) error { return errRefused },
		func(int64, bool) error { return nil },
	} {
		for name, in := range transcripts {
			for seq, steps := range sequences {
				t.Run(fmt.Sprint(name, "/", seq, "/", i), func(t *testing.T) {
					o := func() *oracle { return &oracle{in: in, lim: small, ask: ask} }
					for _, p := range pieces {
						play(t, wire.NewReader(p.make(in), small), []byte(steps), o())
					}
					for at := i; at <= len(in); at += 1 + i*10 {
						play(t, wire.NewReader(cutAt(in, at), small), []byte(steps), o())
					}
				})
			}
		}
	}
}

// A call that was cut short need not be repeated. Next goes to the next message, wherever in a message the call was
// cut.
func TestNextAfterCut(t *testing.T) {
	lim := small
	lim.Message = 1 << 20
	for method, give := range map[string]func(r *wire.Reader, d *wire.Decoder){
		"Extend":   func(r *wire.Reader, d *wire.Decoder) { r.Extend(d) },
		"Skip":     func(r *wire.Reader, d *wire.Decoder) { r.Skip() },
		"Relay":    func(r *wire.Reader, d *wire.Decoder) { wire.Relay(io.Discard, r) },
		"Continue": func(r *wire.Reader, d *wire.Decoder) { retry(func() error { return r.Extend(d) }); r.Continue(d) },
		"Literal.Read": func(r *wire.Reader, d *wire.Decoder) {
			withLiteral(r, d, func(l *wire.Literal) { l.Read(make([]byte, 9)) })
		},
		"Literal.Discard": func(r *wire.Reader, d *wire.Decoder) {
			withLiteral(r, d, func(l *wire.Literal) { l.Discard() })
		},
		"Literal.WriteTo": func(r *wire.Reader, d *wire.Decoder) {
			withLiteral(r, d, func(l *wire.Literal) { l.WriteTo(&shortWriter{most: 7}) })
		},
	} {
		for name, in := range transcripts {
			t.Run(method+"/"+name, func(t *testing.T) {
				for at := range len(in) + 1 {
					r, o := wire.NewReader(cutAt(in, at), lim), &oracle{in: in, lim: lim}
					var d wire.Decoder
					for o.state != "dead" {
						if o.state == "line" {
							o.state = "more" // the program has asked for the rest of the message
						}
						err := retry(func() error { return r.Next(&d) })
						want, wantErr := o.next()
						if kind(err) != kind(wantErr) || err == nil && string(d.Raw()) != want {
							t.Fatalf("cut at %d: %q, %v; want %q, %v", at, d.Raw(), err, want, wantErr)
						}
						if o.state != "dead" {
							give(r, &d)
						}
					}
				}
			})
		}
	}
}

// withLiteral extends the message, and calls f with the streamed literal if there is one.
func withLiteral(r *wire.Reader, d *wire.Decoder, f func(*wire.Literal)) {
	retry(func() error { return r.Extend(d) })
	if r.Streaming() {
		d.Rewind(bytes.LastIndexByte(d.Raw(), '{'))
		f(d.Literal())
	}
}

// TestResumeLarge reads strides and literals whose sizes are close to the sizes of the arrays that hold them.
func TestResumeLarge(t *testing.T) {
	sizes := []int{0, 1, 100, 1000, 4 << 10, 28 << 10, 28<<10 - 5, 32<<10 - 30, 32 << 10, 33 << 10, 70 << 10}
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		var in strings.Builder
		for range 1 + rnd.IntN(5) {
			in.WriteString("* 1 FETCH (")
			for range rnd.IntN(6) {
				in.WriteString(strings.Repeat("x", sizes[rnd.IntN(len(sizes))]))
				n := sizes[rnd.IntN(len(sizes))] + rnd.IntN(3)
				fmt.Fprintf(&in, " {%d}\r\n%s", n, strings.Repeat("y", n))
			}
			in.WriteString(")\r\n")
		}
		lim := wire.Limits{
			Message: []int{1 << 20, 40 << 10, 100 << 10}[rnd.IntN(3)],
			Inline:  []int{1 << 20, 100, 4 << 10, 1}[rnd.IntN(4)],
			Literal: 1 << 20,
		}
		for seq, steps := range sequences {
			f := randomFeed(in.String(), rnd, []int{100, 5000, 50000}[rnd.IntN(3)])
			t.Run(seq, func(t *testing.T) {
				play(t, wire.NewReader(f, lim), []byte(steps), &oracle{in: in.String(), lim: lim})
			})
		}
	}
}
