package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// RawArgs is the arguments of a command whose grammar is not known, for whoever passes it on or keeps a record of it.
type RawArgs struct {
	// Raw is the arguments as they came, without the line's end; valid until the next command is read.
	Raw []byte
}

// Decode takes what there is, which must be values by their form (RFC 9051 §9 tagged-ext-val).
func (a *RawArgs) Decode(d *wire.Decoder) error {
	start, end := d.Pos(), d.Pos()
	for d.Err() == nil && !d.AtEnd() {
		extValue(d)
		end = d.Pos()
		if !d.GotSP() {
			break
		}
	}
	a.Raw = d.Raw()[start:end:end]
	return ended(d, "arguments")
}

// Encode writes the arguments as they came. A literal stays one, announced in a form that the peer takes.
func (a *RawArgs) Encode(e *wire.Encoder) {
	if len(a.Raw) > 0 {
		e.SP()
		encodeValue(e, a.Raw)
	}
}
