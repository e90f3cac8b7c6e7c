package parser

import (
	"errors"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// value has the methods of every type that holds the payload of a response.
type value interface {
	Decode(d *wire.Decoder) error
	Encode(e *wire.Encoder)
}

func encoded(v value) string {
	e := wire.NewEncoder(wire.Mode{Server: true})
	v.Encode(e)
	if e.Err() != nil {
		return "error: " + e.Err().Error()
	}
	return string(e.Bytes())
}

// decoded decodes s into v, and checks that Decode reads all of s.
func decoded(t *testing.T, v value, s string) {
	t.Helper()
	d := wire.NewDecoder([]byte(s))
	if err := v.Decode(d); err != nil {
		t.Fatalf("Decode(%q): %v", s, err)
	}
	if !d.AtEnd() {
		t.Fatalf("Decode(%q) left %q", s, d.Rest())
	}
}

// strictly decodes s into v without rules. It checks that Decode succeeds if ok is true, and fails if ok is false.
func strictly(t *testing.T, v value, s string, ok bool) {
	t.Helper()
	d := wire.NewDecoder([]byte(s))
	d.SetRules(wire.Strict)
	err := v.Decode(d)
	if err == nil && !d.AtEnd() {
		err = errors.New("Decode has not read all of it")
	}
	if (err == nil) != ok {
		t.Errorf("strict Decode(%q): error %v, want none: %t", s, err, ok)
	}
	if d.Used() != 0 {
		t.Errorf("strict Decode(%q) used rules %b", s, d.Used())
	}
}

// sameAgain decodes s, and checks that the value is encoded as want. It also checks that the text want obeys the
// grammar, and is the same after decoding and encoding. It returns the value.
func sameAgain[T any, P interface {
	*T
	value
}](t *testing.T, s, want string) P {
	t.Helper()
	v := P(new(T))
	decoded(t, v, s)
	if got := encoded(v); got != want {
		t.Errorf("Decode(%q), Encode:\n got %s\nwant %s", s, got, want)
	}
	again := P(new(T))
	strictly(t, again, want, true)
	if got := encoded(again); got != want {
		t.Errorf("Decode(%q), Encode:\n got %s\nwant the same", want, got)
	}
	return v
}

// fuzzed is the body of a fuzz target. It checks that a value that can be decoded can be encoded, and that decoding and
// encoding the result changes nothing. It decodes b into a new value, and again into a used one.
func fuzzed[T any, P interface {
	*T
	value
	Clone() P
}](t *testing.T, b []byte) {
	used := P(new(T))
	fuzzedInto(t, used, b)
	if len(b) > 8 {
		used.Decode(wire.NewDecoder(b[:len(b)/2]))
		fuzzedInto(t, used, b)
	}
}

func fuzzedInto[T any, P interface {
	*T
	value
	Clone() P
}](t *testing.T, v P, b []byte) {
	d := wire.NewDecoder(b)
	if v.Decode(d) != nil {
		return
	}
	if d.Pos() > len(b) {
		t.Fatalf("Decode read up to offset %d of %d octets", d.Pos(), len(b))
	}
	e := wire.NewEncoder(wire.Mode{Server: true})
	v.Encode(e)
	var arg *wire.ArgumentError
	if errors.As(e.Err(), &arg) {
		return // Encode refuses some of the values that rules tolerate
	}
	first := encoded(v)
	if c := v.Clone(); encoded(c) != first {
		t.Fatalf("%q is written as %q, but its clone as %q", b, first, encoded(c))
	}
	again := P(new(T))
	d = wire.NewDecoder([]byte(first))
	if err := again.Decode(d); err != nil || !d.AtEnd() {
		t.Fatalf("%q is written as %q, and decoding that returns %v and leaves %q", b, first, err, d.Rest())
	}
	second := encoded(again)
	if second != first {
		t.Fatalf("%q is written as %q, and after decoding that, as %q", b, first, second)
	}
}

// noAllocs checks that decoding s into the same value again allocates nothing.
func noAllocs(t *testing.T, v value, s string) {
	t.Helper()
	d := wire.NewDecoder([]byte(s))
	b := []byte(s)
	n := testing.AllocsPerRun(100, func() {
		d.Reset(b)
		if err := v.Decode(d); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 && !poisons {
		t.Errorf("%v allocations in decoding %.60q again", n, s)
	}
}
