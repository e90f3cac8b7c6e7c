package numset_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/imapstack/imapstack/utils/numset"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"1", "1"}, {"1:3", "1:3"}, {"3:1", "1:3"}, {"*", "*"}, {"*:4", "4:*"}, {"4:*", "4:*"}, {"1,2,3", "1:3"},
		{"5,1:2,2:4", "1:5"}, {"2,4:7,9,12:*", "2,4:7,9,12:*"}, {"$", "$"}, {"4294967295", "4294967295"},
		{"1:4294967295", "1:4294967295"}, {"10:*,3", "3,10:*"}, {"10:*,20", "10:*"}, {"4294967295,*", "4294967295:*"},
	} {
		s, err := numset.ParseString(numset.UID, c.in)
		if err != nil || s.String() != c.want {
			t.Errorf("Parse(%q) = %q, %v, want %q", c.in, s, err, c.want)
		}
	}
	for _, in := range []string{"", "0", "1,", ",1", "1:", ":1", "a", "1:2:3", "4294967296", "1 2", "-1", "$,1", "1:$"} {
		if s, err := numset.ParseString(numset.Seq, in); err == nil {
			t.Errorf("Parse(%q) = %q, want an error", in, s)
		}
	}
}

func TestParseListKeepsTheOrder(t *testing.T) {
	got, err := numset.ParseList([]byte("9:7,3,4"))
	if want := []numset.Range{{Start: 9, Stop: 7}, {Start: 3, Stop: 3}, {Start: 4, Stop: 4}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestAddLikeASet adds numbers and ranges at random, and compares with a map.
func TestAddLikeASet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var s numset.Set
		model := map[uint32]bool{}
		for range r.IntN(40) {
			a := 1 + r.Uint32N(60)
			if r.IntN(2) == 0 {
				s.Add(a)
				model[a] = true
				continue
			}
			b := a + r.Uint32N(5)
			s.AddRange(b, a)
			for n := a; n <= b; n++ {
				model[n] = true
			}
		}
		count := uint64(0)
		for n := uint32(1); n < 70; n++ {
			if s.Contains(n) != model[n] {
				t.Fatalf("%v: Contains(%d) = %v", s, n, s.Contains(n))
			}
			if model[n] {
				count++
			}
		}
		if n, ok := s.Len(); n != count || !ok {
			t.Fatalf("%v: Len = %d, want %d", s, n, count)
		}
		if got := slices.Collect(s.Numbers()); uint64(len(got)) != count || !slices.IsSorted(got) {
			t.Fatalf("%v: Numbers = %v", s, got)
		}
		for i, x := range s.Ranges() {
			if i > 0 && x.Start <= s.Ranges()[i-1].Stop+1 {
				t.Fatalf("%v: ranges touch", s)
			}
		}
	}
}

func TestDynamic(t *testing.T) {
	for _, s := range []numset.Set{numset.All(numset.Seq), numset.Saved(numset.UID), numset.Of(numset.UID, 0)} {
		if _, ok := s.Len(); ok || !s.Dynamic() || s.Empty() || !s.Contains(1<<32-1) {
			t.Errorf("%v: is not dynamic", s)
		}
	}
	if s := numset.Of(numset.Seq); s.Dynamic() || !s.Empty() {
		t.Error("the empty set is dynamic, or not empty")
	}
}

func TestAllocs(t *testing.T) {
	s := numset.Span(numset.UID, 1, 1000)
	s.AddRange(2000, 3000)
	dst := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() {
		s.Contains(500)
		dst = s.AppendTo(dst[:0])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2,4:7,9,12:*")
	f.Fuzz(func(t *testing.T, in string) {
		s, err := numset.ParseString(numset.UID, in)
		if err != nil {
			return
		}
		again, err := numset.ParseString(numset.UID, s.String())
		if err != nil || !again.Equal(s) {
			t.Errorf("%q is %v, which comes back as %v, %v", in, s, again, err)
		}
	})
}

func BenchmarkAddAscending(b *testing.B) {
	for b.Loop() {
		var s numset.Set
		for n := uint32(1); n < 3_000_000; n += 3 {
			s.Add(n)
		}
	}
}
