package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// EntryAtt is an entry of an annotation with the values of its attributes (RFC 5257 §5 entry-att). The commands APPEND,
// STORE and SETANNOTATION and the response ANNOTATION have annotations in this form.
type EntryAtt struct {
	Entry  string     // slash-separated path, such as "/comment"
	Values []AttValue // at least one
}

// AttValue is the value of one attribute of an annotation.
type AttValue struct {
	Name string // such as "value.priv"
	// Value is nil for NIL, which removes the attribute in a command. It is valid until the next command or response is
	// read.
	Value []byte
}

// decode reads an entry and the list of its attributes.
func (a *EntryAtt) decode(d *wire.Decoder) {
	a.Entry = d.Intern(d.AString())
	d.SP()
	for range d.List {
		v := AttValue{Name: d.Intern(d.AString())}
		d.SP()
		v.Value = d.NString()
		if !room(d, len(a.Values), maxOptions, "attributes") {
			break
		}
		a.Values = append(a.Values, v)
	}
	if len(a.Values) == 0 {
		d.Expected("att-value")
	}
}

func (a *EntryAtt) encode(e *wire.Encoder) {
	if len(a.Values) == 0 {
		e.Fail(&wire.ArgumentError{What: "entry-att", Value: a.Entry, Reason: "has no values"})
	}
	e.AString(a.Entry).SP().Byte('(')
	for i, v := range a.Values {
		if i > 0 {
			e.SP()
		}
		e.AString(v.Name).SP().NString(v.Value)
	}
	e.Byte(')')
}

// entryAtts reads a parenthesised list of at least one entry, and appends the entries to dst.
func entryAtts(d *wire.Decoder, dst []EntryAtt) []EntryAtt {
	for range d.List {
		var a EntryAtt
		a.decode(d)
		if !room(d, len(dst), maxOptions, "entries") {
			break
		}
		dst = append(dst, a)
	}
	if len(dst) == 0 {
		d.Expected("entry-att")
	}
	return dst
}

func encodeEntryAtts(e *wire.Encoder, list []EntryAtt) {
	if len(list) == 0 {
		e.Fail(&wire.ArgumentError{What: "list of entry-att", Reason: "is empty"})
		return
	}
	e.Byte('(')
	for i := range list {
		if i > 0 {
			e.SP()
		}
		list[i].encode(e)
	}
	e.Byte(')')
}
