package commands

import (
	"math"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// searchData is the result in SEARCH responses. Several responses, which some servers send, make one result, as do the
// parts of one.
type searchData struct {
	r     *SearchResult
	found numset.Builder
	most  rangesLimit
	over  bool // found would exceed the limit
	plain bool // SEARCH has sent them
	all   bool // ESEARCH has sent them
	count uint64

	numbers  parser.SearchRanges
	extended parser.ESearch
}

// rangesLimit bounds the ranges of numbers that are kept. It bounds what arrives in parts by what is kept, and not by
// what has passed.
type rangesLimit struct {
	list int // of one response
	all  int // of a result
	n    int // in the current response
}

func rangesOf(s *session.Session) rangesLimit {
	if s == nil {
		return rangesLimit{}
	}
	const size = 8 // octets of a range
	c := s.Config()
	return rangesLimit{list: c.Limits.Items, all: int(min(c.MaxResult/size, math.MaxInt))}
}

// check returns an error if a result with all ranges exceeds a limit; told about them are from the current response, or
// from a part of it.
func (l *rangesLimit) check(resp *parser.Response, told, all int) error {
	if !resp.Continues() {
		l.n = 0
	}
	over := func(most int) error {
		return &wire.LimitError{What: "ranges", Limit: int64(most), Size: int64(most) + 1}
	}
	switch l.n += told; {
	case l.n > l.list:
		return over(l.list)
	case all > l.all:
		return over(l.all)
	}
	return nil
}

// take reads SEARCH or ESEARCH, or a part of one.
func (t *searchData) take(resp *parser.Response) error {
	if t.over {
		return nil
	}
	if resp.Name == "ESEARCH" {
		return t.esearch(resp)
	}
	r, x := t.r, &t.numbers
	if err := x.Decode(resp.Decoder()); err != nil {
		return err
	}
	t.plain = true
	if t.count += uint64(x.Count); t.count > math.MaxUint32 {
		// There are no more numbers, so the server sends some again.
		t.over, t.found = true, numset.Builder{}
		return &wire.LimitError{What: "numbers", Limit: math.MaxUint32, Size: int64(t.count)}
	}
	r.Count = uint32(t.count)
	r.ModSeq = max(r.ModSeq, x.ModSeq)
	r.Items |= parser.ESearchAll | parser.ESearchCount
	return t.add(resp, x.Ranges)
}

// add adds to the numbers found.
func (t *searchData) add(resp *parser.Response, ranges []numset.Range) error {
	t.found.Add(ranges...)
	err := t.most.check(resp, len(ranges), t.found.Len())
	if err != nil {
		t.over, t.found = true, numset.Builder{}
	}
	return err
}

// settle makes a set of the numbers found.
func (t *searchData) settle() {
	r := t.r
	if t.plain || t.all {
		r.Found = t.found.Set(r.Kind)
	}
	if t.plain {
		r.Min, _ = r.Found.Min()
		r.Max, _ = r.Found.Max()
	}
	if n, ok := r.Found.Len(); t.all && ok && !r.Has(parser.ESearchCount) {
		r.Count = uint32(n)
	}
	*t = searchData{r: r}
}

func (t *searchData) esearch(resp *parser.Response) error {
	r, x := t.r, &t.extended
	if err := x.Decode(resp.Decoder()); err != nil {
		return err
	}
	r.Items |= x.Items
	if x.Has(parser.ESearchAll) {
		if !resp.Continues() {
			t.found, t.plain, t.all = numset.Builder{}, false, true
		}
		if err := t.add(resp, x.All); err != nil {
			return err
		}
	}
	if x.Has(parser.ESearchPartial) {
		r.Partial, r.Window = x.Partial, numset.FromRanges(r.Kind, x.Window)
	}
	r.Min, r.Max, r.ModSeq = max(r.Min, x.Min), max(r.Max, x.Max), max(r.ModSeq, x.ModSeq)
	if x.Has(parser.ESearchCount) {
		r.Count = x.Count
	}
	x.All, x.Window = nil, nil
	own := x.Clone()
	r.Relevancy = append(r.Relevancy, own.Relevancy...)
	r.Ext = append(r.Ext, own.Ext...)
	return nil
}
