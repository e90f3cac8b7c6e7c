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

// SortResult is the result of [Sort]. It is the caller's.
//
// Without return options, Sort sets Ranges, Count, Min and Max. With return options, it sets only the fields that the
// server has sent; Has reports which these are.
type SortResult struct {
	Kind   numset.Kind
	Items  parser.ESearchItems
	Ranges []numset.Range // all messages found, in the requested order (ALL); consecutive numbers are joined
	Min    uint32         // the first message in the requested order (RFC 5267 §3)
	Max    uint32         // the last message in the requested order
	Count  uint32
	ModSeq uint64
	// Partial is the range of positions that search.ReturnPartial asked for, and Window has the results at these
	// positions, in the requested order.
	Partial parser.PartialRange
	Window  []numset.Range
	Ext     []parser.ExtData // return data of extensions
	// NoUpdate says that search.ReturnUpdate asked for updates of the result, and the server has refused to report them
	// (RFC 5267 §4.3.1).
	NoUpdate bool
}

// Has reports whether the server has sent all of items.
func (r *SortResult) Has(items parser.ESearchItems) bool { return r.Items&items == items }

// All yields the numbers in Ranges or, if the server has sent only PARTIAL, in Window, in the requested order.
func (r *SortResult) All() iter.Seq[uint32] {
	if r.Has(parser.ESearchPartial) && !r.Has(parser.ESearchAll) {
		return numbers(r.Window)
	}
	return numbers(r.Ranges)
}

// Set returns the numbers as a set, which has no order.
func (r *SortResult) Set() numset.Set {
	return numset.FromRanges(r.Kind, slices.Concat(r.Ranges, r.Window))
}

// Sort searches the selected mailbox and sorts the messages that it finds. kind is the kind of numbers in the result:
// Sort sends SORT or, for UIDs, UID SORT (RFC 5256 §3). There must be at least one criterion; each sorts the messages
// that are equal by the criteria before it. Return options need ESORT, and those of RFC 5267 need CONTEXT=SORT.
//
//	newest, err := commands.Sort(s, numset.UID, []search.SortKey{search.ByArrival.Reverse()}, search.Unseen).Wait(ctx)
func Sort(s *session.Session, kind numset.Kind, by []search.SortKey, key search.Key, options ...search.Return) *session.Call[SortResult] {
	out := &SortResult{Kind: kind}
	plain := len(options) == 0
	by, options = slices.Clone(by), withTag(s, "SORT", "ESORT", options)
	data := &sortData{r: out, most: rangesOf(s)}
	cmd := session.Command{
		Name: uidName("SORT", kind), In: session.Selected, Needs: "SORT", Flow: session.Reads | session.ReadsFlags | noExpungeFlow(kind),
		Args: func(e *wire.Encoder) {
			checkKind(e, kind)
			encodeReturn(e, options)
			encodeSortKeys(e, by)
			// SORT requires a charset, and every server must support UTF-8 (RFC 5256 §3).
			e.SP().Raw("UTF-8")
			encodeKeys(e.SP(), key)
		},
		Data: data.take, Parts: true,
	}
	need := func(capability string) {
		if capability != "" && !s.Caps().HasAny(capability) {
			cmd.Needs = capability
		}
	}
	for _, k := range by {
		need(k.Needs)
	}
	cmd.Flow &^= notReading(options)
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
		if n := len(out.Ranges); plain && n > 0 {
			// Without options, Min and Max follow from Ranges, no matter whether the server has sent SORT or ESEARCH.
			out.Min = min(out.Ranges[0].Start, out.Ranges[0].Stop)
			out.Max = max(out.Ranges[n-1].Start, out.Ranges[n-1].Stop)
		}
		return answered(hasWanted(options, out.Items, data.got), cmd.Name)
	}
	return startSearch(s, cmd, "SORT", out, &out.NoUpdate)
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
