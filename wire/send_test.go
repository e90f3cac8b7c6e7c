package wire_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// Send writes a message with literals of several forms, and waits before each literal that needs a continuation
// request.
func TestSend(t *testing.T) {
	for _, tt := range []struct {
		mode  wire.Mode
		want  string
		waits int
	}{
		{wire.Mode{}, "A1 X {3}\r\nabc ~{2}\r\n\x00\n {4}\r\nbody\r\n", 3},
		{wire.Mode{LiteralPlus: true}, "A1 X {3+}\r\nabc ~{2}\r\n\x00\n {4+}\r\nbody\r\n", 1},
		{wire.Mode{LiteralPlus: true, Binary: true}, "A1 X {3+}\r\nabc ~{2+}\r\n\x00\n {4+}\r\nbody\r\n", 0},
		{wire.Mode{Server: true}, "A1 X {3}\r\nabc ~{2}\r\n\x00\n {4}\r\nbody\r\n", 0},
	} {
		for refuse := range 4 {
			d := wire.NewDecoder([]byte("{3+}\r\nabc ~{2+}\r\n\x00\n"))
			e := wire.NewEncoder(tt.mode)
			e.Raw("A1 X ").Forward(d.Literal()).SP()
			d.SP()
			e.Forward(d.Literal()).SP().Literal(4, false, strings.NewReader("body and more")).CRLF()
			var out strings.Builder
			waits := 0
			to := &wire.BackEnd{W: &out, Mode: tt.mode, Await: func() error {
				if waits++; waits > refuse {
					return wire.ErrRefused
				}
				return nil
			}}
			n, err := to.Send(e, false)
			if (err == nil) != (tt.waits <= refuse) || err != nil && err != wire.ErrRefused || int(n) != out.Len() {
				t.Errorf("%+v, refused after %d: %d, %v", tt.mode, refuse, n, err)
			}
			if err == nil && (out.String() != tt.want || waits != tt.waits) || !strings.HasPrefix(tt.want, out.String()) {
				t.Errorf("%+v, refused after %d: waited %d times, sent %q", tt.mode, refuse, waits, out.String())
			}
			if err != nil && !strings.HasSuffix(out.String(), "}\r\n") {
				t.Errorf("%+v, refused after %d: octets were sent after the header of the refused literal: %q", tt.mode, refuse, out.String())
			}
			// After a refusal, the back end accepts another command.
			if _, err := to.Send(wire.NewEncoder(tt.mode).Raw("A2 NOOP").CRLF(), false); err != nil {
				t.Error(err)
			}
		}
	}
}

// Forward keeps a literal synchronizing, even if the peer accepts non-synchronizing literals.
func TestForwardKeepsForm(t *testing.T) {
	d := wire.NewDecoder([]byte("{3}\r\nabc"))
	e := wire.NewEncoder(wire.Mode{LiteralPlus: true}).Forward(d.Literal())
	if segs := e.Segments(); len(segs) != 2 || string(segs[0].Bytes) != "{3}\r\n" || !segs[0].Wait {
		t.Errorf("%+v", segs)
	}
	// Send copies a streamed literal from the peer.
	big := strings.Repeat("x", 500)
	r, sd := commandsOf(strings.NewReader("A1 X {500+}\r\n"+big+"\r\n"), wire.Limits{Inline: 10}), new(wire.Decoder)
	next(t, r, sd)
	sd.Tag()
	sd.SP()
	sd.Atom()
	sd.SP()
	var out strings.Builder
	if _, err := wire.NewEncoder(wire.Mode{Server: true}).Raw("* X ").Forward(sd.Literal()).Send(&out, nil); err != nil || out.String() != "* X {500}\r\n"+big {
		t.Errorf("Send of a streamed literal: %v, %q", err, out.String())
	}
}

// If Send has sent only a part of a command, it sends no other command.
func TestSendTorn(t *testing.T) {
	boom := errors.New("boom")
	for name, f := range map[string]func(to *wire.BackEnd) (int64, error){
		"a body too short": func(to *wire.BackEnd) (int64, error) {
			return to.Send(wire.NewEncoder(to.Mode).Raw("A1 X ").Literal(9, false, strings.NewReader("body")).CRLF(), false)
		},
		"a wait that fails": func(to *wire.BackEnd) (int64, error) {
			to.Await = func() error { return boom }
			return to.Send(wire.NewEncoder(to.Mode).Raw("A1 X ").Literal(4, false, strings.NewReader("body")).CRLF(), false)
		},
		"a writer that fails": func(to *wire.BackEnd) (int64, error) {
			to.W = &broken{3, boom}
			return to.Send(wire.NewEncoder(to.Mode).Raw("A1 X").CRLF(), false)
		},
	} {
		to := acceptingBackEnd(io.Discard, wire.Mode{})
		to.Await = func() error { return nil }
		if _, err := f(to); err != boom && err != io.ErrUnexpectedEOF {
			t.Errorf("%s: %v, want %v or io.ErrUnexpectedEOF", name, err, boom)
		}
		if _, err := to.Send(wire.NewEncoder(wire.Mode{}).Raw("A2 NOOP").CRLF(), false); err != wire.ErrTorn {
			t.Errorf("%s: the next command: %v, want ErrTorn", name, err)
		}
	}
	// A command may be sent in parts. Before the last part, no other command is relayed.
	var out strings.Builder
	to := acceptingBackEnd(&out, wire.Mode{})
	if _, err := to.Send(wire.NewEncoder(wire.Mode{}).Raw("A1 X "), true); err != nil {
		t.Fatal(err)
	}
	if err := relayCommands(to, commandsOf(strings.NewReader("A2 NOOP\r\n"), wire.Limits{})); err != wire.ErrTorn {
		t.Error(err)
	}
	if _, err := to.Send(wire.NewEncoder(wire.Mode{}).Raw("a").CRLF(), false); err != nil || out.String() != "A1 X a\r\n" {
		t.Errorf("the last part of a command: %v, %q", err, out.String())
	}
	if _, err := to.Send(wire.NewEncoder(wire.Mode{}).Atom("a b"), false); err == nil || out.String() != "A1 X a\r\n" {
		t.Errorf("a command that cannot be encoded: %v, %q; want an error, nothing more sent", err, out.String())
	}
}

// RelayCommandAs replaces the beginning of a command, and relays the rest unchanged.
func TestRelayCommandAs(t *testing.T) {
	const in = "A1 APPEND box (\\Seen) {5+}\r\nhello {3}\r\nabc\r\n"
	for from, want := range map[int]string{
		0:                          "A1 APPEND \"my box\"A1 APPEND box (\\Seen) {5}\r\nhello {3}\r\nabc\r\n",
		len("A1 APPEND box"):       "A1 APPEND \"my box\" (\\Seen) {5}\r\nhello {3}\r\nabc\r\n",
		len("A1 APPEND box (\\Se"): "A1 APPEND \"my box\"en) {5}\r\nhello {3}\r\nabc\r\n",
	} {
		for _, most := range []int{1, 5, 100} {
			out := shortWriter{most: most}
			to := acceptingBackEnd(&out, wire.Mode{})
			r, d := commandsOf(strings.NewReader(in+"A2 NOOP\r\n"), wire.Limits{}), new(wire.Decoder)
			r.Next(d)
			err := retry(func() error { _, err := wire.RelayCommandAs(to, r, []byte("A1 APPEND \"my box\""), from); return err })
			if err != nil || out.String() != want {
				t.Errorf("from %d: %v\n got %q\nwant %q", from, err, out.String(), want)
			}
			if err := relayCommands(to, r); err != io.EOF || out.String() != want+"A2 NOOP\r\n" {
				t.Errorf("from %d, then: %v, %q", from, err, out.String())
			}
		}
	}
	for _, tt := range []struct {
		head string
		from int
	}{{"x\r\n", 0}, {"x", -1}, {"x", 100}, {"x", len("A1 APPEND box (\\Seen) {5")}, {"x\x00", 3}} {
		var out strings.Builder
		r, d := commandsOf(strings.NewReader(in), wire.Limits{}), new(wire.Decoder)
		r.Next(d)
		n, err := wire.RelayCommandAs(acceptingBackEnd(&out, wire.Mode{}), r, []byte(tt.head), tt.from)
		if n != 0 || out.Len() > 0 || !errors.As(err, new(*wire.ArgumentError)) {
			t.Errorf("%q from %d: %d, %v, %q", tt.head, tt.from, n, err, out.String())
		}
	}
}
