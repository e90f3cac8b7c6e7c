package parser

import (
	"cmp"
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// Conversion is the payload of CONVERSION (RFC 5259 §5.2). It says that the server can convert one media type into
// another.
type Conversion struct {
	From, To string   // media types, in lower case
	Params   []string // names of parameters, in lower case; the slice is valid until the next Decode
}

// Decode reads what follows the response's name. If invalid values are tolerated, it leaves out each name of Params
// that it cannot read, and returns the first error.
func (x *Conversion) Decode(d *wire.Decoder) error {
	*x = Conversion{Params: reuse(x.Params)}
	skipEmptyList(d)
	x.From = d.InternLower(d.AString())
	d.SP()
	skipEmptyList(d)
	x.To = d.InternLower(d.AString())
	if d.GotSP() {
		return decodeNames(d, &x.Params, d.InternLower)
	}
	return d.Err()
}

// Encode writes what Decode reads.
func (x *Conversion) Encode(e *wire.Encoder) {
	e.String(x.From).SP().String(x.To)
	if len(x.Params) > 0 {
		e.SP().List(len(x.Params), func(i int) { e.String(x.Params[i]) })
	}
}

// Clone returns a copy that the caller owns.
func (x *Conversion) Clone() *Conversion {
	return &Conversion{x.From, x.To, slices.Clone(x.Params)}
}

// Converted is the payload of CONVERTED (RFC 5259 §8.1). The number before the word CONVERTED is the number of the
// message. A Converted is valid until the next response is read; Clone returns a copy that the caller owns.
type Converted struct {
	Tag []byte // tag of the command; valid until the next response is read
	UID uint32 // 0 if the server did not send it
	// Items has the converted data. The names are in upper case, such as "BINARY[2]" and "BODYPARTSTRUCTURE[2]".
	// Items is valid until the next response is read.
	Items []ExtData
}

// Decode reads what follows the response's name. It fails if a value is too big for memory. If the tag cannot be
// read, Decode returns an error. If invalid values are tolerated, x then has all data but the tag.
func (x *Converted) Decode(d *wire.Decoder) error {
	*x = Converted{Items: reuse(x.Items)}
	bad := tryValue(d, func() { x.correlator(d) })
	d.SP()
	for range d.List {
		name := d.Value()
		valueSP(d)
		if wire.EqualFold(name, "UID") {
			if !readValue(d, func() { x.UID = nzNumber(d) }) {
				x.UID = 0
			}
			continue
		}
		x.Items = appendExt(d, x.Items, d.InternUpper(name))
	}
	return cmp.Or(d.Err(), bad)
}

// correlator reads the tag of the command that the response belongs to.
func (x *Converted) correlator(d *wire.Decoder) {
	d.Want('(')
	if d.Name() != "TAG" {
		d.Expected("TAG")
	}
	d.SP()
	x.Tag = d.String()
	endList(d)
}

// Encode writes what Decode reads. It writes values unchanged and unchecked.
func (x *Converted) Encode(e *wire.Encoder) {
	sep := new(separator)
	e.Raw("(TAG ").StringBytes(x.Tag).Raw(") (")
	if x.UID != 0 {
		sep.word(e, "UID")
		e.SP().Number(x.UID)
	}
	for _, t := range x.Items {
		sep.next(e)
		e.Raw(t.Name).SP().Verbatim(t.Value)
	}
	e.Byte(')')
}

// Clone returns a copy that the caller owns.
func (x *Converted) Clone() *Converted {
	var k keeper
	return &Converted{k.bytes(x.Tag), x.UID, k.ext(x.Items)}
}
