package parser

import (
	"errors"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestRelayAppend relays APPEND and REPLACE to a mailbox with another name. Messages and parts are of all kinds, in
// memory and streamed.
func TestRelayAppend(t *testing.T) {
	big := strings.Repeat("0123456789", 20000)
	for in, want := range map[string]string{
		"A1 APPEND {3+}\nbox (\\Seen) {5+}\nhello\n":                                                           "A1 APPEND p/box (\\Seen) {5}\nhello\n",
		"A1 APPEND box {200000+}\n" + big + "\n":                                                               "A1 APPEND p/box {200000}\n" + big + "\n",
		"A1 APPEND box (\\Seen) {3+}\nabc (\\Draft a) \" 7-Feb-1994 22:43:04 -0800\" {200000+}\n" + big + "\n": "A1 APPEND p/box (\\Seen) {3}\nabc (\\Draft a) \" 7-Feb-1994 22:43:04 -0800\" {200000}\n" + big + "\n",
		"A1 APPEND box CATENATE (URL \"/x;uid=1\" TEXT {200000+}\n" + big + " TEXT {2+}\nab URL /y)\n":         "A1 APPEND p/box CATENATE (URL /x;uid=1 TEXT {200000}\n" + big + " TEXT {2}\nab URL /y)\n",
		"A1 APPEND box UTF8 (~{2+}\nab) UTF8 (~{200000+}\n" + big + ")\n":                                      "A1 APPEND p/box UTF8 (~{2}\nab) UTF8 (~{200000}\n" + big + ")\n",
		"A1 UID REPLACE 7 box (\\Seen) {200000+}\n" + big + "\n":                                               "A1 UID REPLACE 7 p/box (\\Seen) {200000}\n" + big + "\n",
		"A1 REPLACE * box CATENATE (TEXT {1+}\na)\n":                                                           "A1 REPLACE * p/box CATENATE (TEXT {1}\na)\n",
	} {
		var out strings.Builder
		to := &wire.BackEnd{W: &out, Await: func() error { return nil }}
		r := commandsOf(in + "A2 NOOP\n")
		if err := relayAppend(r, to); err != nil || out.String() != crlf(want) {
			t.Errorf("%.80q: error %v, the back end got %.200q", in, err, out.String())
		}
		if h, err := r.Next(); err != nil || string(h.Tag) != "A2" {
			t.Errorf("%.80q: then read %v, error %v, want the command A2", in, h, err)
		}
		// In each iteration, the back end refuses another literal of the command.
		for refuse := range strings.Count(want, "}\n") {
			out.Reset()
			n := 0
			to := &wire.BackEnd{W: &out, Await: func() error {
				if n++; n > refuse {
					return wire.ErrRefused
				}
				return nil
			}}
			r := commandsOf(in + "A2 NOOP\n")
			if err := relayAppend(r, to); !errors.Is(err, wire.ErrRefused) || !strings.HasPrefix(crlf(want), out.String()) || !strings.HasSuffix(out.String(), "}\r\n") {
				t.Errorf("%.80q, literal %d refused: error %v, the back end got %.200q", in, refuse, err, out.String())
			}
			out.Reset()
			if h, err := r.NextHead(); err != nil || string(h.Tag) != "A2" {
				t.Errorf("%.80q, literal %d refused: then read %v, error %v, want the command A2", in, refuse, h, err)
			}
			if _, err := r.Relay(to); err != nil || out.String() != "A2 NOOP\r\n" {
				t.Errorf("%.80q, literal %d refused: then relayed %q, error %v, want A2 NOOP", in, refuse, out.String(), err)
			}
		}
	}
	// Nothing of a bad command is sent to the back end, unless a part before the error was streamed. In that case, the
	// next Relay fails with ErrTorn.
	for in, torn := range map[string]bool{"A1 APPEND box {1+}\na x\n": false, "A1 APPEND box {200000+}\n" + big + " x\n": true} {
		var out strings.Builder
		to := &wire.BackEnd{W: &out, Await: func() error { return nil }}
		r := commandsOf(in + "A2 NOOP\n")
		err := relayAppend(r, to)
		if bad := (*BadCommand)(nil); !errors.As(err, &bad) || (out.Len() > 0) != torn {
			t.Errorf("%.80q: error %v, want a BadCommand; the back end got %.100q", in, err, out.String())
		}
		r.NextHead()
		if _, err := r.Relay(to); (err == wire.ErrTorn) != torn {
			t.Errorf("%.80q: the next Relay returned %v, want ErrTorn: %t", in, err, torn)
		}
	}
}

// relayAppend relays the next command, which is APPEND or REPLACE.
func relayAppend(r *CommandReader, to *wire.BackEnd) error {
	if _, err := r.Next(); err != nil {
		return err
	}
	if r.Head().Name == "REPLACE" {
		var a ReplaceArgs
		if err := a.Decode(r); err != nil {
			return err
		}
		a.Mailbox = append([]byte("p/"), a.Mailbox...)
		return a.Relay(to)
	}
	var a AppendArgs
	if err := a.Decode(r); err != nil {
		return err
	}
	for name := range MailboxNames(&a) {
		*name = append([]byte("p/"), *name...)
	}
	return a.Relay(to)
}

// TestRelayAs relays an APPEND to a mailbox with another name, and decodes nothing after the name.
func TestRelayAs(t *testing.T) {
	r := NewCommandReader(wireReader("A1 append box (\\Seen) {5}\r\nhello\r\n"))
	r.OnLiteral(func(*LiteralRequest) error {
		t.Error("the client was asked for the literal before the back end was")
		return nil
	})
	if _, err := r.NextHead(); err != nil {
		t.Fatal(err)
	}
	d := r.Decoder()
	e := wire.NewEncoder(wire.Mode{})
	e.RawBytes(r.Head().Tag).SP().Raw(r.Head().String()).SP().AStringBytes(append([]byte("p "), d.AString()...))
	var out strings.Builder
	said := ""
	to := &wire.BackEnd{W: &out, Await: func() error { said += "+"; return nil }, Invite: func() error { said += "go on"; return nil }}
	if _, err := r.RelayAs(to, e.Bytes(), d.Pos()); err != nil || out.String() != "A1 APPEND \"p box\" (\\Seen) {5}\r\nhello\r\n" || said != "+go on" {
		t.Errorf("error %v, the back end got %q, Await and Invite were called in the order %q", err, out.String(), said)
	}
}
