package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// UIDBatchesArgs is the arguments of UIDBATCHES (RFC 10022 §3.1).
type UIDBatchesArgs struct {
	Size uint32 // how many messages a batch is to have
	// From and To say which batches are asked for, the first of which has the newest messages; both are 0 if all are.
	From, To uint32
}

// Decode reads the arguments.
func (a *UIDBatchesArgs) Decode(d *wire.Decoder) error {
	*a = UIDBatchesArgs{Size: d.NzNumber()}
	if d.GotSP() {
		a.From = d.NzNumber()
		d.Want(':')
		a.To = d.NzNumber()
	}
	return ended(d, "UIDBATCHES")
}

// Encode writes the arguments.
func (a *UIDBatchesArgs) Encode(e *wire.Encoder) {
	e.SP().Number(a.Size)
	if a.From != 0 || a.To != 0 {
		e.SP().Number(a.From).Byte(':').Number(a.To)
	}
}
