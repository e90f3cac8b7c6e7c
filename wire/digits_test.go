package wire_test

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestNumberBeforeAnything reads numbers of any length that any octets follow, or few.
func TestNumberBeforeAnything(t *testing.T) {
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
			t.Fatalf("%q: %d, %v, %d octets", in, got, d.Err(), d.Pos())
		}
	}
}
