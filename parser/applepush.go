package parser

import (
	"cmp"
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// ApplePush is the payload of XAPPLEPUSHSERVICE, with which Apple's servers announce new mail to a phone. Its fields
// have names, such as aps-version and aps-topic, and values. It is valid until the next response is read; Clone returns
// a copy that the caller owns.
type ApplePush struct {
	Fields []IDField // valid until the next response is read
}

// Get returns the value of a field, or nil if there is no such field. The name is in lower case. The value is valid
// until the next response is read.
func (x *ApplePush) Get(name string) []byte { return (&ID{x.Fields}).Get(name) }

// Decode reads what follows the response's name. If invalid values are tolerated, it leaves out each field that it
// cannot read, and returns the first error.
func (x *ApplePush) Decode(d *wire.Decoder) error {
	var bad error
	x.Fields = reuse(x.Fields)
	for more := true; more && d.Err() == nil; more = d.GotSP() {
		var f IDField
		err := tryValue(d, func() { f.Name = d.InternLower(d.AString()) })
		d.SP()
		if err = cmp.Or(err, tryValue(d, func() { f.Value = d.AString() })); err == nil {
			x.Fields = appendLimited(d, x.Fields, f)
		}
		bad = cmp.Or(bad, err)
	}
	return cmp.Or(d.Err(), bad)
}

// Encode writes what Decode reads.
func (x *ApplePush) Encode(e *wire.Encoder) {
	for i, f := range x.Fields {
		if i > 0 {
			e.SP()
		}
		e.AString(f.Name).SP().AStringBytes(f.Value)
	}
}

// Clone returns a copy that the caller owns.
func (x *ApplePush) Clone() *ApplePush {
	var k keeper
	c := &ApplePush{slices.Clone(x.Fields)}
	for i := range c.Fields {
		c.Fields[i].Value = k.bytes(c.Fields[i].Value)
	}
	return c
}
