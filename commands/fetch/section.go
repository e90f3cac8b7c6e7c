package fetch

import (
	"strconv"
	"strings"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Section is an item that asks for octets of a message: BODY[…] or BINARY[…]. The text in the brackets follows RFC 9051
// §6.4.5.1: "1.2" is the path of a part, for example. [Path] makes a path from numbers.
type Section struct {
	name    string // "BODY", "BINARY", "BINARY.SIZE"
	spec    parser.SectionSpec
	err     error
	peek    bool
	partial bool
	origin  uint64
	count   uint64
}

// Path returns the path of a part as the functions of this package take it: Path(1, 2) is "1.2", and Path() is "".
func Path(part ...uint32) string {
	var b []byte
	for i, n := range part {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	return string(b)
}

// decode reads the text in the brackets of a section.
func decode(section string) (spec parser.SectionSpec, err error) {
	d := wire.NewDecoder([]byte("[" + section + "]"))
	err = spec.Decode(d)
	if err == nil && len(d.Rest()) > 0 {
		d.Expected("section-spec")
		err = d.Err()
	}
	if err == nil {
		err = spec.Check()
	}
	return spec, err
}

// ofPart returns the section that contains a whole part.
func ofPart(name, part string) Section {
	i := Section{name: name}
	i.spec, i.err = decode(part)
	if i.err == nil && i.spec.Specifier != "" {
		i.err = arg.Invalid("part", part, "is not a path of numbers")
	}
	return i
}

// Body asks for a section of a message: "" is the whole message, "HEADER" its header, "1.2" the content of a part,
// "1.2.MIME" the header of that part. The server sets \Seen, except with Peek.
func Body(section string) Section {
	i := Section{name: "BODY"}
	i.spec, i.err = decode(section)
	return i
}

// HeaderFields asks for the named header fields. If part is "", they belong to the message itself, and otherwise to the
// message that the part contains.
func HeaderFields(part string, fields ...string) Section {
	i := ofPart("BODY", part)
	i.spec.Specifier, i.spec.Fields = parser.SpecHeaderFields, fields
	return i
}

// HeaderFieldsNot asks for all header fields except the named ones.
func HeaderFieldsNot(part string, fields ...string) Section {
	i := ofPart("BODY", part)
	i.spec.Specifier, i.spec.Fields = parser.SpecHeaderFieldsNot, fields
	return i
}

// Binary asks for the content of a part, whose transfer encoding the server decodes (RFC 9051 §6.4.5, RFC 3516). part
// is its path; "" is the whole message. The server sets \Seen, except with Peek.
func Binary(part string) Section { return ofPart("BINARY", part) }

// BinarySize asks for the size, in octets, of what Binary asks for. parser.Fetch.BinarySize returns the answer.
func BinarySize(part string) Section {
	i := ofPart("BINARY.SIZE", part)
	i.peek = true
	return i
}

// Peek returns an item that asks for the same section without setting \Seen.
func (i Section) Peek() Section { i.peek = true; return i }

// Partial returns an item that asks for count octets of the section from origin on.
func (i Section) Partial(origin, count uint64) Section {
	i.partial, i.origin, i.count = true, origin, count
	return i
}

// Request returns the section as a value of package parser. whole is true if the section is not limited by Partial;
// then Origin and Count are 0. The slices in the value must not be changed.
func (i Section) Request() (what parser.PartialSection, whole bool) {
	return parser.PartialSection{Name: i.name, Spec: i.spec, Origin: i.origin, Count: i.count}, !i.partial
}

// Peeks reports whether the server does not set \Seen.
func (i Section) Peeks() bool { return i.peek }

// Encode writes the section.
func (i Section) Encode(e *wire.Encoder) {
	name := i.name
	if i.peek && name != "BINARY.SIZE" {
		name += ".PEEK"
	}
	i.EncodeAs(e, name)
}

// EncodeAs writes the section with name instead of BODY or BINARY, for items of extensions.
func (i Section) EncodeAs(e *wire.Encoder, name string) {
	if i.err != nil {
		e.Fail(i.err)
		return
	}
	i.spec.Encode(e.Raw(name))
	if i.partial {
		if i.count == 0 || i.origin > 1<<63-1 || i.count > 1<<63-1 {
			e.Fail(&wire.ArgumentError{What: "partial", Value: strconv.FormatUint(i.count, 10), Reason: "is out of range"})
			return
		}
		e.Byte('<').Number64(i.origin).Byte('.').Number64(i.count).Byte('>')
	}
}

// Traits says what the section needs, and whether it sets \Seen.
func (i Section) Traits() Traits {
	t := Traits{SetsSeen: !i.peek}
	if strings.HasPrefix(i.name, "BINARY") {
		t.Needs = "BINARY|IMAP4REV2"
	}
	return t
}
