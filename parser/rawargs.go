package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// RawArgs holds the undecoded arguments of a command, for programs that pass on or record commands that they do not
// know.
type RawArgs struct {
	// Raw has the arguments as received, without the end of the line. It is valid until the next command is read.
	Raw []byte
}

// Decode reads the rest of the line, which must consist of values (RFC 9051 §9 tagged-ext-val).
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

// Encode writes the arguments unchanged. A literal stays a literal, and is announced in a form that the peer
// accepts.
func (a *RawArgs) Encode(e *wire.Encoder) {
	if len(a.Raw) > 0 {
		e.SP()
		encodeValue(e, a.Raw)
	}
}
