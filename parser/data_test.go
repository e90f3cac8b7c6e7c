package parser

import (
	"errors"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// value has the methods that all data types have.
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

// decoded decodes all of s into v.
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

// strictly decodes s without rules. ok says whether that must succeed or fail.
func strictly(t *testing.T, v value, s string, ok bool) {
	t.Helper()
	d := wire.NewDecoder([]byte(s))
	d.SetRules(wire.Strict)
	err := v.Decode(d)
	if err == nil && !d.AtEnd() {
		err = errors.New("not at the end")
	}
	if (err == nil) != ok {
		t.Errorf("strict Decode(%q): %v", s, err)
	}
	if d.Used() != 0 {
		t.Errorf("strict Decode(%q) used rules %b", s, d.Used())
	}
}

// sameAgain decodes s into v, and checks that v is encoded as want. It also checks that want obeys the grammar, and
// that decoding and encoding it does not change it.
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
		t.Errorf("again:\n got %s\nwant %s", got, want)
	}
	return v
}

// fuzzed is the body of a fuzz target. A value that can be decoded can be encoded. The result can be decoded without
// rules, and is encoded the same. Decoding into a used value gives the same result as decoding into a new one.
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
		t.Fatalf("read beyond the end")
	}
	e := wire.NewEncoder(wire.Mode{Server: true})
	v.Encode(e)
	var arg *wire.ArgumentError
	if errors.As(e.Err(), &arg) {
		return // some values that a rule tolerates cannot be written
	}
	first := encoded(v)
	if c := v.Clone(); encoded(c) != first {
		t.Fatalf("clone of %q: %q, not %q", b, encoded(c), first)
	}
	again := P(new(T))
	d = wire.NewDecoder([]byte(first))
	if err := again.Decode(d); err != nil || !d.AtEnd() {
		t.Fatalf("Decode of what was written for %q: %q: %v, left %q", b, first, err, d.Rest())
	}
	second := encoded(again)
	if second != first {
		t.Fatalf("%q was written first as %q, then as %q", b, first, second)
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
