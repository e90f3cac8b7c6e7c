package commands

import (
	"errors"
	"iter"
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// DefaultMaxResults is how many results Results holds, if SetLimit does not say.
const DefaultMaxResults = 1 << 24

// ErrNotUIDs reports results that are sequence numbers, whose meaning changes with every EXPUNGE.
var ErrNotUIDs = errors.New("commands: only results of UIDs can be kept up to date")

// Results is the result of a search that a server keeps up to date, as [ReturnUpdate] asked for it: UIDs in the order that was asked for, or
// that of the mailbox.
//
//	search := commands.Sort(s, numset.UID, by, commands.IsUnseen, commands.ReturnAll, commands.ReturnUpdate())
//	found, err := search.Wait(ctx)
//	live, err := commands.NewResults(numset.UID, search.Tag(), found.All())
//	// and in Handler.Other:
//	changed, err := live.Update(r)
type Results struct {
	tag  string
	uids []uint32
	most int
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
// error the results are not to be trusted any more.
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
	// ADDTO and REMOVEFROM count in the order in which they stand, so the response is read here and not by parser.ESearch.
	for d.GotSP() && d.Err() == nil {
		switch name := d.Name(); name {
		case "UID":
		case "ADDTO", "REMOVEFROM":
			d.SP()
			for range d.List {
				pos := d.Number()
				d.SP()
				list, err := numset.ParseList(d.Atom())
				if d.Err() != nil || err != nil {
					return changed, errors.Join(d.Err(), err)
				}
				changed = true
				if name == "REMOVEFROM" {
					x.remove(int(pos), list)
				} else if err := x.add(int(pos), list); err != nil {
					return changed, err
				}
			}
		default:
			d.SP()
			d.Value()
		}
	}
	return changed, d.Err()
}

// add inserts numbers at a position that counts from 1, or where they belong if it is 0.
func (x *Results) add(pos int, list []numset.Range) error {
	var uids []uint32
	for _, r := range list {
		if n := uint64(max(r.Start, r.Stop)) - uint64(min(r.Start, r.Stop)); r.Start == 0 || r.Stop == 0 || uint64(len(x.uids)+len(uids))+n >= uint64(x.most) {
			return x.tooMany()
		}
		inOrder(r, func(n uint32) bool { uids = append(uids, n); return true })
	}
	if pos > 0 {
		x.uids = slices.Insert(x.uids, min(pos-1, len(x.uids)), uids...)
		return nil
	}
	// Of a search without an order: all of it is in that of the mailbox.
	x.uids = append(x.uids, uids...)
	slices.Sort(x.uids)
	x.uids = slices.Compact(x.uids)
	return nil
}

// remove takes numbers out: those from a position on, or wherever they are.
func (x *Results) remove(pos int, list []numset.Range) {
	gone := func(n uint32) bool {
		for _, r := range list {
			if n >= min(r.Start, r.Stop) && n <= max(r.Start, r.Stop) {
				return true
			}
		}
		return false
	}
	if pos == 0 {
		x.uids = slices.DeleteFunc(x.uids, gone)
		return
	}
	end := min(pos-1, len(x.uids))
	start := end
	for end < len(x.uids) && gone(x.uids[end]) {
		end++
	}
	x.uids = slices.Delete(x.uids, start, end)
}
