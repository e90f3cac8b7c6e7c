package parser

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestSearchRanges compares SearchRanges with SearchData for everything that servers send.
func TestSearchRanges(t *testing.T) {
	for _, in := range []string{
		"\r\n", "1\r\n", "1 2 3 7 8 5\r\n", "28219 29170 29200 \r\n", "2 5 (MODSEQ 917162500)\r\n", "6(MODSEQ 917162501)\r\n",
		"1  2\r\n", "0 4\r\n", "4294967295\r\n", "9 8 7\r\n", "1 2", "x\r\n", "1 x\r\n", "4294967296\r\n",
	} {
		var data SearchData
		var ranges SearchRanges
		err := data.Decode(wire.NewDecoder([]byte(in)))
		got := ranges.Decode(wire.NewDecoder([]byte(in)))
		if (err == nil) != (got == nil) {
			t.Errorf("%q: SearchData fails with %v, SearchRanges with %v", in, err, got)
			continue
		}
		if err != nil {
			continue
		}
		var nums []uint32
		for _, r := range ranges.Ranges {
			for n := r.Start; n <= r.Stop && n != 0; n++ {
				nums = append(nums, n)
			}
		}
		if !slices.Equal(nums, data.Nums) || ranges.Count != len(data.Nums) || ranges.ModSeq != data.ModSeq {
			t.Errorf("%q: SearchData has %v, MODSEQ %d; SearchRanges has %v, MODSEQ %d", in, data.Nums, data.ModSeq, ranges.Ranges, ranges.ModSeq)
		}
	}
	var x SearchRanges
	d := wire.NewDecoder([]byte("1 3 5 7\r\n"))
	d.SetLimits(wire.Limits{Items: 3})
	if err := x.Decode(d); err == nil {
		t.Error("four ranges are accepted, although the limit is three")
	}
}

// TestSearchRangesOfAllLengths reads random numbers, with runs of consecutive numbers and gaps of all lengths, and then
// the same line with one octet changed.
func TestSearchRangesOfAllLengths(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var nums []uint32
		var line []byte
		most := uint64(1) << rnd.IntN(33)
		for n := range 1 + rnd.IntN(40) {
			next := uint32(1 + rnd.Uint64N(most)%math.MaxUint32)
			if n > 0 && rnd.IntN(8) > 0 && nums[n-1] < math.MaxUint32 {
				next = nums[n-1] + 1
			}
			if n > 0 {
				line = append(line, ' ')
			}
			nums = append(nums, next)
			if line = strconv.AppendUint(line, uint64(next), 10); rnd.IntN(50) == 0 {
				line = fmt.Appendf(line[:len(line)-len(strconv.Itoa(int(next)))], "%0*d", 1+rnd.IntN(12), next)
			}
		}
		var x SearchRanges
		if err := x.Decode(wire.NewDecoder(append(line, []string{"", "\r\n"}[rnd.IntN(2)]...))); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		var got []uint32
		for _, r := range x.Ranges {
			for n := uint64(r.Start); n <= uint64(r.Stop); n++ {
				got = append(got, uint32(n))
			}
		}
		if !slices.Equal(got, nums) || x.Count != len(nums) {
			t.Fatalf("%s: got the ranges %v", line, x.Ranges)
		}
		// With any octet at any place, SearchRanges must fail if and only if SearchData fails.
		at := rnd.IntN(len(line))
		line[at] = byte(rnd.IntN(256))
		var y SearchData
		errX, errY := x.Decode(wire.NewDecoder(line)), y.Decode(wire.NewDecoder(line))
		if (errX == nil) != (errY == nil) || errX == nil && x.Count != len(y.Nums) {
			t.Fatalf("%q: SearchRanges fails with %v, SearchData with %v, or the counts differ", line, errX, errY)
		}
	}
}

func TestDigits(t *testing.T) {
	for _, in := range []string{"", "x", "0", "7", "12", "1234567", "12345678", "123456789", "1234567890", "4294967295", "4294967296", "42949672950", "00000000000000000001", "1234567\xb0", "1234567\x80", "\xff", "12:3", "1,2", "1/", "1\x00"} {
		for _, pad := range []string{"", " ", "        ", ",1234567890"} {
			text := in
			if pad == ",1234567890" || pad != "" {
				text += pad
			}
			n := 0
			for n < len(text) && text[n] >= '0' && text[n] <= '9' {
				n++
			}
			want, err := strconv.ParseUint(text[:n], 10, 32)
			v, got := digits32([]byte(text))
			switch {
			case n > 0 && err != nil:
				if v != 0 {
					t.Errorf("digits32(%q) = %d, want 0", text, v)
				}
			case uint64(v) != want || got != n:
				t.Errorf("digits32(%q) = %d, %d digits; want %d, %d digits", text, v, got, want, n)
			}
		}
	}
}

func BenchmarkSearchRanges(b *testing.B) {
	const n = 1000000
	for name, in := range map[string][]byte{"dense": denseNumbers(n), "gaps": manyNumbers(n, ' ')} {
		b.Run(name, func(b *testing.B) {
			d := wire.NewDecoder(nil)
			var x SearchRanges
			for b.Loop() {
				d.Reset(in)
				if x.Decode(d) != nil || x.Count != n {
					b.Fatal(d.Err())
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/number")
		})
	}
}

func denseNumbers(n int) (b []byte) {
	for i := range n {
		b = append(strconv.AppendInt(b, int64(1000000+i), 10), ' ')
	}
	return b[:len(b)-1]
}
