package parser

import (
	"cmp"
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// ApplePush is the payload of XAPPLEPUSHSERVICE, Apple's own way to have a telephone told of new mail: names and
// values such as aps-version and aps-topic. It is valid until the next response is read; Clone makes a copy that is
// the caller's.
type ApplePush struct {
	Fields []IDField // valid until the next response is read
}

// Get returns the value of a field, whose name is given in lower case; valid until the next response is read.
// It is nil if there is none.
func (x *ApplePush) Get(name string) []byte { return (&ID{x.Fields}).Get(name) }

// Decode reads what stands behind the response's name. A field that cannot be read is left out, if that is tolerated, and the error is of the first of them.
func (x *ApplePush) Decode(d *wire.Decoder) error {
	var bad error
	x.Fields = again(x.Fields)
	for more := true; more && d.Err() == nil; more = d.GotSP() {
		var f IDField
		err := tryValue(d, func() { f.Name = d.InternLower(d.AString()) })
		d.SP()
		if err = cmp.Or(err, tryValue(d, func() { f.Value = d.AString() })); err == nil {
			x.Fields = push(d, x.Fields, f)
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

// Clone returns a copy that is the caller's.
func (x *ApplePush) Clone() *ApplePush {
	var k keeper
	c := &ApplePush{slices.Clone(x.Fields)}
	for i := range c.Fields {
		c.Fields[i].Value = k.bytes(c.Fields[i].Value)
	}
	return c
}
