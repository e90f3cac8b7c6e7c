package parser

import (
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// GenURLAuth is the payload of GENURLAUTH (RFC 4467 §7): authorized URLs, which give others access to the data of
// messages. It is valid until the next response is read; Clone returns a copy that the caller owns.
type GenURLAuth struct {
	URLs [][]byte // in the order of the request; valid until the next response is read
}

// Decode reads what follows the response's name.
func (x *GenURLAuth) Decode(d *wire.Decoder) error {
	x.URLs = reuse(x.URLs)
	for more := true; more && d.Err() == nil; more = d.GotSP() {
		x.URLs = appendLimited(d, x.URLs, d.AString())
	}
	return d.Err()
}

// Encode writes what Decode reads.
func (x *GenURLAuth) Encode(e *wire.Encoder) {
	for i, u := range x.URLs {
		if i > 0 {
			e.SP()
		}
		e.StringBytes(u)
	}
}

// Clone returns a copy that the caller owns.
func (x *GenURLAuth) Clone() *GenURLAuth {
	var k keeper
	c := &GenURLAuth{slices.Clone(x.URLs)}
	for i := range c.URLs {
		c.URLs[i] = k.bytes(c.URLs[i])
	}
	return c
}

// URLFetchData is the payload of URLFETCH (RFC 4467 §7, RFC 5524 §3.2): the data that URLs refer to. It is valid
// until the next response is read; Clone returns a copy that the caller owns.
//
// Data that is too big for memory is streamed. Stream then reads the data of the last item in Items. Read Stream,
// call Continue on the response, and then call Continue on the URLFetchData to read the items after it.
type URLFetchData struct {
	Items []URLData // valid until the next response is read
	// Stream is nil unless data is streamed. It is valid until the next response is read, or until Continue is called.
	Stream *wire.Literal

	open bool // whether Decode is within the parentheses of a value in the extended form
}

// URLData is the data of one URL.
type URLData struct {
	URL []byte // as the client sent it; valid until the next response is read
	// Data is nil for NIL, for data that was not asked for, and for streamed data. It is valid until the next response
	// is read.
	Data []byte

	Extended bool // whether the values came in the extended form of RFC 5524, such as (BINARY "…")
	Binary   bool // whether the transfer encoding of Data has been decoded
	// Structure is the undecoded value of BODYPARTSTRUCTURE, or nil if it was not asked for. It is valid until the next
	// response is read.
	Structure []byte
	Ext       []ExtData // other values; valid until the next response is read
}

// BodyStructure decodes Structure into dst. It reports whether the server sent it. The contents of dst are valid
// until the next response is read.
func (x *URLData) BodyStructure(dst *BodyStructure) (ok bool, err error) {
	if x.Structure == nil {
		return false, nil
	}
	return true, at("BODYPARTSTRUCTURE", dst.Decode(wire.NewDecoder(x.Structure)))
}

// Decode reads what follows the response's name, up to streamed data or up to the end.
func (x *URLFetchData) Decode(d *wire.Decoder) error {
	*x = URLFetchData{Items: reuse(x.Items)}
	x.item(d)
	x.run(d)
	return d.Err()
}

// Continue reads what follows Stream, up to the next streamed data or up to the end. d is the decoder of the response.
// Call Response.Continue first.
func (x *URLFetchData) Continue(d *wire.Decoder) error {
	x.Stream = nil
	x.run(d)
	return d.Err()
}

// run reads the values and items after a value.
func (x *URLFetchData) run(d *wire.Decoder) {
	for x.Stream == nil && d.Err() == nil {
		if x.open {
			if d.Is(' ') && d.GotSP() {
				// Dovecot puts all values of a URL into one pair of parentheses.
				if !d.Tolerate(RuleURLValues) {
					d.Expected(`")"`)
					return
				}
				x.value(d)
				continue
			}
			d.Want(')')
			x.open = false
		}
		if !d.GotSP() {
			return
		}
		if last := &x.Items[len(x.Items)-1]; last.Extended && d.Got('(') {
			x.open = true
			x.value(d)
			continue
		}
		x.item(d)
	}
}

// item reads a URL and its first value.
func (x *URLFetchData) item(d *wire.Decoder) {
	x.Items = appendLimited(d, x.Items, URLData{URL: d.AString()})
	d.SP()
	if d.Err() != nil {
		return
	}
	last := &x.Items[len(x.Items)-1]
	if last.Extended = d.Got('('); last.Extended {
		x.open = true
		x.value(d)
		return
	}
	x.data(d, last)
}

// value reads a value in the extended form, after its opening parenthesis.
func (x *URLFetchData) value(d *wire.Decoder) {
	last := &x.Items[len(x.Items)-1]
	name := d.Name()
	d.SP()
	switch name {
	case "BODY", "BINARY":
		last.Binary = name == "BINARY"
		x.data(d, last)
	case "BODYPARTSTRUCTURE":
		last.Structure = d.Value()
	default:
		last.Ext = appendExt(d, last.Ext, name)
	}
}

// The method data reads the data of a URL into last.Data. If the data is too big for memory, the method only sets
// x.Stream, and the program reads the data from x.Stream.
func (x *URLFetchData) data(d *wire.Decoder, last *URLData) {
	if d.AtStreamed() {
		x.Stream = d.Literal()
		return
	}
	last.Data = d.NString()
}

// Encode writes what Decode reads. It writes Structure and the values in Ext unchanged and unchecked.
func (x *URLFetchData) Encode(e *wire.Encoder) {
	for i := range x.Items {
		if i > 0 {
			e.SP()
		}
		u := &x.Items[i]
		e.StringBytes(u.URL)
		if !u.Extended {
			e.SP().NString(u.Data)
			continue
		}
		if u.Structure != nil {
			e.Raw(" (BODYPARTSTRUCTURE ").Verbatim(u.Structure).Byte(')')
		}
		switch {
		case u.Binary:
			e.Raw(" (BINARY ").NString(u.Data).Byte(')')
		case u.Data != nil || u.Structure == nil && len(u.Ext) == 0:
			e.Raw(" (BODY ").NString(u.Data).Byte(')')
		}
		for _, t := range u.Ext {
			e.Raw(" (").Atom(t.Name).SP().Verbatim(t.Value).Byte(')')
		}
	}
}

// Clone returns a copy that the caller owns. It does not have the streamed data.
func (x *URLFetchData) Clone() *URLFetchData {
	var k keeper
	c := &URLFetchData{Items: slices.Clone(x.Items)}
	for i := range c.Items {
		u := &c.Items[i]
		u.URL, u.Data, u.Structure, u.Ext = k.bytes(u.URL), k.bytes(u.Data), k.bytes(u.Structure), k.ext(u.Ext)
	}
	return c
}
