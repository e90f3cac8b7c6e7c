package numset_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/imapstack/imapstack/utils/numset"
)

// A model is a set of numbers, implemented as a map.
type model map[uint32]bool

// compare fails the test if a method of the set returns another result than the model.
func compare(t *testing.T, what string, s numset.Set, m model) {
	t.Helper()
	want := slices.Sorted(maps.Keys(m))
	if got := slices.Collect(s.Numbers()); !slices.Equal(got, want) {
		t.Fatalf("%s: %v, want %v", what, s, want)
	}
	if n, ok := s.Len(); !ok || n != uint64(len(want)) {
		t.Fatalf("%s: %v: Len = %d, %v", what, s, n, ok)
	}
	if s.Empty() != (len(want) == 0) || s.Dynamic() {
		t.Fatalf("%s: %v: Empty = %v, Dynamic = %v", what, s, s.Empty(), s.Dynamic())
	}
	for i, n := range want {
		if at, ok := s.At(uint64(i)); !ok || at != n {
			t.Fatalf("%s: %v: At(%d) = %d, %v", what, s, i, at, ok)
		}
	}
	if n, ok := s.At(uint64(len(want))); ok {
		t.Fatalf("%s: %v: At(its size) = %d", what, s, n)
	}
	if len(want) > 0 {
		least, _ := s.Min()
		most, _ := s.Max()
		if least != want[0] || most != want[len(want)-1] {
			t.Fatalf("%s: %v: Min = %d, Max = %d", what, s, least, most)
		}
	}
	for range 10 {
		n := 1 + rand.Uint32N(3000)
		i, in := s.Index(n)
		j, there := slices.BinarySearch(want, n)
		if in != there || i != uint64(j) || s.Contains(n) != there {
			t.Fatalf("%s: %v: Index(%d) = %d, %v; Contains = %v", what, s, n, i, in, s.Contains(n))
		}
	}
	last := int64(-1)
	for r := range s.Spans() {
		if int64(r.Start) <= last+1 || r.Stop < r.Start {
			t.Fatalf("%s: ranges touch: %v", what, s)
		}
		last = int64(r.Stop)
	}
	if !slices.Equal(slices.Collect(s.Spans()), s.Ranges()) {
		t.Fatalf("%s: Spans and Ranges differ: %v", what, s)
	}
	back, err := numset.ParseString(s.Kind(), s.String())
	if len(want) > 0 && (err != nil || !back.Equal(s)) || !numset.FromRanges(s.Kind(), s.Ranges()).Equal(s) {
		t.Fatalf("%s: %v comes back as %v, %v", what, s, back, err)
	}
}

// TestCopies changes many sets at random. Each of them may be a copy of another. After each change it compares all sets
// with their models.
func TestCopies(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, size := range []uint32{40, 3000} { // sets of one chunk, and of several
		for range 10 {
			sets, models := make([]numset.Set, 6), make([]model, 6)
			for i := range sets {
				sets[i], models[i] = numset.Of(numset.UID), model{}
				if size == 3000 && i < 3 {
					for n := uint32(1 + r.IntN(2)); n < size; n += 2 {
						sets[i].Add(n)
						models[i][n] = true
					}
				}
			}
			for range 150 {
				i, j := r.IntN(6), r.IntN(6)
				s, m := &sets[i], models[i]
				a := 1 + r.Uint32N(size)
				b := a + r.Uint32N(1+r.Uint32N(size/8))
				what := ""
				switch r.IntN(9) {
				case 0:
					what = fmt.Sprintf("copy of %d", j)
					*s, models[i] = sets[j], maps.Clone(models[j])
				case 1, 2:
					what = fmt.Sprintf("Add(%d)", a)
					s.Add(a)
					m[a] = true
				case 3:
					what = fmt.Sprintf("AddRange(%d, %d)", b, a)
					s.AddRange(b, a)
					for n := a; n <= b; n++ {
						m[n] = true
					}
				case 4:
					what = fmt.Sprintf("RemoveRange(%d, %d)", b, a)
					s.RemoveRange(b, a)
					for n := a; n <= b; n++ {
						delete(m, n)
					}
				case 5:
					what = fmt.Sprintf("Remove(%d)", a)
					s.Remove(a)
					delete(m, a)
				case 6:
					what = fmt.Sprintf("Union with %d", j)
					*s = s.Union(sets[j])
					maps.Copy(m, models[j])
				case 7:
					what = fmt.Sprintf("Difference from %d", j)
					*s = s.Difference(sets[j])
					gone := models[j]
					if i == j {
						gone = maps.Clone(gone)
					}
					for n := range gone {
						delete(m, n)
					}
				case 8:
					what = fmt.Sprintf("Intersect with %d", j)
					*s = s.Intersect(sets[j])
					maps.DeleteFunc(m, func(n uint32, _ bool) bool { return !models[j][n] })
				}
				for k := range sets {
					if k == i || r.IntN(4) == 0 {
						compare(t, fmt.Sprintf("set %d after set %d: %s", k, i, what), sets[k], models[k])
					}
				}
			}
		}
	}
}

// TestCopyIsIndependent changes a copy by each method that changes a set, and checks that the original stays the same.
func TestCopyIsIndependent(t *testing.T) {
	for name, change := range map[string]func(*numset.Set){
		"Add before":     func(s *numset.Set) { s.Add(2) },
		"Add *":          func(s *numset.Set) { s.Add(0) },
		"Add at end":     func(s *numset.Set) { s.Add(6) },
		"Add after":      func(s *numset.Set) { s.Add(9) },
		"RemoveRange":    func(s *numset.Set) { s.RemoveRange(2, 9) },
		"its ranges":     func(s *numset.Set) { s.Ranges()[0].Start = 4 },
		"append to it":   func(s *numset.Set) { _ = append(s.Ranges()[:1], numset.Range{Start: 7, Stop: 0}) },
		"resolve":        func(s *numset.Set) { *s = s.Resolve(1) },
		"another kind":   func(s *numset.Set) { *s = s.WithKind(numset.Seq) },
		"become unknown": func(s *numset.Set) { *s = s.Union(numset.Saved(numset.UID)) },
	} {
		mine := numset.Of(numset.UID, 1, 3, 5)
		other := mine
		change(&other)
		if got := fmt.Sprint(mine, mine.Dynamic(), mine.Kind()); got != "1,3,5 false uid" {
			t.Errorf("%s: the original is now %s", name, got)
		}
		second := mine
		change(&mine)
		if got := fmt.Sprint(second, second.Dynamic(), second.Kind()); got != "1,3,5 false uid" {
			t.Errorf("%s: the copy is now %s", name, got)
		}
	}
	ranges := []numset.Range{{Start: 1, Stop: 1}, {Start: 3, Stop: 3}}
	s := numset.FromRanges(numset.UID, ranges)
	ranges[0] = numset.Range{}
	if s.String() != "1,3" {
		t.Errorf("the set has changed with the caller's slice: %v", s)
	}
}

// TestCopiesInGoroutines changes copies of one set in several goroutines. With the race detector, it checks that the
// copies share no memory that changes.
func TestCopiesInGoroutines(t *testing.T) {
	s := numset.Of(numset.UID)
	for n := uint32(1); n < 3000; n += 2 {
		s.Add(n)
	}
	text := s.String()
	var all sync.WaitGroup
	for g := range uint32(8) {
		all.Go(func() {
			own := s
			for n := uint32(3001); n < 4000; n += 2 + g {
				own.Add(n)
				own.Add(n - 2000)
				own.Remove(n - 3000)
				own.Index(n)
			}
		})
	}
	all.Wait()
	if s.String() != text {
		t.Error("a change of a copy has changed the original")
	}
}

// TestUnknown checks which operations on sets with "*" or "$", and on sets of different kinds, have an unknown set as
// their result.
func TestUnknown(t *testing.T) {
	u := func(text string) numset.Set {
		s, err := numset.ParseString(numset.UID, text)
		if err != nil && text != "" {
			t.Fatal(err)
		}
		return s
	}
	var zero numset.Set
	for _, c := range []struct {
		what string
		got  numset.Set
		want string
	}{
		{"union with *", u("2,9").Union(u("5:*")), "2,5:* uid"},
		{"union of two *", u("*").Union(u("5:*")), "5:* uid"},
		{"union with $", u("2").Union(u("$")), "? uid"},
		{"union of $ and itself", u("$").Union(u("$")), "$ uid"},
		{"union of $ and nothing", u("$").Union(u("")), "$ uid"},
		{"union with the zero Set", u("2").Union(zero), "2 uid"},
		{"union of the zero Set", zero.Union(u("2")), "2 uid"},
		{"union of two kinds", u("2").Union(numset.Of(numset.Seq, 3)), "? none"},
		{"union of UIDs and nothing of another kind", u("2").Union(numset.Of(numset.Seq)), "? none"},
		{"difference of *", u("5:*").Difference(u("7")), "? uid"},
		{"difference from *", u("5,7").Difference(u("6:*")), "? uid"},
		{"difference of nothing", u("5:*").Difference(u("")), "5:* uid"},
		{"difference of two kinds", u("2").Difference(numset.Of(numset.Seq, 2)), "? none"},
		{"intersection with *", u("5,7").Intersect(u("6:*")), "? uid"},
		{"intersection with nothing", u("5:*").Intersect(u("")), " uid"},
		{"intersection of two kinds", u("2").Intersect(numset.Of(numset.Seq, 2)), "? none"},
		{"5:* with 9", u("5:*").Resolve(9), "5:9 uid"},
		{"5:* with 3", u("1,5:*").Resolve(3), "1,3:5 uid"},
		{"* with 3", u("1,*").Resolve(3), "1,3 uid"},
		{"* with 2, which touches", u("1,*").Resolve(2), "1:2 uid"},
		{"5:* of an empty mailbox", u("2,5:*").Resolve(0), "2 uid"},
		{"* of an empty mailbox", u("*").Resolve(0), " uid"},
		{"7:* with the largest number of all", u("7:*").Resolve(1<<32 - 1), "7:4294967295 uid"},
		{"$ with 3", u("$").Resolve(3), "$ uid"},
		{"no * with 3", u("7").Resolve(3), "7 uid"},
	} {
		if got := c.got.String() + " " + c.got.Kind().String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
	for _, change := range []func(*numset.Set){
		func(s *numset.Set) { s.Remove(7) }, func(s *numset.Set) { s.RemoveRange(1, 0) },
	} {
		s := u("5:*")
		if change(&s); s.String() != "?" || !s.Dynamic() || s.Empty() || len(s.AppendTo(nil)) > 0 || !s.Contains(3) || s.Equal(s) {
			t.Errorf("5:* after a removal is %v, want an unknown set", s)
		}
		if s.Add(1); s.String() != "?" {
			t.Errorf("an unknown set after Add(1) is %v, want an unknown set", s)
		}
	}
	none := numset.Of(numset.UID)
	if none.RemoveRange(1, 0); none.String() != "" || none.Dynamic() {
		t.Errorf("the empty set after RemoveRange(1, 0) is %v, want the empty set", none)
	}
}

// TestZeroSet checks that the zero Set has no kind, even after numbers are added.
func TestZeroSet(t *testing.T) {
	var s numset.Set
	s.Add(3)
	s.AddRange(7, 0)
	if s.Kind() != numset.NoKind || s.String() != "3,7:*" {
		t.Errorf("%v of kind %v", s, s.Kind())
	}
	if s = s.WithKind(numset.UID); s.Kind() != numset.UID {
		t.Errorf("after WithKind(UID), the kind is %v", s.Kind())
	}
}

func TestAnyOrder(t *testing.T) {
	const size = 20_000
	down := make([]uint32, size)
	for i := range down {
		down[i] = uint32(2 * (size - i))
	}
	want := numset.Of(numset.UID, down...)
	if n, _ := want.Len(); n != size || down[0] != 2*size {
		t.Fatalf("%d numbers, want %d; or Of has changed its argument: the first number is now %d", n, size, down[0])
	}
	mixed := slices.Clone(down)
	rand.New(rand.NewPCG(5, 6)).Shuffle(size, func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	for _, order := range [][]uint32{down, mixed} {
		s := numset.Of(numset.UID)
		for _, n := range order {
			s.Add(n)
		}
		if !s.Equal(want) || !numset.Of(numset.UID, order...).Equal(want) {
			t.Error("the set depends on the order in which its numbers were added")
		}
		for _, n := range order {
			s.Remove(n)
		}
		if !s.Empty() {
			t.Errorf("after the removal of all numbers, the set has %.100s", s)
		}
	}
}
