package parser

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

func TestSearchData(t *testing.T) {
	for _, in := range []string{``, `2 84 882`, `2 5 6 7 11 12 18 19 20 23 (MODSEQ 917162500)`, `(MODSEQ 5)`, `4294967295`} {
		sameAgain[SearchData](t, in, in)
		sameAgain[SortData](t, in, in)
	}
	var x SearchData
	decoded(t, &x, `5 3 4 4 (modseq 9)`)
	if !slices.Equal(x.Nums, []uint32{5, 3, 4, 4}) || x.ModSeq != 9 || x.Set(numset.UID).String() != "3:5" {
		t.Errorf("got %+v", x)
	}
	c := x.Clone()
	decoded(t, &x, ``)
	if len(x.Nums) != 0 || x.ModSeq != 0 || len(c.Nums) != 4 {
		t.Errorf("got %+v, clone %+v", x, c)
	}
}

func TestSearchQuirks(t *testing.T) {
	for id, test := range map[string]struct{ in, want string }{
		"H01":    {` `, ``},
		"H02":    {`28219 29170 29200 `, `28219 29170 29200`},
		"H05":    {`6(MODSEQ 917162501)`, `6 (MODSEQ 917162501)`},
		"spaces": {`1  2   3 4  (MODSEQ  5 ) `, `1 2 3 4 (MODSEQ 5)`},
		"zero":   {`0 5 0`, `5`},
		"modseq": {`5 (MODSEQ 0)`, `5`},
	} {
		t.Run(id, func(t *testing.T) {
			for _, end := range []string{"", "\r\n"} {
				sameAgain[SearchData](t, test.in+end, test.want)
				strictly(t, new(SearchData), test.in+end, false)
			}
		})
	}
}

func TestSearchErrors(t *testing.T) {
	for _, in := range []string{`x`, `1 x`, `1x`, `1 4294967296`, `99999999999999999999`, `1 (MODSEQ`, `1 (X 5)`, `1 (MODSEQ 5) 6`, `1 (MODSEQ x)`, `-1`,
		`1 (MODSEQ 9223372036854775808)`} {
		x := new(SearchData)
		d := wire.NewDecoder([]byte(in))
		if err := x.Decode(d); err == nil && d.AtEnd() {
			t.Errorf("Decode(%q) did not fail: %+v", in, x)
		}
	}
	d := wire.NewDecoder([]byte(`1 2 3 4`))
	d.SetLimits(wire.Limits{Items: 3})
	var limit *wire.LimitError
	if err := new(SearchData).Decode(d); !errors.As(err, &limit) {
		t.Errorf("four numbers with the limit three: error %v, want a LimitError", err)
	}
}

// TestSearchSetOfManyDescending makes a set of a million numbers in descending order. Inserting them one by one would
// take longest in this order.
func TestSearchSetOfManyDescending(t *testing.T) {
	var x SearchData
	const n = 1 << 20
	for i := range uint32(n) {
		x.Nums = append(x.Nums, 3*(n-i))
	}
	if got, _ := x.Set(numset.UID).Len(); got != n || x.Nums[0] != 3*n {
		t.Errorf("the set has %d numbers, want %d; or Set has changed Nums", got, n)
	}
}

func TestSearchAllocs(t *testing.T) { noAllocs(t, new(SearchData), `1 2 3 4 5 6 7  8 (MODSEQ 8)`) }

func FuzzSearch(f *testing.F) {
	f.Add([]byte(`1  2 0 4294967295 (MODSEQ 5)`))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzed[SearchData](t, b) })
}

// manyNumbers returns n numbers in ascending order with gaps, joined by sep.
func manyNumbers(n int, sep byte) []byte {
	var b []byte
	for i := range n {
		if i > 0 {
			b = append(b, sep)
		}
		b = strconv.AppendInt(b, int64(1000000+3*i), 10)
	}
	return b
}

func BenchmarkSearch(b *testing.B) {
	const n = 1000000
	in := manyNumbers(n, ' ')
	d := wire.NewDecoder(nil)
	var x SearchData
	b.ReportAllocs()
	for b.Loop() {
		d.Reset(in)
		if x.Decode(d) != nil || len(x.Nums) != n {
			b.Fatal(d.Err())
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/number")
}
