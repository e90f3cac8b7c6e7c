package parser

import (
	"time"

	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/wire"
)

// fetchBuilder is the part of a Fetch that knows what Encode writes, and in which order. It records the items that were
// received, and those that setters have added.
type fetchBuilder struct {
	has    fetchHas
	headed bool // whether the UID is the number before the name of the response, as in UIDFETCH
	order  fetchOrder
}

// fetchHas is a set of the items for which Fetch has a field.
type fetchHas uint8

const (
	hasUID fetchHas = 1 << iota
	hasFlags
	hasSize
	hasModSeq
	hasDate
)

// fetchOrder has the order in which the first 15 items and sections were received or added. Encode writes them in this
// order.
type fetchOrder struct {
	n  uint8
	at [15]fetchHas
}

// In a fetchOrder, the nth orderItem stands for the nth item in fetchCache.items, and the nth orderSection for the nth
// section.
const (
	orderItem    fetchHas = 1 << 6
	orderSection fetchHas = 1 << 7
)

func (p *fetchBuilder) reset() { p.has, p.headed, p.order.n = 0, false, 0 }

func (o *fetchOrder) add(what fetchHas) {
	if int(o.n) < len(o.at) {
		o.at[o.n] = what
		o.n++
	}
}

// received records that an item for which Fetch has a field was received or set.
func (p *fetchBuilder) received(what fetchHas) {
	p.has |= what
	p.order.add(what)
}

// addItem adds an item for which Fetch has no field.
func (f *Fetch) addItem(it fetchItem) {
	f.items = append(f.items, it)
	f.order.add(orderItem)
}

// The setters determine what Encode writes. A program may also assign to the fields. But only a setter, such as
// SetSize, makes Encode write a zero.

// SetUID sets the UID.
func (f *Fetch) SetUID(uid uint32) { f.set(hasUID); f.UID, f.headed = uid, false }

// SetFlags sets the flags. It keeps the slice. nil means an empty list.
func (f *Fetch) SetFlags(flags []Flag) {
	if f.set(hasFlags); flags == nil {
		flags = []Flag{}
	}
	f.Flags = flags
}

// SetSize sets RFC822.SIZE, in octets.
func (f *Fetch) SetSize(octets uint64) { f.set(hasSize); f.Size = octets }

// SetModSeq sets MODSEQ (RFC 7162).
func (f *Fetch) SetModSeq(n uint64) { f.set(hasModSeq); f.ModSeq = n }

// SetDate sets INTERNALDATE.
func (f *Fetch) SetDate(t time.Time) {
	f.set(hasDate)
	f.Date = imapdate.AppendFormat(nil, t)
}

// SetEnvelope sets ENVELOPE.
func (f *Fetch) SetEnvelope(x *Envelope) error { return f.setValue("ENVELOPE", x.Encode) }

// SetBodyStructure sets BODYSTRUCTURE.
func (f *Fetch) SetBodyStructure(x *BodyStructure) error {
	return f.setValue("BODYSTRUCTURE", x.Encode)
}

// SetBody sets BODY, which is a BODYSTRUCTURE without its extension data.
func (f *Fetch) SetBody(x *BodyStructure) error { return f.setValue("BODY", x.EncodeBody) }

// SetRaw sets an item that has no setter. raw is the value of the item in the form of the protocol. It is not checked,
// and nil means NIL. SetRaw keeps raw. The name is in upper case. For BINARY.SIZE it includes the section. SetRaw
// panics if Fetch has a field for the item, such as UID or Flags.
func (f *Fetch) SetRaw(name string, raw []byte) {
	switch name {
	case "UID", "FLAGS", "RFC822.SIZE", "MODSEQ", "INTERNALDATE":
		panic("parser: SetRaw of " + name + ", which has a field")
	case "ENVELOPE":
		f.decoded &^= decodedEnvelope
	case "BODYSTRUCTURE", "BODY":
		f.decoded &^= decodedBody
	}
	for i := range f.items {
		if f.items[i].name == name {
			f.items[i].raw = raw
			return
		}
	}
	f.addItem(fetchItem{name, raw})
}

// AddSection adds a section whose octets are data. It keeps data; nil means NIL.
func (f *Fetch) AddSection(name string, spec SectionSpec, data []byte) *Section {
	s := f.begin(name)
	s.Spec, s.data, s.size, s.null = spec, data, int64(len(data)), data == nil
	return s
}

// Drop removes the items with the given names. It takes the same names as Has.
func (f *Fetch) Drop(names ...string) {
	for _, name := range names {
		switch name {
		case "UID":
			f.unset(hasUID)
			f.UID = 0
		case "FLAGS":
			f.unset(hasFlags)
			f.Flags = nil
		case "RFC822.SIZE":
			f.unset(hasSize)
			f.Size = 0
		case "MODSEQ":
			f.unset(hasModSeq)
			f.ModSeq = 0
		case "INTERNALDATE":
			f.unset(hasDate)
			f.Date = nil
		default:
			f.dropItem(name)
		}
	}
}

func (p *fetchBuilder) set(what fetchHas) {
	if p.has&what == 0 {
		p.received(what)
	}
}

func (p *fetchBuilder) unset(what fetchHas) { p.has &^= what }

func (f *Fetch) setValue(name string, encode func(*wire.Encoder)) error {
	e := wire.NewEncoder(wire.Mode{Server: true})
	if encode(e); e.Err() != nil {
		return at("FETCH."+name, e.Err())
	}
	f.SetRaw(name, e.Bytes())
	return nil
}

// dropItem removes an item from fetchCache.items and from the order.
func (f *Fetch) dropItem(name string) {
	k := 0 // number of kept items before items[i]
	for i := 0; i < len(f.items); i++ {
		if f.items[i].name == name {
			f.items = append(f.items[:i], f.items[i+1:]...)
			f.order.drop(k)
			i--
			continue
		}
		k++
	}
	switch name {
	case "ENVELOPE":
		f.decoded &^= decodedEnvelope
	case "BODYSTRUCTURE":
		f.decoded &^= decodedBody
	}
}

// drop removes the nth item from the order.
func (o *fetchOrder) drop(nth int) {
	for i, what := range o.at[:o.n] {
		if what != orderItem {
			continue
		}
		if nth == 0 {
			copy(o.at[i:], o.at[i+1:o.n])
			o.n--
			return
		}
		nth--
	}
}
