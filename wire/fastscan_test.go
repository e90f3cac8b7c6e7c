package wire_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestNumberBeforeAnyOctets reads numbers of any length, with random octets or the end of the input after them.
func TestNumberBeforeAnyOctets(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		n := rnd.Uint32() >> rnd.IntN(32)
		in := strconv.AppendUint(nil, uint64(n), 10)
		for range rnd.IntN(3) {
			in = append([]byte("0"), in...)
		}
		digits := len(in)
		for range rnd.IntN(10) {
			in = append(in, byte(rnd.Uint32()))
		}
		if len(in) > digits && in[digits]-'0' <= 9 {
			in[digits] = 0xff
		}
		d := wire.NewDecoder(in)
		if got := d.Number(); got != n || d.Err() != nil || d.Pos() != digits {
			t.Fatalf("%q: %d, %v, %d octets taken; want %d, %d octets", in, got, d.Err(), d.Pos(), n, digits)
		}
	}
}

// TestQuotedOfAnyOctets reads quoted strings of random octets, with random octets after them.
func TestQuotedOfAnyOctets(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 300_000 {
		in := []byte{'"'}
		for range rnd.IntN(24) {
			c := byte(rnd.Uint32())
			if rnd.IntN(20) > 0 {
				c = 1 + c&0x7f%0x7f
			}
			in = append(in, c)
		}
		in = append(in, '"', ' ')
		for range rnd.IntN(9) {
			in = append(in, byte(rnd.Uint32()))
		}
		// Read the string octet by octet, to have a result to compare with.
		want, end := []byte{}, 1
		for ; in[end] != '"'; end++ {
			if c := in[end]; c == 0 || c == '\r' || c == '\n' || c == '\\' || c >= 0x80 {
				break
			}
			want = append(want, in[end])
		}
		if in[end] != '"' || in[end+1] != ' ' {
			continue // in is not a plain string with a space after it
		}
		d := wire.NewDecoder(in)
		if got := d.NString(); string(got) != string(want) || d.Err() != nil || d.Pos() != end+1 {
			t.Fatalf("%q: %q, %v, %d octets taken; want %q, %d octets", in, got, d.Err(), d.Pos(), want, end+1)
		}
	}
}

// TestNStrings compares one call of NStrings with several calls of NString.
func TestNStrings(t *testing.T) {
	values := []string{`"a"`, `"a longer string than eight octets"`, "NIL", "nil", "{3}\r\na)b", `"a\"b"`, `""`, "atom", `"a"b"`, "", "()", "NILS"}
	for _, a := range values {
		for _, b := range values {
			for _, form := range []string{"%s %s)", "%s  %s)", "%s%s)", "%s %s", "%s %s "} {
				in := fmt.Sprintf(form, a, b)
				one, all := wire.NewDecoder([]byte(in)), wire.NewDecoder([]byte(in))
				w := [2][]byte{}
				w[0] = one.NString()
				one.SP()
				w[1] = one.NString()
				var g [2][]byte
				all.NStrings(&g[0], &g[1])
				if fmt.Sprintf("%q %v %v %v", w, one.Err(), one.Pos(), one.Used()) != fmt.Sprintf("%q %v %v %v", g, all.Err(), all.Pos(), all.Used()) {
					t.Errorf("%q: NStrings: %q, %v, at %d; want %q, %v, at %d", in, g, all.Err(), all.Pos(), w, one.Err(), one.Pos())
				}
			}
		}
	}
}
