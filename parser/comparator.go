package parser

import (
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// Comparator is the payload of COMPARATOR (RFC 5255 §4.8). A comparator is a set of rules by which the server
// compares text in SEARCH and SORT.
type Comparator struct {
	Active    string
	Available []string // comparators that match the client's request; the slice is valid until the next Decode
}

// Decode reads what follows the response's name. If invalid values are tolerated, it leaves out each name of
// Available that it cannot read, and returns the first error.
func (x *Comparator) Decode(d *wire.Decoder) error {
	*x = Comparator{Active: d.Intern(d.AString()), Available: reuse(x.Available)}
	if !d.GotSP() {
		return d.Err()
	}
	return decodeNames(d, &x.Available, d.Intern)
}

// Encode writes what Decode reads.
func (x *Comparator) Encode(e *wire.Encoder) {
	e.String(x.Active)
	if len(x.Available) > 0 {
		e.SP().List(len(x.Available), func(i int) { e.String(x.Available[i]) })
	}
}

// Clone returns a copy that the caller owns.
func (x *Comparator) Clone() *Comparator { return &Comparator{x.Active, slices.Clone(x.Available)} }
