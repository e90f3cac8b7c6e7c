package commands

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// DefaultMaxResults is how many results LiveResults holds without SetLimit.
const DefaultMaxResults = 1 << 24

// maxMoves is how many results one response may make LiveResults look at; it may make it move eight times as many. That is
// about a second's work.
const maxMoves = 1 << 29

// ErrNotUIDs reports results that are sequence numbers: their meaning changes with every EXPUNGE.
var ErrNotUIDs = errors.New("commands: only results of UIDs can be kept up to date")

// LiveResults is the result of a search that the server keeps up to date, because [search.ReturnUpdate] asked for that. It
// holds UIDs in the requested order, or in that of the mailbox.
//
//	search := commands.Sort(s, numset.UID, by, search.Unseen, search.ReturnAll, search.ReturnUpdate())
//	found, err := search.Wait(ctx)
//	live, err := commands.NewLiveResults(numset.UID, search.Tag(), found.All())
//	// and in Handler.Other:
//	changed, err := live.Update(r)
type LiveResults struct {
	tag  string
	uids []uint32
	most int
	left int // of maxMoves
}

// NewLiveResults begins with what the search with that tag has found. kind is the kind of its numbers.
func NewLiveResults(kind numset.Kind, tag string, found iter.Seq[uint32]) (*LiveResults, error) {
	if kind != numset.UID {
		return nil, ErrNotUIDs
	}
	x := &LiveResults{tag: tag, most: DefaultMaxResults}
	for n := range found {
		if len(x.uids) == x.most {
			return nil, x.tooMany()
		}
		x.uids = append(x.uids, n)
	}
	return x, nil
}

// SetLimit sets how many results LiveResults may hold. With more, Update returns a wire.LimitError. 0 is DefaultMaxResults.
func (x *LiveResults) SetLimit(most int) {
	if x.most = most; most <= 0 {
		x.most = DefaultMaxResults
	}
}

func (x *LiveResults) tooMany() error {
	return &wire.LimitError{What: "items", Limit: int64(x.most), Size: int64(x.most) + 1}
}

// UIDs returns the results. They are valid until the next Update.
func (x *LiveResults) UIDs() []uint32 { return x.uids }

// Update applies the changes in a response, if they are of the same search (RFC 5267 §4.3.2), and reports whether they
// are. After an error, do not trust the results any more. If one response holds more changes than about a second's
// work, the error is a wire.LimitError.
func (x *LiveResults) Update(r *parser.Response) (changed bool, err error) {
	if !r.Is("ESEARCH") {
		return false, nil
	}
	d := r.Decoder()
	if !d.Is('(') {
		return false, nil
	}
	mine := false
	for range d.List {
		name := d.Name()
		if d.SP(); name == "TAG" {
			mine = string(d.AString()) == x.tag
		} else {
			d.Value()
		}
	}
	if !mine {
		return false, d.Err()
	}
	x.left = maxMoves
	// The order of ADDTO and REMOVEFROM matters, and parser.ESearch does not keep it, so the response is read here.
	for d.GotSP() && d.Err() == nil {
		name := d.Name()
		switch name {
		case "UID":
		case "ADDTO":
			err = x.change(d, x.add)
		case "REMOVEFROM":
			err = x.change(d, x.remove)
		default:
			d.SP()
			d.Value()
		}
		changed = changed || name == "ADDTO" || name == "REMOVEFROM"
		if err != nil {
			return changed, errors.Join(d.Err(), err)
		}
	}
	return changed, d.Err()
}

// change reads pairs of a position and numbers, and gives them to f. It gives those with position 0, which means no
// position, to f together.
func (x *LiveResults) change(d *wire.Decoder, f func(pos int, list []numset.Range) error) error {
	var anywhere []numset.Range
	d.SP()
	for range d.List {
		pos := d.Number()
		d.SP()
		list, err := numset.ParseList(d.Atom())
		if d.Err() == nil && err == nil && slices.ContainsFunc(list, func(r numset.Range) bool { return r.Start == 0 || r.Stop == 0 }) {
			err = fmt.Errorf("commands: %w: * is the number of no result", numset.ErrSyntax)
		}
		if d.Err() != nil || err != nil {
			return err
		}
		if pos == 0 {
			anywhere = append(anywhere, list...)
			continue
		}
		if err := x.apply(f, 0, anywhere); err != nil {
			return err
		}
		anywhere = nil
		if err := x.apply(f, int(pos), list); err != nil {
			return err
		}
	}
	return x.apply(f, 0, anywhere)
}

// apply calls f if there is something to do and the response has not used up its share of work.
func (x *LiveResults) apply(f func(pos int, list []numset.Range) error, pos int, list []numset.Range) error {
	if len(list) == 0 {
		return nil
	}
	cost := len(x.uids)
	if pos > 0 {
		cost /= 8 // results are moved, not looked at
	}
	if err := x.spend(cost); err != nil {
		return err
	}
	return f(pos, list)
}

func (x *LiveResults) spend(cost int) error {
	if x.left -= cost; x.left < 0 {
		return &wire.LimitError{What: "changes", Limit: maxMoves, Size: maxMoves + 1}
	}
	return nil
}

// add inserts numbers at a position, which counts from 1, or, if position is 0, where they belong in the mailbox's
// order.
func (x *LiveResults) add(pos int, list []numset.Range) error {
	var uids []uint32
	for _, r := range list {
		if n := uint64(max(r.Start, r.Stop)) - uint64(min(r.Start, r.Stop)); uint64(len(x.uids)+len(uids))+n >= uint64(x.most) {
			return x.tooMany()
		}
		inOrder(r, func(n uint32) bool { uids = append(uids, n); return true })
	}
	if pos > 0 {
		x.uids = slices.Insert(x.uids, min(pos-1, len(x.uids)), uids...)
		return nil
	}
	// The search has no order of its own: all results are in the mailbox's.
	if !slices.IsSorted(x.uids) {
		if err := x.spend(16 * len(x.uids)); err != nil {
			return err
		}
		slices.Sort(x.uids)
	}
	slices.Sort(uids)
	x.uids = slices.Compact(merge(x.uids, uids))
	return nil
}

// merge returns the sorted union of a and b, which are sorted. It reuses a.
func merge(a, b []uint32) []uint32 {
	i, j := len(a)-1, len(b)-1
	a = append(a, b...)
	for k := len(a) - 1; j >= 0; k-- {
		if i >= 0 && a[i] > b[j] {
			a[k] = a[i]
			i--
		} else {
			a[k] = b[j]
			j--
		}
	}
	return a
}

// remove removes numbers: from a position on, or wherever they are.
func (x *LiveResults) remove(pos int, list []numset.Range) error {
	gone := numset.FromRanges(numset.UID, list).Contains
	if pos == 0 {
		x.uids = slices.DeleteFunc(x.uids, gone)
		return nil
	}
	end := min(pos-1, len(x.uids))
	start := end
	for end < len(x.uids) && gone(x.uids[end]) {
		end++
	}
	x.uids = slices.Delete(x.uids, start, end)
	return nil
}
