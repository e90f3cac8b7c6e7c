package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// UIDBatchesArgs holds the arguments of UIDBATCHES (RFC 10022 §3.1).
type UIDBatchesArgs struct {
	Size uint32 // number of messages in a batch
	// From and To are the first and the last batch that the client asks for. Batch 1 has the newest messages. If
	// both are 0, the client asks for all batches.
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
