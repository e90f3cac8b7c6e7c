package parser

import (
	"slices"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestSearchRanges compares with SearchData on everything servers send.
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
			t.Errorf("%q: %v, but as ranges %v", in, err, got)
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
			t.Errorf("%q: %v %d, but as ranges %v %d", in, data.Nums, data.ModSeq, ranges.Ranges, ranges.ModSeq)
		}
	}
	var x SearchRanges
	d := wire.NewDecoder([]byte("1 2 3 4\r\n"))
	d.SetLimits(wire.Limits{Items: 3})
	if err := x.Decode(d); err == nil {
		t.Error("the limit of items is not kept")
	}
}
