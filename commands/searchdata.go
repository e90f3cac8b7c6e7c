package commands

import (
	"math"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// searchData is what SEARCH has told of a result. Several of them, which servers have sent, are one, as are the parts of one.
type searchData struct {
	r     *SearchResult
	found numset.Builder
	most  rangesLimit
	over  bool // found would have more
	plain bool // SEARCH has told them
	all   bool // ESEARCH has
	count uint64

	numbers  parser.SearchRanges
	extended parser.ESearch
}

// rangesLimit bounds the ranges of numbers that are kept. What comes in parts is bounded by this, and not by what has passed.
type rangesLimit struct {
	list int // of one response
	all  int // of a result
	n    int // in the response at hand
}

func rangesOf(s *session.Session) rangesLimit {
	if s == nil {
		return rangesLimit{}
	}
	const size = 8 // of a range, in octets
	c := s.Config()
	return rangesLimit{list: c.Limits.Items, all: int(min(c.MaxResult/size, math.MaxInt))}
}

// check says what is exceeded by a result of all ranges, of which the response at hand, or a part of it, has told so many.
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

// take takes SEARCH or ESEARCH, or a part of one.
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
		// There are no more numbers, so it tells some again.
		t.over, t.found = true, numset.Builder{}
		return &wire.LimitError{What: "numbers", Limit: math.MaxUint32, Size: int64(t.count)}
	}
	r.Count = uint32(t.count)
	r.ModSeq = max(r.ModSeq, x.ModSeq)
	r.Items |= parser.ESearchAll | parser.ESearchCount
	return t.add(resp, x.Ranges)
}

// add adds to what has been found.
func (t *searchData) add(resp *parser.Response, ranges []numset.Range) error {
	t.found.Add(ranges...)
	err := t.most.check(resp, len(ranges), t.found.Len())
	if err != nil {
		t.over, t.found = true, numset.Builder{}
	}
	return err
}

// settle makes a set of what has been told.
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
