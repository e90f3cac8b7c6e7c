package numset_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/imapstack/imapstack/utils/numset"
)

// A Builder makes the same set as FromRanges, for ranges in any order.
func TestBuilder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 150 {
		var b numset.Builder
		var all []numset.Range
		at, most := uint32(1), uint32(1)<<(1+rnd.IntN(31))
		for range rnd.IntN(6000) {
			if rnd.IntN(1+i%7*500) == 0 {
				at = 1 + rnd.Uint32N(most)
			}
			r := numset.Range{Start: at, Stop: at + rnd.Uint32N(3)}
			switch rnd.IntN(200) {
			case 0:
				r.Start, r.Stop = r.Stop, r.Start
			case 1:
				if i%3 == 0 {
					r.Stop = 0 // "*"
				}
			}
			at += rnd.Uint32N(6)
			all = append(all, r)
			b.Add(r)
			if rnd.IntN(3000) == 0 {
				b.Set(numset.UID) // more ranges can be added after Set
			}
		}
		got, want := b.Set(numset.UID), numset.FromRanges(numset.UID, all)
		if !got.Equal(want) || got.String() != want.String() {
			t.Fatalf("%d ranges: got %.100s, want %.100s", len(all), got, want)
		}
		if n := len(want.Ranges()); b.Len() != n {
			t.Fatalf("Len() = %d, want %d", b.Len(), n)
		}
	}
}

// Further calls of Add do not change a set that Set has returned, and changes of the set do not change the Builder.
func TestBuilderSetIsAValue(t *testing.T) {
	var b numset.Builder
	for i := uint32(1); i <= 2000; i++ {
		b.Add(numset.Range{Start: 3 * i, Stop: 3 * i}, numset.Range{Start: 3*i + 1, Stop: 3*i + 1})
	}
	s := b.Set(numset.UID)
	before := s.String()
	b.Add(numset.Range{Start: 1, Stop: 9000})
	if s.String() != before {
		t.Error("the set has changed with the Builder")
	}
	u := b.Set(numset.UID)
	s.AddRange(20_000, 20_001)
	if u.Contains(20_000) || b.Set(numset.UID).Contains(20_000) {
		t.Error("the Builder has changed with the set")
	}
}

// A Builder sorts unordered ranges in batches. So descending numbers do not take quadratic time, and repeated numbers
// do not fill memory.
func TestBuilderSortsInBatches(t *testing.T) {
	var b numset.Builder
	const n = 1 << 19
	for i := range uint32(n) {
		at := 3 * (n - i)
		b.Add(numset.Range{Start: at, Stop: at})
	}
	if got, _ := b.Set(numset.UID).Len(); got != n {
		t.Errorf("the set has %d numbers, want %d", got, n)
	}
	b = numset.Builder{}
	for i := range uint32(n) {
		b.Add(numset.Range{Start: 1 + 2*(i%3), Stop: 1 + 2*(i%3)})
		if b.Len() > 5000 {
			t.Fatalf("Len() = %d for a set of 3 ranges, want at most 5000", b.Len())
		}
	}
}

func ExampleBuilder() {
	var b numset.Builder
	b.Add(numset.Range{Start: 7, Stop: 9}, numset.Range{Start: 10, Stop: 10}, numset.Range{Start: 1, Stop: 2})
	fmt.Println(b.Set(numset.UID))
	// Output: 1:2,7:10
}
