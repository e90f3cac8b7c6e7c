package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// PartialArgs holds the arguments of PARTIAL, a command of RFC 1730 that is older than the partials of FETCH (RFC 1730
// §6.4.6).
type PartialArgs struct {
	Num    uint32    // of the message
	Item   FetchItem // RFC822 and the like, BODY and BODY.PEEK with a section, or an unknown item
	Offset uint32    // of the first octet, from 1
	Count  uint32    // of octets
}

// Decode reads the arguments.
func (a *PartialArgs) Decode(d *wire.Decoder) error {
	a.Num = d.NzNumber()
	d.SP()
	a.Item.decode(d, false)
	d.SP()
	a.Offset = d.Number()
	d.SP()
	a.Count = d.Number()
	return ended(d, "PARTIAL")
}

// Encode writes the arguments.
func (a *PartialArgs) Encode(e *wire.Encoder) {
	e.SP().Number(a.Num).SP()
	a.Item.Encode(e)
	e.SP().Number(a.Offset).SP().Number(a.Count)
}
