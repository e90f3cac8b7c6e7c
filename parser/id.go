package parser

import (
	"iter"
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// ID is the payload of ID (RFC 2971 §3.2). A program uses it to identify itself. The zero ID means NIL. It is valid
// until the next response is read; Clone returns a copy that the caller owns.
type ID struct {
	Fields []IDField // valid until the next response is read
}

// IDField is one field of an ID.
type IDField struct {
	Name  string // in lower case: "name", "version", …
	Value []byte // nil means NIL; valid until the next response is read
}

// Get returns the value of a field. It returns nil if the value is NIL or if there is no such field. The name is in
// lower case. The value is valid until the next response is read.
func (x *ID) Get(name string) []byte {
	for _, f := range x.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

// All yields the fields as strings that the caller owns. NIL becomes "".
func (x *ID) All() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, f := range x.Fields {
			if !yield(f.Name, string(f.Value)) {
				return
			}
		}
	}
}

// Decode reads what follows the response's name.
func (x *ID) Decode(d *wire.Decoder) error {
	x.Fields = reuse(x.Fields)
	if d.Nil() {
		return d.Err()
	}
	for range d.List {
		var f IDField
		ok := readValue(d, func() { f.Name = d.InternLower(d.String()) })
		if d.GotSP() {
			ok = readValue(d, func() { f.Value = d.NString() }) && ok
		} else if d.Err() == nil && !d.Tolerate(RuleIDValue) {
			d.Expected("SP")
		}
		if ok {
			x.Fields = appendLimited(d, x.Fields, f)
		}
	}
	return d.Err()
}

// Encode writes what Decode reads.
func (x *ID) Encode(e *wire.Encoder) {
	if len(x.Fields) == 0 {
		e.NIL()
		return
	}
	e.List(len(x.Fields), func(i int) { e.String(x.Fields[i].Name).SP().NString(x.Fields[i].Value) })
}

// Clone returns a copy that the caller owns.
func (x *ID) Clone() *ID {
	var k keeper
	c := &ID{slices.Clone(x.Fields)}
	for i := range c.Fields {
		c.Fields[i].Value = k.bytes(c.Fields[i].Value)
	}
	return c
}
