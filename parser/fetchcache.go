package parser

import (
	"strconv"

	"github.com/imapstack/imapstack/wire"
)

// fetchCache is the part of a Fetch that has the items for which Fetch has no field, except sections. It has the octets
// of these items, and the decoded values of ENVELOPE and BODYSTRUCTURE.
type fetchCache struct {
	items   []fetchItem
	env     Envelope      // valid if decodedEnvelope is in decoded
	body    BodyStructure // value of BODYSTRUCTURE; valid if decodedBody is in decoded
	decoded decodedItems
	seen    decodedItems // items that were received, even if they could not be read
	wrong   [2]error     // for each decoded item, the error if a part of it could not be read
}

// fetchItem is an item and the octets of its value.
type fetchItem struct {
	name string // in upper case; for BINARY.SIZE it includes the section
	raw  []byte
}

// decodedItems is a set of the items in fetchCache that are decoded while the response is read.
type decodedItems uint8

const (
	decodedEnvelope decodedItems = 1 << iota
	decodedBody
)

func (p *fetchCache) reset() {
	p.items, p.decoded, p.seen, p.wrong = reuse(p.items), 0, 0, [2]error{}
}

// value reads the value of an item and returns its octets. It also decodes ENVELOPE and BODYSTRUCTURE: finding their
// end takes half as long as decoding them, and a client that asks for them will need their values. If an item comes
// twice, the first one counts.
func (f *Fetch) value(d *wire.Decoder, name string) []byte {
	from := d.Pos()
	var err error
	var done decodedItems
	switch name {
	case "ENVELOPE":
		done = decodedEnvelope
	case "BODYSTRUCTURE":
		done = decodedBody
	default:
		return d.Value()
	}
	if f.seen&done != 0 || d.Is('"') {
		return d.Value()
	}
	f.seen |= done
	if done == decodedEnvelope {
		err = f.env.Decode(d)
	} else {
		err = f.body.Decode(d)
	}
	if err == nil && d.Is(' ') {
		f.decoded |= done // the usual case
		return d.Raw()[from:d.Pos():d.Pos()]
	}
	if d.Err() == nil && (d.Is(' ') || d.Is(')') || d.Is('(') || d.AtEnd()) {
		f.decoded |= done
		if err != nil {
			f.wrong[done>>1] = err
			f.keepItemError(name, err)
		}
		return d.Raw()[from:d.Pos():d.Pos()]
	}
	return f.oddValue(d, name, from, done, err)
}

// Raw returns the undecoded value of an item for which Fetch has no field, or nil if the server did not send the item.
// The value is valid until the next response is read. The name is in upper case: "ENVELOPE", "X-GM-LABELS",
// "BINARY.SIZE[1.2]".
func (f *Fetch) Raw(name string) []byte {
	for i := range f.items {
		if f.items[i].name == name {
			return f.items[i].raw
		}
	}
	return nil
}

// Items calls yield with each item for which Fetch has no field, except sections. It passes the name in upper case and
// the undecoded value, which is valid until the next response is read.
func (f *Fetch) Items(yield func(name string, raw []byte) bool) {
	for _, it := range f.items {
		if !yield(it.name, it.raw) {
			return
		}
	}
}

// sub sets d to decode the value of an item, and reports whether f has that item.
func (f *Fetch) sub(d *wire.Decoder, name string) bool {
	raw := f.Raw(name)
	if raw == nil {
		return false
	}
	if f.resp != nil {
		f.resp.used |= d.Used()
		f.resp.subUsed = true
		f.resp.reader.d.Sub(d, raw)
	} else {
		d.Reset(raw)
	}
	return true
}

// scratch returns a decoder for the method sub.
func (f *Fetch) scratch() *wire.Decoder {
	if f.resp != nil {
		return &f.resp.reader.sub
	}
	return new(wire.Decoder)
}

// Envelope decodes ENVELOPE into dst and reports whether the server sent it. NIL leaves dst empty. The contents of
// dst are valid until the next response is read. After an error, dst has the fields that could be read.
func (f *Fetch) Envelope(dst *Envelope) (ok bool, err error) {
	if f.decoded&decodedEnvelope != 0 {
		*dst = f.env
		return true, f.at("ENVELOPE", f.wrong[0])
	}
	d := f.scratch()
	if !f.sub(d, "ENVELOPE") {
		return false, nil
	}
	return true, f.at("ENVELOPE", dst.Decode(d))
}

// BodyStructure decodes BODYSTRUCTURE, or else BODY, into dst and reports whether the server sent either. The
// contents of dst are valid until the next response is read. After an error, dst has the fields that could be read.
func (f *Fetch) BodyStructure(dst *BodyStructure) (ok bool, err error) {
	if f.decoded&decodedBody != 0 {
		*dst = f.body
		return true, f.at("BODYSTRUCTURE", f.wrong[1])
	}
	d := f.scratch()
	if f.sub(d, "BODYSTRUCTURE") {
		return true, f.at("BODYSTRUCTURE", dst.Decode(d))
	}
	if f.sub(d, "BODY") {
		return true, f.at("BODY", dst.Decode(d))
	}
	return false, nil
}

// BinarySize returns the BINARY.SIZE of a part in octets (RFC 9051 §7.5.2). It reports whether the server sent one.
// Without arguments, BinarySize returns the size of the whole message.
func (f *Fetch) BinarySize(part ...uint32) (n uint64, ok bool) {
	name := append([]byte("BINARY.SIZE["), appendPart(nil, part)...)
	d := f.scratch()
	if !f.sub(d, string(append(name, ']'))) {
		return 0, false
	}
	n = size(d)
	return n, d.Err() == nil
}

func appendPart(dst []byte, part []uint32) []byte {
	for i, n := range part {
		if i > 0 {
			dst = append(dst, '.')
		}
		dst = strconv.AppendUint(dst, uint64(n), 10)
	}
	return dst
}

// Read calls the function read to decode the value of an item for which Fetch has no field. It reports whether the
// server sent the item. The name is in upper case.
func (f *Fetch) Read(name string, read func(d *wire.Decoder)) (ok bool, err error) {
	d := f.scratch()
	if !f.sub(d, name) {
		return false, nil
	}
	read(d)
	return true, f.at(name, d.Err())
}
