package serve

import (
	"math/rand/v2"
	"testing"
)

// TestKnownFlags compares knownFlags with a map.
func TestKnownFlags(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var list knownFlags
	want := map[uint32]flagState{}
	for i := range uint64(20_000) {
		uid := 1 + rng.Uint32N(40)
		switch rng.IntN(3) {
		case 0:
			x := flagState{"seen", i}
			list.set(uid, x)
			want[uid] = x
		case 1:
			list.drop(uid)
			delete(want, uid)
		}
		got, ok := list.get(uid)
		if x, has := want[uid]; ok != has || got != x || list.live != len(want) {
			t.Fatalf("step %d: UID %d: got %v, %v with %d entries; want %v, %v with %d", i, uid, got, ok, list.live, x, has, len(want))
		}
		if i%1000 == 0 { // in ascending order, as commands do
			for uid := range uint32(40) {
				list.drop(uid + 1)
				delete(want, uid+1)
			}
		}
	}
}
