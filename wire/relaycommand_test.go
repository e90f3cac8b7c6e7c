package wire_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// commandsOf returns a Reader that reads commands from in and accepts every literal.
func commandsOf(in io.Reader, lim wire.Limits) *wire.Reader {
	r := wire.NewReader(in, lim)
	r.OnLiteral(func(int64, bool) error { return nil })
	return r
}

// acceptingBackEnd returns a back end that accepts every literal. Await and Invite fail with errCut at every other
// call, as if a deadline had cut the call short.
func acceptingBackEnd(w io.Writer, mode wire.Mode) *wire.BackEnd {
	n := 0
	cut := func() error {
		if n++; n%2 == 1 {
			return errCut
		}
		return nil
	}
	return &wire.BackEnd{W: w, Mode: mode, Await: cut, Invite: cut}
}

// relayCommands relays all commands of r. It repeats each call that fails with errCut.
func relayCommands(to *wire.BackEnd, r *wire.Reader) error {
	var d wire.Decoder
	for {
		if err := retry(func() error { return r.Next(&d) }); err != nil {
			return err
		}
		if err := retry(func() error { _, err := wire.RelayCommand(to, r); return err }); err != nil {
			return err
		}
	}
}

// RelayCommand changes the form of a literal to one that the back end knows, and line ends to CRLF. It changes nothing
// else.
func TestRelayCommandForms(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, tt := range []struct {
		name, in, want string
		mode           wire.Mode
	}{
		{"no literal", "A1 NOOP\r\n", "A1 NOOP\r\n", wire.Mode{}},
		{"bare LF", "A1 NOOP\nA2 NOOP\r\n\nA3 X\n", "A1 NOOP\r\nA2 NOOP\r\n\r\nA3 X\r\n", wire.Mode{}},
		{"bare LF after a header", "A1 X {3+}\na\nb {1}\n\n\n", "A1 X {3}\r\na\nb {1}\r\n\n\r\n", wire.Mode{}},
		{"synchronizing", "A1 X {3}\r\nabc ({3}\r\nd\r\n)\r\n", "A1 X {3}\r\nabc ({3}\r\nd\r\n)\r\n", wire.Mode{LiteralPlus: true}},
		{"non-synchronizing", "A1 X {3+}\r\nabc {0+}\r\n\r\n", "A1 X {3+}\r\nabc {0+}\r\n\r\n", wire.Mode{LiteralPlus: true}},
		{"non-synchronizing, to a server without LITERAL+", "A1 X {3+}\r\nabc {0+}\r\n\r\n", "A1 X {3}\r\nabc {0}\r\n\r\n", wire.Mode{}},
		{"non-synchronizing, to a server with LITERAL-", "A1 X {3+}\r\nabc {5000+}\r\n" + long + "\r\n", "A1 X {3+}\r\nabc {5000}\r\n" + long + "\r\n", wire.Mode{LiteralMinus: true}},
		{"literal8", "A1 X ~{3+}\r\na\x00c\r\n", "A1 X ~{3+}\r\na\x00c\r\n", wire.Mode{LiteralPlus: true, Binary: true}},
		{"literal8, to a server without BINARY", "A1 X ~{3+}\r\na\x00c\r\n", "A1 X ~{3}\r\na\x00c\r\n", wire.Mode{LiteralPlus: true}},
		{"leading zeros", "A1 X {0003}\r\nabc\r\nA2 X {0003+}\r\nabc\r\n", "A1 X {0003}\r\nabc\r\nA2 X {3}\r\nabc\r\n", wire.Mode{}},
		{"braces in quotes", "A1 X \"{3}\" \"a\\\"{\"\r\n", "A1 X \"{3}\" \"a\\\"{\"\r\n", wire.Mode{}},
		{"all octets in a literal", "A1 X {9+}\r\n\x00\r\n\r\"{3}\n\r\n", "A1 X {9}\r\n\x00\r\n\r\"{3}\n\r\n", wire.Mode{}},
	} {
		for _, p := range pieces {
			for _, most := range []int{1, 3, 1000} {
				out := shortWriter{most: most}
				err := relayCommands(acceptingBackEnd(&out, tt.mode), commandsOf(p.make(tt.in), wire.Limits{Inline: 2}))
				if err != io.EOF || out.String() != tt.want {
					t.Errorf("%s, %s, %d at a time: %v\n got %q\nwant %q", tt.name, p.name, most, err, out.String(), tt.want)
				}
			}
		}
	}
}

// RelayCommand does not send a line in which the back end might find a literal where RelayCommand finds none, or none
// where RelayCommand finds one.
func TestRelayCommandRefuses(t *testing.T) {
	for _, bad := range []string{
		"A1 X \"a\r\n", "A1 X \"a {3}\r\nabc\r\n", "A1 X \"a{30+}\r\n" + strings.Repeat("x", 30) + "\r\n",
		"A1 X {3 }\r\n", "A1 X {+3}\r\n", "A1 X {3}}\r\n", "A1 X {{3}\r\n", "A1 X a{3}\r\n", "A1 X {a}\r\n", "A1 X {3} x\r\n", "A1 X {3 +}\r\n",
		"A1 X {\r\n", "{3}\r\n", "A1 X \"a\"{3}\r\n", "A1 X ~ {a\r\n", "A1 X a~{3}\r\n", "A1 X \"a\\\"\r\n",
		"A1 X\rA2 DELETE x\r\n", "A1 X \"a\rb\"\r\n", "A1 X \"\\\r\"\r\n", "A1 X\x00\r\n", "A1 X\r\r\n", "A1 X {3}\r\r\n",
		"A1 X {99}\r\n", "A1 X {9223372036854775808}\r\n",
	} {
		var out strings.Builder
		to := acceptingBackEnd(&out, wire.Mode{LiteralPlus: true})
		r, d := commandsOf(strings.NewReader(bad+"A2 NOOP\r\n"), wire.Limits{Literal: 50}), new(wire.Decoder)
		if err := r.Next(d); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			n, err := wire.RelayCommand(to, r)
			if n != 0 || out.Len() > 0 || !errors.As(err, new(*wire.SyntaxError)) && !errors.As(err, new(*wire.LimitError)) {
				t.Errorf("%q: %d, %v, %q; want a SyntaxError or LimitError, and nothing sent", bad, n, err, out.String())
			}
		}
		// The next command is relayed.
		if err := relayCommands(to, r); err != io.EOF || !strings.HasSuffix(out.String(), "A2 NOOP\r\n") || strings.Contains(out.String(), "DELETE") {
			t.Errorf("after %q: %v, %q", bad, err, out.String())
		}
		// If such a line comes after a literal of the command, the client's stream ends, and RelayCommand sends the
		// back end no other command.
		out.Reset()
		to = acceptingBackEnd(&out, wire.Mode{LiteralPlus: true})
		tail, _ := strings.CutPrefix(bad, "A1 X")
		r = commandsOf(strings.NewReader("A1 X {1+}\r\na"+tail+"A2 NOOP\r\n"), wire.Limits{Literal: 50})
		err := relayCommands(to, r)
		if tail == bad { // bad is "{3}", with no beginning of a command to remove
			continue
		}
		if out.String() != "A1 X {1+}\r\na" || r.Err() != err || err == nil || err == io.EOF {
			t.Errorf("%q after a literal: %v, %q", tail, err, out.String())
		}
		if r.Next(d) != err {
			t.Errorf("after %q: Next does not return the error that ended the stream", bad)
		}
		r = commandsOf(strings.NewReader("A2 NOOP\r\n"), wire.Limits{})
		if err := relayCommands(to, r); err != wire.ErrTorn {
			t.Errorf("after %q: another command: %v, want ErrTorn", tail, err)
		}
	}
}

// RelayCommand does not relay a command if the program has already read one of its literals. It does not relay
// responses either.
func TestRelayCommandTooLate(t *testing.T) {
	const in = "A1 NOOP\r\nA2 X {1}\r\na {40}\r\n0123456789012345678901234567890123456789\r\nA3 X {1}\r\na\r\n"
	r, d := commandsOf(strings.NewReader(in), wire.Limits{Inline: 20}), new(wire.Decoder)
	for i, want := range []error{nil, wire.ErrTaken, wire.ErrTaken} {
		var out strings.Builder
		next(t, r, d)
		n, err := wire.RelayCommand(acceptingBackEnd(&out, wire.Mode{}), r)
		if err != want || int(n) != out.Len() || (n > 0) != (err == nil) {
			t.Errorf("command %d: %d, %v, %q", i, n, err, out.String())
		}
	}
	f := cutAt(in, len("A1 NOOP\r\nA2 X {1}\r\n"))
	r = commandsOf(f, wire.Limits{})
	next(t, r, d)
	r.Next(d)
	if err := r.Extend(d); err != errCut {
		t.Fatal(err)
	}
	if _, err := wire.RelayCommand(acceptingBackEnd(io.Discard, wire.Mode{}), r); err != wire.ErrTaken {
		t.Error("after the client was asked for a literal:", err, "want ErrTaken")
	}
	// A command that is being relayed cannot be read.
	r = commandsOf(strings.NewReader(in), wire.Limits{})
	next(t, r, d)
	r.Next(d)
	if _, err := wire.RelayCommand(acceptingBackEnd(io.Discard, wire.Mode{}), r); err != errCut {
		t.Fatal(err)
	}
	if r.Extend(d) == nil || r.Continue(d) == nil {
		t.Error("Extend or Continue reads a command that is being relayed")
	}
	// A reader of responses does not relay commands, and a reader of commands does not relay responses.
	r = wire.NewReader(strings.NewReader(in), wire.Limits{})
	r.Next(d)
	if n, err := wire.RelayCommand(acceptingBackEnd(io.Discard, wire.Mode{}), r); n != 0 || err == nil {
		t.Errorf("RelayCommand of a response: %d, %v; want 0, an error", n, err)
	}
	r = commandsOf(strings.NewReader(in), wire.Limits{})
	r.Next(d)
	if n, err := wire.Relay(io.Discard, r); n != 0 || err == nil {
		t.Errorf("Relay of a command: %d, %v; want 0, an error", n, err)
	}
}

// A BackEnd without Await or Invite accepts commands that need neither. For any other command, RelayCommand returns an
// error and sends nothing.
func TestRelayCommandWithout(t *testing.T) {
	ok := func() error { return nil }
	for name, to := range map[string]*wire.BackEnd{
		"neither":   {},
		"no Await":  {Invite: ok},
		"no Invite": {Await: ok, Mode: wire.Mode{LiteralPlus: true}},
	} {
		var out strings.Builder
		to.W = &out
		r, d := commandsOf(strings.NewReader("A1 X\r\nA2 X {3}\r\nA3 X\r\n"), wire.Limits{}), new(wire.Decoder)
		for i, want := range []string{"A1 X\r\n", "A1 X\r\n", "A1 X\r\nA3 X\r\n"} {
			if err := r.Next(d); err != nil {
				t.Fatal(err)
			}
			n, err := wire.RelayCommand(to, r)
			if _, again := wire.RelayCommand(to, r); again != err || (err != nil) != (i == 1) || err != nil && n != 0 || out.String() != want {
				t.Errorf("%s, command %d: %d, %v, %v, %q", name, i, n, err, again, out.String())
			}
		}
		// If RelayCommand has already sent a part of the command, the error ends the stream.
		out.Reset()
		to.Mode.LiteralPlus = true
		r = commandsOf(strings.NewReader("A4 X {1+}\r\na {3}\r\n"), wire.Limits{})
		if err := r.Next(d); err != nil {
			t.Fatal(err)
		}
		if _, err := wire.RelayCommand(to, r); err == nil || r.Err() != err || out.String() != "A4 X {1+}\r\na" {
			t.Errorf("%s: %v, Err() = %v, %q; want the same error, and a part of the command", name, err, r.Err(), out.String())
		}
	}
	var out strings.Builder
	to := &wire.BackEnd{W: &out}
	e := wire.NewEncoder(wire.Mode{}).Raw("A1 X ").Literal(3, false, strings.NewReader("abc")).CRLF()
	if _, err := e.Send(&out, nil); err == nil || out.Len() > 0 {
		t.Errorf("Encoder.Send without a function that waits: %v, %q; want an error, nothing sent", err, out.String())
	}
	if _, err := to.Send(e, false); err == nil || out.Len() > 0 {
		t.Errorf("BackEnd.Send without Await: %v, %q; want an error, nothing sent", err, out.String())
	}
	if _, err := to.Send(wire.NewEncoder(wire.Mode{}).Raw("A2 X").CRLF(), false); err != nil || out.String() != "A2 X\r\n" {
		t.Errorf("BackEnd.Send of a command without literals: %v, %q", err, out.String())
	}
}

// If the client disconnects in the middle of a command, or the proxy does not relay the rest of it, nothing more is
// sent to the back end.
func TestRelayCommandTorn(t *testing.T) {
	const in = "A1 X {5+}\r\nabcde (\r\nA2 NOOP\r\n"
	for at := 1; at < len("A1 X {5+}\r\nabcde (\r\n"); at++ {
		var out strings.Builder
		to := acceptingBackEnd(&out, wire.Mode{})
		if err := relayCommands(to, commandsOf(strings.NewReader(in[:at]), wire.Limits{})); err != io.ErrUnexpectedEOF {
			t.Fatalf("cut off at %d: %v", at, err)
		}
		sent := out.String()
		err := relayCommands(to, commandsOf(strings.NewReader("A2 NOOP\r\n"), wire.Limits{}))
		if want := error(wire.ErrTorn); (sent == "") != (err == io.EOF) || sent != "" && (err != want || out.String() != sent) {
			t.Errorf("cut off at %d: %v, %q", at, err, out.String())
		}
	}
	var out strings.Builder
	to := acceptingBackEnd(&out, wire.Mode{})
	r, d := commandsOf(strings.NewReader(in), wire.Limits{}), new(wire.Decoder)
	r.Next(d)
	if _, err := wire.RelayCommand(to, r); err != errCut {
		t.Fatal(err)
	}
	if err := relayCommands(to, r); err != wire.ErrTorn || out.String() != "A1 X {5}\r\n" {
		t.Errorf("the next command: %v, %q; want ErrTorn, nothing more sent", err, out.String())
	}
}
