package parser

import (
	"cmp"
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// Annotation is the payload of ANNOTATION. The response is from the draft that became METADATA
// (draft-daboo-imap-annotatemore-08 §4.4). An Annotation has the values of the entries that the client asked for. A
// response that the server sends unasked has only the names of entries that changed. An Annotation is valid until
// the next response is read; Clone returns a copy that the caller owns.
type Annotation struct {
	Mailbox []byte     // the name as received; empty means the server itself; valid until the next response is read
	Entries []EntryAtt // valid until the next response is read
	Changed []string   // names of entries; the slice is valid until the next response is read

	entries []EntryAtt
	values  []AttValue // backing array of the values of all entries

	utf8 bool  // whether Mailbox is in UTF-8
	bad  error // error of the first value that could not be read
}

// Name returns the name of the mailbox in the form that commands take; see DecodeMailbox.
func (x *Annotation) Name() string { return DecodeMailbox(x.Mailbox, x.utf8) }

// Value returns the value of an attribute of an entry. It returns nil if the value is NIL or if the server did not
// send it. The value is valid until the next response is read.
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

// Decode reads what follows the response's name. If invalid values are tolerated, it leaves out each name or value that
// it cannot read, and returns the first error.
func (x *Annotation) Decode(d *wire.Decoder) error {
	*x = Annotation{Changed: reuse(x.Changed), entries: reuse(x.entries), values: reuse(x.values), utf8: d.UTF8()}
	skipEmptyList(d)
	x.Mailbox = d.AString()
	valueSP(d)
	if d.Is('(') {
		for range d.List {
			if name, ok := x.name(d); ok {
				x.Changed = appendLimited(d, x.Changed, name)
			}
		}
		return cmp.Or(d.Err(), x.bad)
	}
	for more := true; more && d.Err() == nil; more = d.GotSP() {
		x.entry(d)
	}
	x.Entries = clip(x.entries)
	return cmp.Or(d.Err(), x.bad)
}

// entry reads the name of an entry, and its attributes with their values.
func (x *Annotation) entry(d *wire.Decoder) {
	at := d.Pos()
	entry, from := d.Intern(d.AString()), len(x.values)
	valueSP(d)
	for range d.List {
		if len(x.entries) >= maxList {
			d.Fail(&wire.LimitError{What: "items", Limit: maxList, Size: maxList + 1})
		}
		if pos := d.Pos(); d.Is('(') {
			empty := emptyNext(d)
			d.Expected("attribute") // a list is not the name of an attribute
			x.keepError(d.Err())
			if skipInvalid(d, pos) && !empty && d.Is(' ') {
				d.SP()
				skipValue(d)
			}
			continue
		}
		var v AttValue
		var ok bool
		v.Name, ok = x.name(d)
		d.SP()
		err := tryValue(d, func() { v.Value = d.NString() })
		if x.keepError(err); ok && err == nil {
			x.values = appendLimited(d, x.values, v)
		}
	}
	if d.Err() == nil || len(x.values) > from {
		x.entries = append(x.entries, EntryAtt{entry, clip(x.values[from:])})
	}
	if d.Err() == nil {
		return
	}
	x.keepError(d.Err())
	if skipInvalid(d, at); d.Err() == nil && len(d.Rest()) > 1 && d.Rest()[0] == ' ' && d.Rest()[1] == '(' {
		d.SP()
		skipValue(d)
	}
}

// name reads the name of an entry, or of an attribute, and reports whether it could be read.
func (x *Annotation) name(d *wire.Decoder) (name string, ok bool) {
	err := tryValue(d, func() { name = d.Intern(d.AString()) })
	x.keepError(err)
	return name, err == nil
}

// keepError stores err if it is the first error.
func (x *Annotation) keepError(err error) {
	if x.bad == nil {
		x.bad = err
	}
}

// Encode writes what Decode reads: the entries if there are any, or else the names in Changed. It puts names in quotes,
// because all versions of the draft except the last require that.
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

// Clone returns a copy that the caller owns.
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
