package parser

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// These are the known values of SectionSpec.Specifier (RFC 9051 §6.4.5.1). "" means the whole part.
const (
	SpecHeader          = "HEADER"
	SpecHeaderFields    = "HEADER.FIELDS"
	SpecHeaderFieldsNot = "HEADER.FIELDS.NOT"
	SpecMIME            = "MIME"
	SpecText            = "TEXT"
)

// SectionSpec says which octets of a message a section has. It stands for the text in the brackets of BODY[…] and
// BINARY[…] (RFC 9051 §6.4.5.1). The zero SectionSpec means the whole message.
//
// The caller owns the strings. The next Decode into the same SectionSpec reuses the slices. In a response, they are
// valid until the next response is read. Clone returns a copy.
type SectionSpec struct {
	Part      []uint32 // path of the part; valid until the next Decode
	Specifier string   // in upper case; the Spec constants are the known values
	Fields    []string // names of header fields as received; valid until the next Decode
}

// Reset makes s the whole message. It keeps the memory of s.
func (s *SectionSpec) Reset() { s.Part, s.Specifier, s.Fields = reuse(s.Part), "", reuse(s.Fields) }

// Clone returns a copy that shares no memory with s.
func (s SectionSpec) Clone() SectionSpec {
	return SectionSpec{Part: slices.Clone(s.Part), Specifier: s.Specifier, Fields: slices.Clone(s.Fields)}
}

// IsAll reports whether s is the whole message.
func (s *SectionSpec) IsAll() bool { return len(s.Part) == 0 && s.Specifier == "" }

// Equal reports whether s and t stand for the same octets. It ignores the case and the order of field names.
func (s *SectionSpec) Equal(t *SectionSpec) bool {
	if s.Specifier != t.Specifier || !slices.Equal(s.Part, t.Part) {
		return false
	}
	return slices.EqualFunc(s.Fields, t.Fields, strings.EqualFold) || within(s.Fields, t.Fields) && within(t.Fields, s.Fields)
}

// within reports whether all elements of list are in all.
func within(list, all []string) bool {
	for _, x := range list {
		if !slices.ContainsFunc(all, func(y string) bool { return strings.EqualFold(x, y) }) {
			return false
		}
	}
	return true
}

// Decode reads a section with its brackets. It accepts any word as the specifier. This is safe: a server sends the
// specifier that the client asked for, and Check checks a specifier that a client sends. The depth limit of the decoder
// applies to the path of the part.
func (s *SectionSpec) Decode(d *wire.Decoder) error {
	s.Reset()
	d.Want('[')
	for d.Peek()-'0' <= 9 {
		if len(s.Part) >= d.Limits().Depth {
			d.Fail(&wire.LimitError{What: "depth", Limit: int64(d.Limits().Depth), Size: int64(len(s.Part)) + 1})
			break
		}
		s.Part = append(s.Part, d.NzNumber())
		if !d.Is('.') {
			break
		}
		d.Got('.')
		if d.Is(']') {
			d.Expected("section-spec")
		}
	}
	if d.Got(']') {
		return d.Err()
	}
	s.specifier(d)
	d.Want(']')
	return d.Err()
}

// specifier reads the word of the specifier, and the names of fields after it.
func (s *SectionSpec) specifier(d *wire.Decoder) {
	rest := d.Rest()
	i := 0
	for i < len(rest) && (rest[i]|0x20 >= 'a' && rest[i]|0x20 <= 'z' || rest[i] == '.' || rest[i] == '-') {
		i++
	}
	if i == 0 || rest[0] == '.' || len(s.Part) > 0 && d.Raw()[d.Pos()-1] != '.' {
		d.Expected("section-spec")
		return
	}
	d.Seek(d.Pos() + i)
	switch string(rest[:i]) {
	case SpecHeaderFields:
		s.Specifier = SpecHeaderFields
	case SpecHeader:
		s.Specifier = SpecHeader
	case SpecText:
		s.Specifier = SpecText
	default:
		s.Specifier = d.InternUpper(rest[:i])
	}
	if !d.Is(' ') {
		return
	}
	d.SP()
	for range d.List {
		if !room(d, len(s.Fields), maxNames, "fields") {
			break
		}
		s.Fields = append(s.Fields, d.Intern(d.AString()))
	}
}

// Check returns a wire.ArgumentError if the grammar does not allow s in BODY[…]. BINARY[…] allows only a path (RFC
// 9051 §6.4.5); see CheckBinary.
func (s *SectionSpec) Check() error {
	fields := false
	switch s.Specifier {
	case "", SpecHeader, SpecText:
	case SpecMIME:
		if len(s.Part) == 0 {
			return &wire.ArgumentError{What: "section", Value: s.Specifier, Reason: "needs a part"}
		}
	case SpecHeaderFields, SpecHeaderFieldsNot:
		fields = true
	default:
		return &wire.ArgumentError{What: "section", Value: s.Specifier, Reason: "is not known"}
	}
	if fields != (len(s.Fields) > 0) {
		return &wire.ArgumentError{What: "section", Value: s.Specifier, Reason: "does not match its list of fields"}
	}
	if slices.Contains(s.Part, 0) {
		return &wire.ArgumentError{What: "section", Value: "0", Reason: "is not a part"}
	}
	return nil
}

// CheckBinary does for BINARY[…] what Check does for BODY[…].
func (s *SectionSpec) CheckBinary() error {
	if s.Specifier != "" || len(s.Fields) > 0 {
		return &wire.ArgumentError{What: "section", Value: s.Specifier, Reason: "is not for BINARY"}
	}
	return s.Check()
}

// Encode writes the section with its brackets. It does not check s.
func (s *SectionSpec) Encode(e *wire.Encoder) {
	e.Byte('[')
	e.Append(func(dst []byte) []byte { return appendPart(dst, s.Part) })
	if s.Specifier != "" {
		if len(s.Part) > 0 {
			e.Byte('.')
		}
		e.Atom(s.Specifier)
	}
	if len(s.Fields) > 0 {
		e.SP().List(len(s.Fields), func(i int) { e.AString(s.Fields[i]) })
	}
	e.Byte(']')
}

// String returns what the brackets contain, such as "", "1.2", "1.HEADER" or "HEADER.FIELDS (DATE FROM)".
func (s SectionSpec) String() string {
	if len(s.Part) == 0 && len(s.Fields) == 0 {
		return s.Specifier
	}
	b := appendPart(make([]byte, 0, 32), s.Part)
	if s.Specifier != "" {
		if len(b) > 0 {
			b = append(b, '.')
		}
		b = append(b, s.Specifier...)
	}
	for i, f := range s.Fields {
		if i == 0 {
			b = append(b, " ("...)
		} else {
			b = append(b, ' ')
		}
		b = append(b, f...)
	}
	if len(s.Fields) > 0 {
		b = append(b, ')')
	}
	return string(b)
}
