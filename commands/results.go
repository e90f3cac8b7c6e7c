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

// DefaultMaxResults is how many results Results holds, if SetLimit does not say.
const DefaultMaxResults = 1 << 24

// maxMoves is how many results one response may have looked at, or eight times as many moved: a second's work or so.
const maxMoves = 1 << 29

// ErrNotUIDs reports results that are sequence numbers, whose meaning changes with every EXPUNGE.
var ErrNotUIDs = errors.New("commands: only results of UIDs can be kept up to date")

// Results is the result of a search that a server keeps up to date, as [search.ReturnUpdate] asked for it: UIDs in the order that was asked for, or
// that of the mailbox.
//
//	search := commands.Sort(s, numset.UID, by, search.Unseen, search.ReturnAll, search.ReturnUpdate())
//	found, err := search.Wait(ctx)
//	live, err := commands.NewResults(numset.UID, search.Tag(), found.All())
//	// and in Handler.Other:
//	changed, err := live.Update(r)
type Results struct {
	tag  string
	uids []uint32
	most int
	left int // of maxMoves
}

// NewResults begins with what the search of that tag has found, of which kind it says.
func NewResults(kind numset.Kind, tag string, found iter.Seq[uint32]) (*Results, error) {
	if kind != numset.UID {
		return nil, ErrNotUIDs
	}
	x := &Results{tag: tag, most: DefaultMaxResults}
	for n := range found {
		if len(x.uids) == x.most {
			return nil, x.tooMany()
		}
		x.uids = append(x.uids, n)
	}
	return x, nil
}

// SetLimit says how many results may be held; more are a wire.LimitError of Update. 0 is DefaultMaxResults.
func (x *Results) SetLimit(most int) {
	if x.most = most; most <= 0 {
		x.most = DefaultMaxResults
	}
}

func (x *Results) tooMany() error {
	return &wire.LimitError{What: "items", Limit: int64(x.most), Size: int64(x.most) + 1}
}

// UIDs returns the results; valid until the next Update.
func (x *Results) UIDs() []uint32 { return x.uids }

// Update takes the changes that a response tells, if it is of the same search (RFC 5267 §4.3.2), and reports whether it is. After an
// error the results are not to be trusted any more. More changes in one response than can be made in a second or so are a wire.LimitError.
func (x *Results) Update(r *parser.Response) (changed bool, err error) {
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
	// ADDTO and REMOVEFROM count in the order in which they stand, so the response is read here and not by parser.ESearch.
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

// change reads pairs of a position and numbers, and gives them to f. Those whose position is 0, which is none, go together.
func (x *Results) change(d *wire.Decoder, f func(pos int, list []numset.Range) error) error {
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

// apply is f, if there is something to do and the response may have it done.
func (x *Results) apply(f func(pos int, list []numset.Range) error, pos int, list []numset.Range) error {
	if len(list) == 0 {
		return nil
	}
	cost := len(x.uids)
	if pos > 0 {
		cost /= 8 // they are moved, and not looked at
	}
	if err := x.spend(cost); err != nil {
		return err
	}
	return f(pos, list)
}

func (x *Results) spend(cost int) error {
	if x.left -= cost; x.left < 0 {
		return &wire.LimitError{What: "changes", Limit: maxMoves, Size: maxMoves + 1}
	}
	return nil
}

// add inserts numbers at a position that counts from 1, or where they belong if it is 0.
func (x *Results) add(pos int, list []numset.Range) error {
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
	// Of a search without an order: all of it is in that of the mailbox.
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

// merge returns a with b, both of them and the result sorted; a is used for it.
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

// remove takes numbers out: those from a position on, or wherever they are.
func (x *Results) remove(pos int, list []numset.Range) error {
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
