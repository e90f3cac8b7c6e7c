package parser

import (
	"bytes"
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// inlineSection is the size in octets of the largest section that Encode copies. A larger section is not copied: the
// encoder sends the section's own octets.
const inlineSection = 4 << 10

// Encode writes the payload that Decode reads, from the opening parenthesis on, for servers and proxies. It writes the
// fields that were received or set, all other items, and the sections in memory, in the order in which they were
// received or added. Fields that a program has assigned come first. If a section is being streamed, e fails with
// wire.ErrLiteralOpen, because Encode can write neither the section nor the items after it. Call Finish first, or relay
// the response.
func (f *Fetch) Encode(e *wire.Encoder) {
	if f.stream {
		e.Fail(wire.ErrLiteralOpen)
		return
	}
	e.Byte('(')
	var sep separator
	left, item, section := f.fields(), 0, 0
	for what := hasUID; what <= hasDate; what <<= 1 {
		// Fields that a program assigned have no place in the order. They come first.
		if left&what != 0 && !slices.Contains(f.order.at[:f.order.n], what) && !(what == hasUID && f.headed) {
			left &^= what
			sep.next(e)
			f.encodeField(e, what)
		}
	}
	for _, what := range f.order.at[:f.order.n] {
		switch {
		case what == orderItem && item < len(f.items):
			f.encodeItem(e, &sep, item)
			item++
		case what == orderSection && section < f.n:
			f.encodeSection(e, &sep, section)
			section++
		case left&what != 0:
			left &^= what
			sep.next(e)
			f.encodeField(e, what)
		}
	}
	for ; item < len(f.items); item++ {
		f.encodeItem(e, &sep, item)
	}
	for ; section < f.n; section++ {
		f.encodeSection(e, &sep, section)
	}
	e.Byte(')')
}

// fields returns which fields Encode writes.
func (f *Fetch) fields() fetchHas {
	has := f.has
	for what, set := range [...]bool{f.UID != 0, f.Flags != nil, f.Size != 0, f.ModSeq != 0, f.Date != nil} {
		if set {
			has |= 1 << what
		}
	}
	return has
}

func (f *Fetch) encodeField(e *wire.Encoder, what fetchHas) {
	switch what {
	case hasUID:
		e.Raw("UID ").Number(f.UID)
	case hasFlags:
		e.Raw("FLAGS ")
		EncodeFlags(e, f.Flags)
	case hasSize:
		e.Raw("RFC822.SIZE ").Number64(f.Size)
	case hasModSeq:
		e.Raw("MODSEQ (").Number64(f.ModSeq).Byte(')')
	case hasDate:
		e.Raw("INTERNALDATE ").NString(f.Date)
	}
}

func (f *Fetch) encodeItem(e *wire.Encoder, sep *separator, i int) {
	sep.next(e)
	e.Raw(f.items[i].name).SP()
	if raw := f.items[i].raw; raw == nil {
		e.NIL()
	} else {
		e.Verbatim(raw)
	}
}

func (f *Fetch) encodeSection(e *wire.Encoder, sep *separator, i int) {
	if s := &f.sections[i]; !s.live {
		sep.next(e)
		s.encode(e)
	}
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
	binary := s.form == '~' || bytes.IndexByte(s.data, 0) >= 0
	switch {
	case s.null:
		e.NIL()
	case s.form == '"' && len(s.data) <= inlineSection:
		e.StringBytes(s.data)
	case len(s.data) > inlineSection:
		e.Literal(int64(len(s.data)), binary, bytes.NewReader(s.data))
	default:
		e.Literal(int64(len(s.data)), binary, nil).Verbatim(s.data)
	}
}

// bracketed reports whether brackets follow the section's name.
func (s *Section) bracketed() bool {
	switch s.Name {
	case "BODY", "BINARY", "BODY.PEEK", "BINARY.PEEK":
		return true
	}
	return false
}
