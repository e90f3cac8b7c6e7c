package parser

import (
	"strconv"

	"github.com/imapstack/imapstack/wire"
)

// SearchReturn holds the options of RETURN, which say what a search returns (RFC 9051 §6.4.4). The zero
// SearchReturn means that the search has no RETURN.
type SearchReturn struct {
	Given bool // whether the client sent RETURN; an empty list means ALL

	Min, Max, All, Count bool
	Save                 bool // RFC 9051 §6.4.4.1, RFC 5182
	Relevancy            bool // RFC 6203 §5
	Context              bool // RFC 5267 §4.2
	Update               bool // RFC 5267 §4.3
	// UpdateItems has the items to fetch for messages that become results (RFC 5465 §8 modifier-update). It is valid
	// until the next Decode.
	UpdateItems []FetchItem
	Partial     PartialRange // RFC 9394 §3.1, RFC 5267 §4.4; zero if the client did not send it
	Options     []ExtData    // options without a field of their own; valid until the next command is read
}

// Reset makes r the options of a search without RETURN. It keeps the memory of r.
func (r *SearchReturn) Reset() {
	*r = SearchReturn{UpdateItems: reuse(r.UpdateItems), Options: reuse(r.Options)}
}

// decode reads RETURN, its options and the space after them, if they come next.
func (r *SearchReturn) decode(d *wire.Decoder) {
	r.Reset()
	if !gotWord(d, "RETURN") {
		return
	}
	r.Given = true
	d.SP()
	for range d.List {
		at := d.Pos()
		switch name := label(d); name {
		case "MIN":
			r.Min = true
		case "MAX":
			r.Max = true
		case "ALL":
			r.All = true
		case "COUNT":
			r.Count = true
		case "SAVE":
			r.Save = true
		case "RELEVANCY":
			r.Relevancy = true
		case "CONTEXT":
			r.Context = true
		case "UPDATE":
			r.Update = true
			if d.Is('(') || hasValue(d) {
				d.GotSP()
				r.UpdateItems = decodeItems(d, reuse(r.UpdateItems), false)
			}
		case "PARTIAL":
			if !r.Partial.IsZero() {
				d.Seek(at)
				d.Expected("one PARTIAL at most")
				return
			}
			d.SP()
			r.Partial.decode(d)
		default:
			r.Options = option(d, r.Options, name)
		}
	}
	if r.All && !r.Partial.IsZero() {
		// RFC 9394 §3.1 forbids ALL together with PARTIAL.
		d.Expected("ALL or PARTIAL, not both")
	}
	d.SP()
}

// encode writes a space, RETURN and its options, if they are given.
func (r *SearchReturn) encode(e *wire.Encoder) {
	if !r.Given {
		return
	}
	e.SP().Atom("RETURN").SP().Byte('(')
	var sep separator
	for _, o := range [...]struct {
		on   bool
		name string
	}{
		{r.Min, "MIN"}, {r.Max, "MAX"}, {r.All, "ALL"}, {r.Count, "COUNT"}, {r.Save, "SAVE"},
		{r.Relevancy, "RELEVANCY"}, {r.Context, "CONTEXT"}, {r.Update, "UPDATE"},
	} {
		if o.on {
			sep.word(e, o.name)
		}
	}
	if r.Update && len(r.UpdateItems) > 0 {
		e.SP()
		encodeItems(e, r.UpdateItems)
	}
	if !r.Partial.IsZero() {
		sep.word(e, "PARTIAL")
		e.SP()
		r.Partial.encode(e)
	}
	encodeOptions(e, &sep, r.Options)
	e.Byte(')')
}

// PartialRange is a window of the results of a search (RFC 9394 §4 partial-range). Positive numbers count from the
// oldest message, which is 1. Negative numbers count from the newest message, which is -1. The window includes both
// ends. The zero PartialRange means no window.
type PartialRange struct{ From, To int64 }

// IsZero reports whether r is the zero PartialRange.
func (r PartialRange) IsZero() bool { return r == PartialRange{} }

// Slice returns which of n results in ascending order are in the window. These results begin at index i and end before
// index j.
func (r PartialRange) Slice(n int) (i, j int) {
	from, to := r.From, r.To
	if from < 0 || to < 0 {
		from, to = int64(n)+1+from, int64(n)+1+to
	}
	if from > to {
		from, to = to, from
	}
	if r.IsZero() || to < 1 || from > int64(n) {
		return 0, 0
	}
	return int(max(from, 1) - 1), int(min(to, int64(n)))
}

// String returns the range in the form of the protocol.
func (r PartialRange) String() string {
	return strconv.FormatInt(r.From, 10) + ":" + strconv.FormatInt(r.To, 10)
}

func (r *PartialRange) decode(d *wire.Decoder) {
	at := d.Pos()
	last := d.Got('-')
	r.From = int64(d.NzNumber())
	d.Want(':')
	if last {
		d.Want('-')
	}
	r.To = int64(d.NzNumber())
	if last {
		r.From, r.To = -r.From, -r.To
	}
	if d.Err() == nil && d.Is('*') {
		d.Seek(at)
		d.Expected("partial-range")
	}
}

func (r PartialRange) encode(e *wire.Encoder) {
	if r.From == 0 || (r.From < 0) != (r.To < 0) || r.To == 0 || max(r.From, -r.From, r.To, -r.To) > 1<<32-1 {
		e.Fail(&wire.ArgumentError{What: "partial-range", Value: r.String(), Reason: "is invalid"})
		return
	}
	e.Append(func(dst []byte) []byte {
		return strconv.AppendInt(append(strconv.AppendInt(dst, r.From, 10), ':'), r.To, 10)
	})
}
