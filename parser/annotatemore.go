package parser

import (
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// Annotation is the payload of ANNOTATION, of the draft that became METADATA (draft-daboo-imap-annotatemore-08 §4.4):
// the values of entries that were asked for, or, unasked, the names of those that changed.
// It is valid until the next response is read; Clone makes a copy that is the caller's.
type Annotation struct {
	Mailbox []byte     // the name as it came; empty is the server itself; valid until the next response is read
	Entries []EntryAtt // valid until the next response is read
	Changed []string   // names of entries; the slice is valid until the next response is read

	entries []EntryAtt
	values  []AttValue // of all entries

	utf8 bool // the name is in UTF-8
}

// Name returns the name of the mailbox, which is good for every command; see DecodeMailbox.
func (x *Annotation) Name() string { return DecodeMailbox(x.Mailbox, x.utf8) }

// Value returns the value of an attribute of an entry; nil for NIL and for one that was not told. It is valid
// until the next response is read.
func (x *Annotation) Value(entry, attribute string) []byte {
	for _, e := range x.Entries {
		if !wire.EqualFold([]byte(entry), e.Entry) {
			continue
		}
		for _, v := range e.Values {
			if wire.EqualFold([]byte(attribute), v.Name) {
				return v.Value
			}
		}
	}
	return nil
}

// Decode reads what stands behind the response's name.
func (x *Annotation) Decode(d *wire.Decoder) error {
	*x = Annotation{Changed: again(x.Changed), entries: again(x.entries), values: again(x.values), utf8: d.UTF8()}
	x.Mailbox = d.AString()
	d.SP()
	if d.Is('(') {
		for range d.List {
			x.Changed = push(d, x.Changed, d.Intern(d.AString()))
		}
		return d.Err()
	}
	for more := true; more && d.Err() == nil; more = d.GotSP() {
		entry, from := d.Intern(d.AString()), len(x.values)
		d.SP()
		for range d.List {
			v := AttValue{Name: d.Intern(d.AString())}
			d.SP()
			v.Value = d.NString()
			x.values = push(d, x.values, v)
		}
		x.entries = push(d, x.entries, EntryAtt{entry, kept(x.values[from:])})
	}
	x.Entries = kept(x.entries)
	return d.Err()
}

// Encode writes what Decode reads: the entries, if there are any, else the names. Names are in quotes, as drafts
// before the last demanded.
func (x *Annotation) Encode(e *wire.Encoder) {
	e.AStringBytes(x.Mailbox).SP()
	if len(x.Entries) == 0 {
		e.List(len(x.Changed), func(i int) { e.String(x.Changed[i]) })
		return
	}
	for i := range x.Entries {
		if i > 0 {
			e.SP()
		}
		a := &x.Entries[i]
		e.String(a.Entry).SP().List(len(a.Values), func(j int) { e.String(a.Values[j].Name).SP().NString(a.Values[j].Value) })
	}
}

// Clone returns a copy that is the caller's.
func (x *Annotation) Clone() *Annotation {
	var k keeper
	c := &Annotation{Mailbox: k.bytes(x.Mailbox), Entries: slices.Clone(x.Entries), Changed: slices.Clone(x.Changed), utf8: x.utf8}
	for i := range c.Entries {
		v := slices.Clone(c.Entries[i].Values)
		for j := range v {
			v[j].Value = k.bytes(v[j].Value)
		}
		c.Entries[i].Values = v
	}
	return c
}
