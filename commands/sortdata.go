package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// sortData collects a result from SORT or ESEARCH responses. Several SORT responses make one result. A long response
// is read in parts.
type sortData struct {
	r    *SortResult
	most rangesLimit
	over bool // the result has exceeded a limit, and the rest is skipped
	got  bool // there was a response

	numbers  parser.SearchRanges
	extended parser.ESearch
}

// take decodes a SORT or ESEARCH, or a part of one.
func (t *sortData) take(resp *response) error {
	if t.got = true; t.over {
		return nil
	}
	if resp.Name == "ESEARCH" {
		return t.esearch(resp)
	}
	r, x := t.r, &t.numbers
	if err := x.Decode(resp.Decoder()); err != nil {
		return err
	}
	if len(x.Ranges) > 0 {
		if r.Count == 0 {
			r.Min = x.Ranges[0].Start
		}
		r.Max = x.Ranges[len(x.Ranges)-1].Stop
	}
	r.Count += uint32(x.Count)
	r.ModSeq = max(r.ModSeq, x.ModSeq)
	r.Items |= parser.ESearchAll | parser.ESearchCount
	return t.add(resp, x.Ranges)
}

// add appends ranges to the result.
func (t *sortData) add(resp *response, ranges []numset.Range) error {
	r := t.r
	if n := len(r.Ranges); resp.Continues() && n > 0 && len(ranges) > 0 {
		// A range may have been split between two parts of a response.
		if a, b := &r.Ranges[n-1], ranges[0]; a.Start <= a.Stop && b.Start <= b.Stop && a.Stop+1 == b.Start {
			a.Stop, ranges = b.Stop, ranges[1:]
		}
	}
	if err := t.most.check(resp, len(ranges), len(r.Ranges)+len(ranges)); err != nil {
		t.over, r.Ranges = true, nil
		return err
	}
	r.Ranges = append(r.Ranges, ranges...)
	return nil
}

func (t *sortData) esearch(resp *response) error {
	r, x := t.r, &t.extended
	if err := x.Decode(resp.Decoder()); err != nil {
		return err
	}
	r.Items |= x.Items
	all := x.All
	if err := t.add(resp, all); err != nil {
		return err
	}
	x.All = nil
	own := x.Clone()
	if own.Has(parser.ESearchPartial) {
		r.Partial, r.Window = own.Partial, own.Window
	}
	if own.Has(parser.ESearchMin) {
		r.Min = own.Min
	}
	if own.Has(parser.ESearchMax) {
		r.Max = own.Max
	}
	switch {
	case own.Has(parser.ESearchCount):
		r.Count = own.Count
	case own.Has(parser.ESearchAll) && !r.Has(parser.ESearchCount):
		for _, a := range all {
			r.Count += max(a.Start, a.Stop) - min(a.Start, a.Stop) + 1
		}
	}
	r.ModSeq = max(r.ModSeq, own.ModSeq)
	r.Ext = append(r.Ext, own.Ext...)
	return nil
}
