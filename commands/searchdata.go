package commands

import (
	"math"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// searchData collects a result from SEARCH or ESEARCH responses. Some servers send several SEARCH responses for one
// search. A long response is read in parts.
type searchData struct {
	r     *SearchResult
	found numset.Builder
	most  rangesLimit
	over  bool // the result has exceeded a limit, and the rest is skipped
	plain bool // found comes from SEARCH
	all   bool // found comes from ESEARCH
	got   bool // there was a response
	// last is the last number that was found, and mixed says that the numbers did not come in ascending order.
	last  uint32
	mixed bool
	count uint64

	numbers  parser.SearchRanges
	extended parser.ESearch
}

// rangesLimit limits the number of ranges in a result. The session's limits for octets do not apply to a response
// that is read in parts.
type rangesLimit struct {
	list int // limit for one response
	all  int // limit for a result
	n    int // number of ranges in the current response so far
}

func rangesOf(s *session.Session) rangesLimit {
	if s == nil {
		return rangesLimit{}
	}
	const size = 8 // bytes of memory for a range
	c := s.Config()
	return rangesLimit{list: c.Limits.Items, all: int(min(c.MaxResult/size, math.MaxInt))}
}

// check returns an error if a limit is exceeded. more is the number of ranges in the current response, or in a part
// of it; all is the number of ranges in the result.
func (l *rangesLimit) check(resp *parser.Response, more, all int) error {
	if !resp.Continues() {
		l.n = 0
	}
	over := func(most int) error {
		return &wire.LimitError{What: "ranges", Limit: int64(most), Size: int64(most) + 1}
	}
	switch l.n += more; {
	case l.n > l.list:
		return over(l.list)
	case all > l.all:
		return over(l.all)
	}
	return nil
}

// take decodes a SEARCH or ESEARCH, or a part of one.
func (t *searchData) take(resp *parser.Response) error {
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
	t.plain = true
	if t.count += uint64(x.Count); t.count > math.MaxUint32 {
		// No more than math.MaxUint32 numbers exist, so the server has sent some of them twice.
		t.over, t.found = true, numset.Builder{}
		return &wire.LimitError{What: "numbers", Limit: math.MaxUint32, Size: int64(t.count)}
	}
	r.Count = uint32(t.count)
	r.ModSeq = max(r.ModSeq, x.ModSeq)
	r.Items |= parser.ESearchAll | parser.ESearchCount
	return t.add(resp, x.Ranges)
}

// add adds ranges to the numbers found.
func (t *searchData) add(resp *parser.Response, ranges []numset.Range) error {
	for _, r := range ranges {
		t.mixed = t.mixed || r.Start <= t.last || r.Stop < r.Start
		t.last = r.Stop
	}
	t.found.Add(ranges...)
	err := t.most.check(resp, len(ranges), t.found.Len())
	if err != nil {
		t.over, t.found = true, numset.Builder{}
	}
	return err
}

// settle sets the fields that depend on all responses. It is called at the end of the search.
func (t *searchData) settle() {
	r := t.r
	if t.plain || t.all {
		r.Found = t.found.Set(r.Kind)
	}
	if t.plain {
		r.Min, _ = r.Found.Min()
		r.Max, _ = r.Found.Max()
	}
	// Count the set, because a server may send a number twice in SEARCH, or send the same SEARCH twice.
	if n, ok := r.Found.Len(); ok && (t.plain || t.all && !r.Has(parser.ESearchCount)) {
		r.Count = uint32(n)
	}
	if n, ok := r.Found.Len(); t.all && (t.mixed || ok && uint64(len(r.Relevancy)) != n) {
		r.Relevancy = nil // it is not known which score belongs to which message
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
			t.last, t.mixed = 0, false
			r.Relevancy = nil
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
