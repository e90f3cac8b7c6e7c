package parser

import (
	"cmp"
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// Metadata is the payload of METADATA (RFC 5464 §4.4). It has the values of the entries that the client asked for. If
// the server sends it unasked, it has only the names of entries that changed. If a value is too big for memory (see
// wire.Limits.Inline), Decode returns an error. Metadata is valid until the next response is read; Clone returns a copy
// that the caller owns.
type Metadata struct {
	Mailbox []byte       // the name as received; empty means the server itself; valid until the next response is read
	Values  []EntryValue // valid until the next response is read
	Changed []string     // names of entries; the slice is valid until the next response is read

	utf8 bool  // whether Mailbox is in UTF-8
	bad  error // error of the first entry that could not be read
}

// Name returns the name of the mailbox in the form that commands take; see DecodeMailbox.
func (x *Metadata) Name() string { return DecodeMailbox(x.Mailbox, x.utf8) }

// Value returns the value of an entry. It returns nil if the value is NIL or if the server did not send it. The value
// is valid until the next response is read.
func (x *Metadata) Value(entry string) []byte {
	for _, v := range x.Values {
		if wire.EqualFold([]byte(entry), v.Entry) {
			return v.Value
		}
	}
	return nil
}

// Decode reads what follows the response's name. If invalid values are tolerated, it leaves out each entry that it
// cannot read, and returns the first error.
func (x *Metadata) Decode(d *wire.Decoder) error {
	*x = Metadata{Values: reuse(x.Values), Changed: reuse(x.Changed), utf8: d.UTF8()}
	skipEmptyList(d)
	x.Mailbox = d.AString()
	valueSP(d)
	if d.Is('(') {
		at := d.Pos()
		for range d.List {
			x.value(d)
		}
		if x.keepError(d.Err()); d.AtEnd() && (d.Err() == nil || !skipInvalid(d, at) || d.AtEnd()) {
			return cmp.Or(d.Err(), x.bad)
		}
		d.SP() // names follow, not a list of values
	}
	for more := true; more && d.Err() == nil; more = d.GotSP() {
		if name := x.entry(d); name != "" {
			x.Changed = appendLimited(d, x.Changed, name)
		}
	}
	return cmp.Or(d.Err(), x.bad)
}

// entry reads the name of an entry. It returns "" if the name cannot be read.
func (x *Metadata) entry(d *wire.Decoder) (name string) {
	err := tryValue(d, func() { name = d.Intern(d.AString()) })
	if x.keepError(err); err != nil {
		return ""
	}
	return name
}

// value reads an entry and its value.
func (x *Metadata) value(d *wire.Decoder) {
	v := EntryValue{Entry: x.entry(d)}
	if v.Entry == "" {
		return
	}
	end := d.Pos()
	if d.SP(); d.Is('/') { // a name begins with a slash, and a value does not
		d.Expected("nstring")
		err := d.Err()
		if d.Recover(end); toleratesInvalid(d) {
			x.keepError(err) // this entry has no value, and the next one follows
			return
		}
		d.Fail(err)
		return
	}
	err := tryValue(d, func() { v.Value = d.NString() })
	if x.keepError(err); err == nil {
		x.Values = appendLimited(d, x.Values, v)
	}
}

// keepError stores err if it is the first error.
func (x *Metadata) keepError(err error) {
	if x.bad == nil {
		x.bad = err
	}
}

// Encode writes what Decode reads: the names in Changed if there are any, or else the values.
func (x *Metadata) Encode(e *wire.Encoder) {
	e.AStringBytes(x.Mailbox).SP()
	if len(x.Changed) == 0 {
		e.List(len(x.Values), func(i int) { e.AString(x.Values[i].Entry).SP().NString(x.Values[i].Value) })
		return
	}
	for i, s := range x.Changed {
		if i > 0 {
			e.SP()
		}
		e.AString(s)
	}
}

// Clone returns a copy that the caller owns.
func (x *Metadata) Clone() *Metadata {
	var k keeper
	c := &Metadata{Mailbox: k.bytes(x.Mailbox), Values: slices.Clone(x.Values), Changed: slices.Clone(x.Changed), utf8: x.utf8}
	for i := range c.Values {
		c.Values[i].Value = k.bytes(c.Values[i].Value)
	}
	return c
}

// These are the words in the code METADATA (RFC 5464 §4.2.1 and §4.3).
const (
	MetadataLongEntries = "LONGENTRIES" // GETMETADATA has left out values; Size is the size of the largest of them
	MetadataMaxSize     = "MAXSIZE"     // the value is too big; Size is the largest size that is allowed
	MetadataTooMany     = "TOOMANY"     // the mailbox cannot have more entries
	MetadataNoPrivate   = "NOPRIVATE"   // the server has no private entries
)

// MetadataCode is the argument of the response code METADATA.
type MetadataCode struct {
	What string // in upper case: MetadataLongEntries, …
	Size uint64 // in octets; 0 if the server sent none
}

// Metadata returns the argument of METADATA (RFC 5464 §4.2.1, §4.3).
func (c Code) Metadata() (m MetadataCode, ok bool) {
	if c.Name != CodeMetadata {
		return m, false
	}
	err := c.Decode(func(d *wire.Decoder) {
		m.What = d.Name()
		if d.GotSP() {
			m.Size = d.Number64()
		}
	})
	return m, err == nil
}
