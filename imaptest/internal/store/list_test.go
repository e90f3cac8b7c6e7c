package store

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestListModel changes a list at random. It compares the list with a slice, and each snapshot with the slice at the
// time when the snapshot was taken.
func TestListModel(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var l list
		var want []uint32
		next := uint32(1)
		type snapshot struct {
			l    list
			uids []uint32
		}
		var taken []snapshot
		for range 60 {
			switch rng.IntN(4) {
			case 0, 1:
				for range rng.IntN(600) {
					next += uint32(rng.IntN(3))
					l.grow(entry{next, &msg{uid: next}})
					want = append(want, next)
					next++
				}
			case 2:
				var gone []uint32
				from, share := uint32(rng.IntN(int(next))), rng.IntN(10)
				for u := from; u < next; u++ {
					if rng.IntN(10) <= share {
						gone = append(gone, u)
					}
				}
				l.own()
				l.remove(gone)
				want = slices.DeleteFunc(slices.Clone(want), func(u uint32) bool { return slices.Contains(gone, u) })
			case 3:
				taken = append(taken, snapshot{l, slices.Clone(want)})
			}
			if rng.IntN(5) == 0 && len(taken) > 0 {
				// A view with pending changes has a list of its own, which grows.
				s := &taken[rng.IntN(len(taken))]
				s.l.detach()
				for range rng.IntN(300) {
					s.l.grow(entry{next, &msg{uid: next}})
					s.uids = append(s.uids, next)
					next++
				}
			}
		}
		compare(t, &l, want)
		for _, s := range taken {
			compare(t, &s.l, s.uids)
		}
		if most := 2*l.n/chunkSize*2 + 8; len(l.chunks) > most {
			t.Errorf("the list has %d chunks for %d messages", len(l.chunks), l.n)
		}
	}
}

func compare(t *testing.T, l *list, want []uint32) {
	t.Helper()
	var got []uint32
	l.each(0, l.n-1, func(i int, e entry) bool {
		if i != len(got) || e.msg.uid != e.uid {
			t.Fatalf("each passed rank %d after %d entries", i, len(got))
		}
		got = append(got, e.uid)
		return true
	})
	if !slices.Equal(got, want) || l.n != len(want) {
		t.Fatalf("got %d messages, %v; want %d, %v", l.n, got, len(want), want)
	}
	if len(want) > 0 && l.last() != want[len(want)-1] || len(want) == 0 && l.last() != 0 {
		t.Fatalf("the last UID is %d", l.last())
	}
	for uid := uint32(0); uid < uint32(len(want))+10; uid++ {
		k, there := slices.BinarySearch(want, uid)
		if i, ok := l.rank(uid); i != k || ok != there {
			t.Fatalf("rank of UID %d: got %d, %v; want %d, %v", uid, i, ok, k, there)
		}
	}
	for i, u := range want {
		if l.at(i).uid != u {
			t.Fatalf("the UID at rank %d: got %d, want %d", i, l.at(i).uid, u)
		}
	}
	if n := len(want); n > 10 {
		var part []uint32
		l.each(n/3, n/2, func(_ int, e entry) bool { part = append(part, e.uid); return true })
		if !slices.Equal(part, want[n/3:n/2+1]) {
			t.Fatalf("ranks %d to %d: got %v, want %v", n/3, n/2, part, want[n/3:n/2+1])
		}
	}
}
