package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// RawArgs holds the arguments of a command whose grammar is not known, for a program that passes the command on or
// records it.
type RawArgs struct {
	// Raw has the arguments as they came, without the line's end; valid until the next command is read.
	Raw []byte
}

// Decode reads the rest of the line, which must have the form of values (RFC 9051 §9 tagged-ext-val).
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

// Encode writes the arguments as they came. A literal remains a literal, announced in a form that the peer accepts.
func (a *RawArgs) Encode(e *wire.Encoder) {
	if len(a.Raw) > 0 {
		e.SP()
		encodeValue(e, a.Raw)
	}
}
