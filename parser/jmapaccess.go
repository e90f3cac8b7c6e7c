package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// JMAPAccess is the payload of JMAPACCESS (RFC 9698 §4). It says where JMAP gives access to the same mail.
type JMAPAccess struct {
	URL []byte // URL of the JMAP session resource; valid until the next response is read
}

// Decode reads what follows the response's name.
func (x *JMAPAccess) Decode(d *wire.Decoder) error {
	x.URL = d.String()
	return d.Err()
}

// Encode writes what Decode reads.
func (x *JMAPAccess) Encode(e *wire.Encoder) { e.StringBytes(x.URL) }

// Clone returns a copy that the caller owns.
func (x *JMAPAccess) Clone() *JMAPAccess { return &JMAPAccess{bytes.Clone(x.URL)} }
