package wire_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// server reads commands like a server that accepts literals of up to max octets. It returns a log of the continuation
// requests, the commands and the refusals.
func server(t *testing.T, in io.Reader, lim wire.Limits, max int64) (log []string) {
	t.Helper()
	r, d := wire.NewReader(in, lim), new(wire.Decoder)
	tooBig := errors.New("TOOBIG")
	r.OnLiteral(func(size int64, sync bool) error {
		if size > max {
			return tooBig
		}
		if sync {
			log = append(log, "+")
		}
		return nil
	})
	for {
		if err := retry(func() error { return r.Next(d) }); err != nil {
			return append(log, err.Error())
		}
		tag := string(d.Tag())
		err := retry(func() error { return r.Extend(d) })
		for {
			if err == tooBig || errors.As(err, new(*wire.LimitError)) {
				log = append(log, fmt.Sprintf("%s NO", tag))
				break
			} else if err != nil {
				return append(log, err.Error())
			}
			words := []string{}
			for d.GotSP() {
				if l := streamed(d); l != nil {
					words = append(words, fmt.Sprintf("<%d>", l.Size()))
					continue
				}
				words = append(words, string(d.AString()))
			}
			log = append(log, fmt.Sprintf("%s %q", tag, words))
			if !r.Streaming() {
				if d.CRLF(); d.Err() != nil {
					log = append(log, d.Err().Error())
				}
				break
			}
			err = retry(func() error { return r.Continue(d) })
		}
	}
}

func streamed(d *wire.Decoder) *wire.Literal {
	if d.AtStreamed() {
		return d.Literal()
	}
	return nil
}

func TestServerLiterals(t *testing.T) {
	lim := wire.Limits{Inline: 20, Literal: 200, Message: 100}
	x30, x50 := strings.Repeat("x", 30), strings.Repeat("x", 50)
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"no literal", "A1 NOOP\r\n", []string{`A1 ["NOOP"]`, "EOF"}},
		{"synchronizing", "A1 LOGIN {5}\r\nalice {2}\r\npw\r\nA2 NOOP\r\n", []string{"+", "+", `A1 ["LOGIN" "alice" "pw"]`, `A2 ["NOOP"]`, "EOF"}},
		{"non-synchronizing", "A1 LOGIN {5+}\r\nalice {2+}\r\npw\r\nA2 NOOP\r\n", []string{`A1 ["LOGIN" "alice" "pw"]`, `A2 ["NOOP"]`, "EOF"}},
		{"mixed", "A1 LOGIN {5+}\r\nalice {2}\r\npw\r\n", []string{"+", `A1 ["LOGIN" "alice" "pw"]`, "EOF"}},
		{"empty", "A1 LOGIN {0}\r\n {0+}\r\n\r\n", []string{"+", `A1 ["LOGIN" "" ""]`, "EOF"}},
		{"streamed", "A1 APPEND {30}\r\n" + x30 + " {30+}\r\n" + x30 + " x\r\nA2 NOOP\r\n",
			[]string{"+", `A1 ["APPEND" "<30>"]`, `A1 ["<30>"]`, `A1 ["x"]`, `A2 ["NOOP"]`, "EOF"}},
		{"refused, synchronizing: the client does not send it", "A1 APPEND {50}\r\nA2 NOOP\r\n", []string{"A1 NO", `A2 ["NOOP"]`, "EOF"}},
		{"refused, non-synchronizing: the client sends it anyway", "A1 APPEND {50+}\r\n" + x50 + "\r\nA2 NOOP\r\n", []string{"A1 NO", `A2 ["NOOP"]`, "EOF"}},
		{"refused, with more after it", "A1 APPEND {50+}\r\n" + x50 + " {4+}\r\nA3 x\r\nA2 NOOP\r\n", []string{"A1 NO", `A2 ["NOOP"]`, "EOF"}},
		{"refused, with a synchronizing literal after it", "A1 APPEND {50+}\r\n" + x50 + " {4}\r\nA2 NOOP\r\n", []string{"A1 NO", `A2 ["NOOP"]`, "EOF"}},
		{"second literal refused, synchronizing", "A1 LOGIN {5+}\r\nalice {50}\r\nA2 NOOP\r\n", []string{"A1 NO", `A2 ["NOOP"]`, "EOF"}},
		{"second literal refused, non-synchronizing", "A1 LOGIN {5+}\r\nalice {50+}\r\n" + x50 + "\r\nA2 NOOP\r\n", []string{"A1 NO", `A2 ["NOOP"]`, "EOF"}},
		{"refused in a later stride", "A1 APPEND {30+}\r\n" + x30 + " {50+}\r\n" + x50 + "\r\nA2 NOOP\r\n", []string{`A1 ["APPEND" "<30>"]`, "A1 NO", `A2 ["NOOP"]`, "EOF"}},
		{"refused in a later stride, synchronizing", "A1 APPEND {30+}\r\n" + x30 + " {50}\r\nA2 NOOP\r\n", []string{`A1 ["APPEND" "<30>"]`, "A1 NO", `A2 ["NOOP"]`, "EOF"}},
		{"over Limits.Literal, synchronizing", "A1 APPEND {201}\r\nA2 NOOP\r\n", []string{"A1 NO", `A2 ["NOOP"]`, "EOF"}},
		{"size of more than 63 bits, synchronizing", "A1 APPEND {18446744073709551615}\r\nA2 NOOP\r\n", []string{"A1 NO", `A2 ["NOOP"]`, "EOF"}},
		{"over Limits.Literal, non-synchronizing", "A1 APPEND {201+}\r\nA2 NOOP\r\n", []string{"A1 NO", "wire: literal of 201 exceeds the limit of 200"}},
		{"line over the limit after a synchronizing literal", "A1 X {1}\r\ny " + x50 + x50 + " {7}\r\nA2 NOOP\r\n", []string{"+", "A1 NO", `A2 ["NOOP"]`, "EOF"}},
		{"line over the limit, with a non-synchronizing literal after it", "A1 X {1}\r\ny " + x50 + x50 + " {9+}\r\nA2 EVIL\r\n\r\nA3 NOOP\r\n", []string{"+", "A1 NO", `A3 ["NOOP"]`, "EOF"}},
		// The octets of a refused literal are not lexed, even if they look like commands.
		{"injection", "A1 LOGIN {50+}\r\nu p\r\nEVIL NOOP\r\n" + strings.Repeat("EVIL DELETE x\r\n", 9)[:34] + "\r\nA2 NOOP\r\n", []string{"A1 NO", `A2 ["NOOP"]`, "EOF"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, p := range pieces {
				if got := server(t, p.make(tt.in), lim, 40); !slices.Equal(got, tt.want) {
					t.Errorf("%s:\ngot  %q\nwant %q", p.name, got, tt.want)
				}
			}
			for at := range len(tt.in) {
				if got := server(t, cutAt(tt.in, at), lim, 40); !slices.Equal(got, tt.want) {
					t.Errorf("cut at %d:\ngot  %q\nwant %q", at, got, tt.want)
				}
			}
		})
	}
}

// A server does not read the octets of a refused literal as commands. Some servers have executed such octets.
func TestCommandInjection(t *testing.T) {
	body := "u p\r\n" + strings.Repeat("EVIL NOOP\r\n", 1000)
	in := "A1 LOGIN {5000+}\r\n" + body[:5000] + "\r\nA2 NOOP\r\n"
	for _, p := range pieces {
		got := server(t, p.make(in), wire.Limits{}, 4096)
		if want := []string{"A1 NO", `A2 ["NOOP"]`, "EOF"}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", p.name, got, want)
		}
	}
	// Even a server that ignores all errors does not read the octets of a refused literal as commands.
	r, d := reading(in, wire.Limits{Inline: 100})
	r.OnLiteral(func(int64, bool) error { return errRefused })
	r.Next(d)
	d.Tag()
	d.SP()
	d.Atom()
	d.SP()
	pos := d.Pos()
	for range 3 {
		if err := r.Extend(d); err != errRefused {
			t.Errorf("Extend: %v, want errRefused", err)
		}
		if err := r.Continue(d); err != errRefused {
			t.Errorf("Continue: %v, want errRefused", err)
		}
		if n, err := wire.RelayCommand(&wire.BackEnd{W: io.Discard}, r); n != 0 || err != errRefused {
			t.Errorf("RelayCommand: %d octets, %v; want errRefused", n, err)
		}
		for name, f := range methods {
			d.Rewind(pos)
			if b := f(d); strings.Contains(string(b), "EVIL") || r.Streaming() || d.AtStreamed() {
				t.Errorf("%s reads %q", name, b)
			}
		}
	}
	if err := r.Next(d); err != nil || string(d.Raw()) != "A2 NOOP\r\n" {
		t.Errorf("Next after the refusal: %q, %v; want \"A2 NOOP\\r\\n\"", d.Raw(), err)
	}
}

// The function set by OnLiteral is called once for each literal, even if reads are cut short, and not for skipped
// literals.
func TestOnLiteralCalls(t *testing.T) {
	const in = "A1 X {5}\r\nalice {5+}\r\nhello {2}\r\nA2 NOOP\r\n"
	asked := 0
	ask := func(int64, bool) error { asked++; return nil }
	r, d := wire.NewReader(&feed{in: []byte(in), piece: func() int { return 1 }, late: func() error { return errCut }}, wire.Limits{}), new(wire.Decoder)
	r.OnLiteral(ask)
	retry(func() error { return r.Next(d) })
	retry(r.Skip)
	if asked != 0 {
		t.Error("OnLiteral called for a skipped literal")
	}
	// A client that got no continuation request sends its next command.
	if err := retry(func() error { return r.Next(d) }); err != nil || string(d.Raw()) != "alice {5+}\r\n" {
		t.Errorf("Next after Skip: %q, %v; want \"alice {5+}\\r\\n\"", d.Raw(), err)
	}
	if retry(r.Skip); asked != 0 {
		t.Error("OnLiteral called for a skipped literal")
	}
	// A client that got a continuation request sends the literal, and Next drops it.
	f := cutAt(in, 12)
	r = wire.NewReader(f, wire.Limits{})
	r.OnLiteral(ask)
	if err := r.Next(d); err != nil {
		t.Fatal(err)
	}
	if err := r.Extend(d); err != errCut || asked != 1 {
		t.Errorf("Extend: %v, OnLiteral called %d times; want errCut, once", err, asked)
	}
	if err := r.Next(d); err != nil || string(d.Raw()) != "A2 NOOP\r\n" || asked != 1 {
		t.Errorf("%q, %v, asked %d times", d.Raw(), err, asked)
	}
}
