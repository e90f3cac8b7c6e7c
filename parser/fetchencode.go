package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// inlineSection is the largest section that Encode copies, in octets; a larger one is sent from where it is.
const inlineSection = 4 << 10

// Encode writes what Decode reads, from the "(" on: the fields that Has reports, other items as they came, and sections. It
// is for servers and proxies. A section that is being streamed cannot be written so, nor what stands behind it: e fails with
// wire.ErrLiteralOpen; Finish, or a relay of the response, is for that.
func (f *Fetch) Encode(e *wire.Encoder) {
	if f.stream {
		e.Fail(wire.ErrLiteralOpen)
		return
	}
	e.Byte('(')
	first := true
	item := func(name string) {
		if !first {
			e.SP()
		}
		first = false
		e.Raw(name)
	}
	if f.has&hasUID != 0 {
		item("UID ")
		e.Number(f.UID)
	}
	if f.has&hasFlags != 0 {
		item("FLAGS ")
		EncodeFlags(e, f.Flags)
	}
	if f.has&hasDate != 0 {
		item("INTERNALDATE ")
		e.NString(f.Date)
	}
	if f.has&hasSize != 0 {
		item("RFC822.SIZE ")
		e.Number64(f.Size)
	}
	if f.has&hasModSeq != 0 {
		item("MODSEQ (")
		e.Number64(f.ModSeq).Byte(')')
	}
	for _, it := range f.items {
		item(it.name)
		e.SP()
		if it.raw == nil {
			e.NIL()
		} else {
			e.Verbatim(it.raw)
		}
	}
	for i := range f.sections[:f.n] {
		if s := &f.sections[i]; s.lit == nil {
			item("")
			s.encode(e)
		}
	}
	e.Byte(')')
}

// encode writes a section that is in memory.
func (s *Section) encode(e *wire.Encoder) {
	e.Raw(s.Name)
	if s.bracketed() {
		s.Spec.Encode(e)
	}
	if s.Partial {
		e.Byte('<').Number64(s.Origin).Byte('>')
	}
	e.SP()
	binary := bytes.IndexByte(s.data, 0) >= 0
	switch {
	case s.null:
		e.NIL()
	case len(s.data) > inlineSection:
		e.Literal(int64(len(s.data)), binary, bytes.NewReader(s.data))
	default:
		e.Literal(int64(len(s.data)), binary, nil).Verbatim(s.data)
	}
}

// bracketed reports whether brackets stand behind the section's name.
func (s *Section) bracketed() bool {
	switch s.Name {
	case "BODY", "BINARY", "BODY.PEEK", "BINARY.PEEK":
		return true
	}
	return false
}

// Set gives f what Encode is to write of a scalar item or of FLAGS: its field must hold the value. The names are those of
// Has; others are for SetRaw and AddSection.
func (f *Fetch) Set(names ...string) {
	for _, name := range names {
		switch name {
		case "UID":
			f.has |= hasUID
		case "FLAGS":
			f.has |= hasFlags
		case "INTERNALDATE":
			f.has |= hasDate
		case "RFC822.SIZE":
			f.has |= hasSize
		case "MODSEQ":
			f.has |= hasModSeq
		}
	}
}

// SetRaw adds an item by its octets, as they are to be on the wire. f keeps raw.
func (f *Fetch) SetRaw(name string, raw []byte) { f.items = append(f.items, fetchItem{name, raw}) }

// AddSection adds a section; nil data is NIL. f keeps data.
func (f *Fetch) AddSection(name string, spec SectionSpec, data []byte) *Section {
	s := f.begin(name)
	s.Spec, s.data, s.size, s.null = spec, data, int64(len(data)), data == nil
	return s
}
