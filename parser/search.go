package parser

import (
	"slices"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// SearchData is the payload of SEARCH (RFC 3501 §7.2.5) and of SORT (RFC 5256 §4). It has sequence numbers, or UIDs if
// the command was UID SEARCH or UID SORT.
type SearchData struct {
	Nums   []uint32 // in the order of the response; valid until the next Decode
	ModSeq uint64   // highest mod-sequence of the messages (RFC 7162 §3.1.5); 0 if the server did not send it
}

// SortData is the payload of SORT. Its numbers are in the order that the command asked for.
type SortData = SearchData

// Set returns the numbers as a set, which the caller owns.
func (x *SearchData) Set(kind numset.Kind) numset.Set {
	nums := x.Nums
	if !slices.IsSorted(nums) {
		// Sort the numbers first, because inserting each in its place would move a large part of the set each time.
		nums = slices.Clone(nums)
		slices.Sort(nums)
	}
	return numset.Of(kind, nums...)
}

// Decode reads what follows the response's name.
func (x *SearchData) Decode(d *wire.Decoder) error {
	x.Nums, x.ModSeq = reuse(x.Nums), 0
	// This capacity is enough if each number has seven digits. If numbers are shorter, append grows the slice.
	if n := len(d.Rest()) / 8; cap(x.Nums) < n {
		x.Nums = slices.Grow(x.Nums, min(n, d.Limits().Items))
	}
	x.run(d)
	for afterNumbers(d, len(x.Nums) > 0, &x.ModSeq) {
		x.run(d)
	}
	return d.Err()
}

// afterNumbers reads what follows a run of numbers. It reports whether more numbers follow. The parameter some says
// whether the run has at least one number.
func afterNumbers(d *wire.Decoder, some bool, modSeq *uint64) (more bool) {
	if d.AtEnd() {
		return false
	}
	sp := d.GotSP()
	if d.Is('(') {
		*modSeq = searchModSeq(d, sp || !some)
		return false
	}
	if !sp || !some || d.Peek()-'0' > 9 {
		d.Expected("nz-number")
	}
	return d.Err() == nil
}

// run reads numbers that have one space between them.
func (x *SearchData) run(d *wire.Decoder) {
	b, i, most := d.Rest(), 0, d.Limits().Items
	for d.Err() == nil {
		v, n := digits32(b[i:])
		if n == 0 {
			break
		}
		i += n
		switch {
		case v == 0:
			zeroTolerated(d, "nz-number")
		case len(x.Nums) == most:
			d.Fail(&wire.LimitError{What: "items", Limit: int64(most), Size: int64(most) + 1})
		default:
			x.Nums = append(x.Nums, v)
		}
		if len(b)-i < 2 || b[i] != ' ' || b[i+1]-'0' > 9 {
			break
		}
		i++
	}
	d.Seek(d.Pos() + i)
}

// searchModSeq reads MODSEQ. sp says whether the space before it has been read.
func searchModSeq(d *wire.Decoder, sp bool) uint64 {
	if !sp && !d.Tolerate(wire.RuleSpaces) {
		d.Expected("SP")
	}
	d.Want('(')
	if d.Name() != "MODSEQ" {
		d.Expected("MODSEQ")
	}
	d.SP()
	n := modSeq(d)
	endList(d)
	return n
}

// Encode writes what Decode reads: the numbers with one space between them, and MODSEQ unless it is 0.
func (x *SearchData) Encode(e *wire.Encoder) {
	for i, n := range x.Nums {
		if i > 0 {
			e.SP()
		}
		e.Number(n)
	}
	if x.ModSeq != 0 {
		if len(x.Nums) > 0 {
			e.SP()
		}
		e.Raw("(MODSEQ ").Number64(x.ModSeq).Byte(')')
	}
}

// Clone returns a copy that the caller owns.
func (x *SearchData) Clone() *SearchData {
	return &SearchData{Nums: slices.Clone(x.Nums), ModSeq: x.ModSeq}
}
