package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// PartialArgs holds the arguments of PARTIAL (RFC 1730 §6.4.6). The command is older than the partials of FETCH.
type PartialArgs struct {
	Num    uint32    // number of the message
	Item   FetchItem // RFC822 or a similar item, BODY or BODY.PEEK with a section, or an unknown item
	Offset uint32    // position of the first octet, from 1
	Count  uint32    // number of octets
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
