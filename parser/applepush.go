package parser

import (
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

// Decode reads what stands behind the response's name.
func (x *ApplePush) Decode(d *wire.Decoder) error {
	x.Fields = again(x.Fields)
	for more := true; more && d.Err() == nil; more = d.GotSP() {
		f := IDField{Name: d.InternLower(d.AString())}
		d.SP()
		f.Value = d.AString()
		x.Fields = push(d, x.Fields, f)
	}
	return d.Err()
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
