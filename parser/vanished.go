package parser

import (
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Vanished is the payload of VANISHED: the messages that no longer exist (RFC 7162 §3.2.10).
type Vanished struct {
	// Earlier says whether the messages vanished before the mailbox was selected. If so, the number in EXISTS did not
	// include them.
	Earlier bool
	UIDs    numset.Set // without "*"; owned by the caller
}

// Decode reads what follows the response's name. It makes a new set for UIDs each time.
func (v *Vanished) Decode(d *wire.Decoder) error {
	*v = Vanished{}
	if d.Got('(') {
		if d.Name() != "EARLIER" {
			d.Expected("EARLIER")
		}
		v.Earlier = true
		endList(d)
		d.SP()
	}
	v.UIDs = fixedSet(d, numset.UID)
	return d.Err()
}

// Encode writes what Decode reads.
func (v *Vanished) Encode(e *wire.Encoder) {
	if v.Earlier {
		e.Raw("(EARLIER)").SP()
	}
	e.Append(v.UIDs.AppendTo)
}

// Clone returns a copy that the caller owns.
func (v *Vanished) Clone() *Vanished { return &Vanished{v.Earlier, v.UIDs.Clone()} }
