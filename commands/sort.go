package commands

import (
	"iter"
	"slices"

	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// SortResult is what Sort found, in the requested order. It is the caller's.
//
// Without return options it has Ranges and Count. With them, a field that Has does not report is zero.
type SortResult struct {
	Kind   numset.Kind
	Items  parser.ESearchItems
	Ranges []numset.Range // ALL: the numbers in order, with consecutive ones joined
	Min    uint32         // the first in the order (RFC 5267 §3)
	Max    uint32         // the last
	Count  uint32
	ModSeq uint64
	// Partial is the window that search.ReturnPartial asked for, and Window holds the results in it, in order.
	Partial parser.PartialRange
	Window  []numset.Range
	Ext     []parser.ExtData // return data of extensions
	// NoUpdate says that the server will not keep the result up to date, as search.ReturnUpdate asked (RFC 5267
	// §4.3.1).
	NoUpdate bool
}

// Has reports whether the server sent all of items.
func (r *SortResult) Has(items parser.ESearchItems) bool { return r.Items&items == items }

// All yields the numbers in the requested order: those of all messages found, or of those in the window.
func (r *SortResult) All() iter.Seq[uint32] {
	if r.Has(parser.ESearchPartial) && !r.Has(parser.ESearchAll) {
		return numbers(r.Window)
	}
	return numbers(r.Ranges)
}

// Set returns the numbers as a set, without their order.
func (r *SortResult) Set() numset.Set {
	return numset.FromRanges(r.Kind, slices.Concat(r.Ranges, r.Window))
}

// Sort searches the mailbox and sorts what it finds: SORT or UID SORT by the kind of numbers wanted (RFC 5256 §3).
// It needs at least one criterion; each orders the messages that are equal by those before it. Return options need
// ESORT, and those that RFC 5267 adds need CONTEXT=SORT.
//
//	newest, err := commands.Sort(s, numset.UID, []search.SortKey{search.ByArrival.Reverse()}, search.Unseen).Wait(ctx)
func Sort(s *session.Session, kind numset.Kind, by []search.SortKey, key search.Key, options ...search.Return) *session.Call[SortResult] {
	out := &SortResult{Kind: kind}
	by, options = slices.Clone(by), tellApart(s, "SORT", "ESORT", options)
	cmd := session.Command{
		Name: uidName("SORT", kind), In: session.Selected, Needs: "SORT", Flow: session.Reads | session.ReadsFlags | holdFlow(kind),
		Args: func(e *wire.Encoder) {
			checkKind(e, kind)
			encodeReturn(e, options)
			encodeSortKeys(e, by)
			// SORT must name a charset (RFC 5256 §3), and every server knows this one.
			e.SP().Raw("UTF-8")
			encodeKeys(e.SP(), key)
		},
		Data: (&sortData{r: out, most: rangesOf(s)}).take, Parts: true,
	}
	need := func(capability string) {
		if capability != "" && !s.Caps().HasAny(capability) {
			cmd.Needs = capability
		}
	}
	for _, k := range by {
		need(k.Needs)
	}
	cmd.Flow &^= saves(options)
	for _, o := range options {
		switch o.Needs {
		case "ESEARCH":
			need("ESORT")
		case needsPartial:
			need("PARTIAL|CONTEXT=SORT|SORT=PARTIAL")
		case needsContext:
			need("CONTEXT=SORT")
		default:
			need(o.Needs)
		}
	}
	cmd.Answers = bySearch("SORT", len(options) > 0)
	cmd.Done = func(*response) error {
		return answered(!wantsWindow(options) || out.Has(parser.ESearchPartial), cmd.Name)
	}
	return searching(s, cmd, "SORT", out, &out.NoUpdate)
}

func encodeSortKeys(e *wire.Encoder, by []search.SortKey) {
	if len(by) == 0 {
		e.Fail(invalid("SORT", "", "needs a criterion"))
		return
	}
	e.SP().List(len(by), func(i int) {
		k := &by[i]
		if k.Reversed {
			e.Raw("REVERSE").SP()
		}
		if k.Name == "REVERSE" {
			e.Fail(invalid("sort-key", k.Name, "is not a criterion"))
		}
		e.Atom(k.Name)
		if k.Args != nil {
			k.Args(e)
		}
	})
}
