package numset_test

import (
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
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestDynamic(t *testing.T) {
	for _, s := range []numset.Set{numset.All(numset.Seq), numset.Saved(numset.UID), numset.Of(numset.UID, 0)} {
		if _, ok := s.Len(); ok || !s.Dynamic() || s.Empty() || !s.Contains(1<<32-1) {
			t.Errorf("%v: a dynamic set has a length, is empty, or does not contain the largest number", s)
		}
	}
	if s := numset.Of(numset.Seq); s.Dynamic() || !s.Empty() {
		t.Error("the empty set is dynamic, or not empty")
	}
}

// TestAt calls At with all indexes of sets of different forms, and with indexes after their ends.
func TestAt(t *testing.T) {
	for text, want := range map[string][]uint32{
		"5": {5}, "2,5:7": {2, 5, 6, 7}, "4294967294:*": {4294967294, 4294967295}, "3,*": {3}, "*": nil, "$": nil, "4294967295": {4294967295},
	} {
		s, err := numset.ParseString(numset.UID, text)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range want {
			if n, ok := s.At(uint64(i)); !ok || n != w {
				t.Errorf("At(%d) of %s is %d, %v; want %d", i, text, n, ok, w)
			}
		}
		for _, i := range []uint64{uint64(len(want)), 1 << 32, 1<<64 - 4, 1<<64 - 2, 1<<64 - 1} {
			if n, ok := s.At(i); ok {
				t.Errorf("At(%d) of %s is %d, want none", i, text, n)
			}
		}
	}
}

// TestContainsStar checks that 0, which stands for "*", is in the sets that have "*", and may be in "$".
func TestContainsStar(t *testing.T) {
	for text, want := range map[string]bool{"5:*": true, "1,5:*": true, "*": true, "$": true, "5": false, "1:4294967295": false, "2,5": false} {
		s, err := numset.ParseString(numset.UID, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Contains(0); got != want {
			t.Errorf("Contains(0) of %s: got %v, want %v", text, got, want)
		}
	}
}

// TestOf makes a set of 200,000 numbers in descending order, which must not take quadratic time.
func TestOf(t *testing.T) {
	nums := make([]uint32, 200_000)
	for i := range nums {
		nums[i] = uint32(2 * (len(nums) - i))
	}
	if n := testing.AllocsPerRun(1, func() { numset.Of(numset.UID, nums...) }); n > 3000 {
		t.Errorf("%v allocations, want at most 3000", n)
	}
	if s := numset.Of(numset.UID, nums...); s.String()[:8] != "2,4,6,8," || nums[0] != 400_000 {
		t.Errorf("%.20v, or Of has changed its argument: the first number is now %d", s, nums[0])
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
		t.Errorf("%v allocations, want none", n)
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

func BenchmarkAdd(b *testing.B) {
	const size = 1_000_000
	for name, number := range map[string]func(i uint32) uint32{
		"Ascending":  func(i uint32) uint32 { return 1 + 3*i },
		"Descending": func(i uint32) uint32 { return 3 * (size - i) },
		"AnyOrder":   func(i uint32) uint32 { return 1 + 3*uint32(uint64(i)*7919%size) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := numset.Of(numset.UID)
				for i := range uint32(size) {
					s.Add(number(i))
				}
			}
		})
	}
}
