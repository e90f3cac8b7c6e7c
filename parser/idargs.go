package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// IDArgs holds the argument of ID (RFC 2971 §3.1), with which a client identifies itself. It is valid until the
// next command is read.
type IDArgs struct{ ID }

// Decode reads the argument.
func (a *IDArgs) Decode(d *wire.Decoder) error {
	a.ID.Decode(d)
	return ended(d, "ID")
}

// Encode writes the argument.
func (a *IDArgs) Encode(e *wire.Encoder) {
	e.SP()
	a.ID.Encode(e)
}
