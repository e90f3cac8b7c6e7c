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

// DefaultMaxResults is the number of results that LiveResults may hold if SetLimit has not set another number.
const DefaultMaxResults = 1 << 24

// maxMoves limits the work for one response, which takes about a second at the limit. Each result that LiveResults
// compares counts as 1. A result that it only copies to another position in memory counts as an eighth.
const maxMoves = 1 << 29

// ErrNotUIDs reports that the results of a search are sequence numbers, whose meaning changes with every EXPUNGE.
var ErrNotUIDs = errors.New("commands: only results that are UIDs can be kept up to date")

// LiveResults is the result of a search for which the server reports updates, because of [search.ReturnUpdate]. It
// holds UIDs in the order of the Sort or, if the search was not a Sort, in the order of the mailbox. Only one goroutine
// at a time may use it.
//
//	search := commands.Sort(s, numset.UID, by, search.Unseen, search.ReturnAll, search.ReturnUpdate())
//	found, err := search.Wait(ctx)
//	live, err := commands.NewLiveResults(numset.UID, search.Tag(), found.All())
//	// and in Handler.Other:
//	changed, err := live.Update(r)
//
// A report may arrive as soon as the server has answered the search. So the program makes the LiveResults before it
// waits for another command.
type LiveResults struct {
	tag  string
	uids []uint32
	most int
	left int // the part of maxMoves that is not used up
}

// NewLiveResults returns LiveResults that begin with found, the result of the search with that tag. kind is the kind
// of its numbers; it must be numset.UID.
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

// SetLimit sets the number of results that LiveResults may hold. If there are more, Update returns a wire.LimitError.
// 0 means DefaultMaxResults.
func (x *LiveResults) SetLimit(most int) {
	if x.most = most; most <= 0 {
		x.most = DefaultMaxResults
	}
}

func (x *LiveResults) tooMany() error {
	return &wire.LimitError{What: "items", Limit: int64(x.most), Size: int64(x.most) + 1}
}

// UIDs returns the results. The slice is valid until the next Update.
func (x *LiveResults) UIDs() []uint32 { return x.uids }

// Update applies the changes in a response if they are about the same search, and reports whether it has changed the
// results (RFC 5267 §4.3.2). After an error, the results are no longer correct. If the response has sequence numbers,
// the error is ErrNotUIDs. If one response needs more than about a second's work, the error is a wire.LimitError.
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
	uids := false
	// The order of ADDTO and REMOVEFROM matters. parser.ESearch does not keep it, so this loop decodes the response.
	for d.GotSP() && d.Err() == nil {
		name := d.Name()
		switch {
		case name == "UID":
			uids = true
		case (name == "ADDTO" || name == "REMOVEFROM") && !uids:
			err = ErrNotUIDs
		case name == "ADDTO":
			err = x.change(d, x.add)
		case name == "REMOVEFROM":
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

// change reads a list of pairs, each of which is a position and a list of numbers, and calls f for each pair.
// Position 0 means no position; change calls f once for all consecutive pairs with position 0.
func (x *LiveResults) change(d *wire.Decoder, f func(pos int, list []numset.Range) error) error {
	var anywhere []numset.Range
	d.SP()
	for range d.List {
		pos := d.Number()
		d.SP()
		list, err := numset.ParseList(d.Atom())
		if d.Err() == nil && err == nil && slices.ContainsFunc(list, func(r numset.Range) bool { return r.Start == 0 || r.Stop == 0 }) {
			err = fmt.Errorf("commands: %w: * does not stand for a result", numset.ErrSyntax)
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

// apply calls f if list is not empty and the response has not used up maxMoves.
func (x *LiveResults) apply(f func(pos int, list []numset.Range) error, pos int, list []numset.Range) error {
	if len(list) == 0 {
		return nil
	}
	cost := len(x.uids)
	if pos > 0 {
		cost /= 8 // f only copies results; copying a result counts an eighth of comparing it
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

// add inserts numbers at position pos, where 1 is the first. If pos is 0, it inserts them in the order of the
// mailbox.
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
	// If the server sends numbers without a position, all results are kept in the order of the mailbox.
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

// merge returns the sorted concatenation of a and b, which must be sorted. It reuses a.
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

// remove removes, from position pos on, the results that are in list, up to the first one that is not. If pos is 0, it
// removes all results that are in list.
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
