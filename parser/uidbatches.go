package parser

import (
	"bytes"
	"slices"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// UIDBatches is the payload of UIDBATCHES (RFC 10022 §3): a range of UIDs for each batch of messages.
type UIDBatches struct {
	Tag []byte // tag of the command; valid until the next response is read
	// Ranges begins with the newest messages. Each range begins with its highest UID, as in the response. It is
	// valid until the next Decode.
	Ranges []numset.Range
}

// Decode reads what follows the response's name.
func (x *UIDBatches) Decode(d *wire.Decoder) error {
	*x = UIDBatches{Ranges: reuse(x.Ranges)}
	d.Want('(')
	if d.Name() != "TAG" {
		d.Expected("TAG")
	}
	d.SP()
	x.Tag = d.AString()
	endList(d)
	if d.GotSP() {
		x.Ranges = appendRanges(d, x.Ranges)
	}
	return d.Err()
}

// Encode writes what Decode reads.
func (x *UIDBatches) Encode(e *wire.Encoder) {
	e.Raw("(TAG ").StringBytes(x.Tag).Byte(')')
	if len(x.Ranges) > 0 {
		e.SP()
		encodeRanges(e, x.Ranges)
	}
}

// Clone returns a copy that the caller owns.
func (x *UIDBatches) Clone() *UIDBatches {
	return &UIDBatches{bytes.Clone(x.Tag), slices.Clone(x.Ranges)}
}
