package parser

import (
	"bytes"
	"io"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// Section is a part of a message's octets in a FETCH response. It is BODY[…], BINARY[…], one of the RFC822 items of RFC
// 3501, or an unknown item whose value is too big for memory. A section is either in memory or streamed. If it is
// streamed, each Read reads from the server. A Section is valid until the next response is read. A streamed Section is
// valid only until the next iteration of the loop over Fetch.Sections.
type Section struct {
	Name    string      // "BODY", "BINARY", "RFC822", "RFC822.HEADER", "RFC822.TEXT", or the name of an unknown item
	Spec    SectionSpec // what the brackets contain
	Partial bool        // whether the server sent only a part of the section, from Origin on
	Origin  uint64      // in octets

	null bool
	form byte // first octet of the value: '"', '{' or '~'
	size int64
	data []byte
	off  int
	lit  wire.Literal // used if the section is streamed
	live bool         // whether the section is or was streamed
	err  error        // the error if the client did not ask for the section
}

// IsNIL reports whether the server sent NIL. A server sends NIL if the section does not exist or cannot be read.
func (s *Section) IsNIL() bool { return s.null }

// Size returns the size of the section in octets.
func (s *Section) Size() int64 { return s.size }

// Bytes returns the octets of the section if it is in memory. They are valid until the next response is read.
func (s *Section) Bytes() (b []byte, ok bool) {
	if s.err != nil {
		return nil, false
	}
	return s.data, !s.live
}

// Err returns an error if the client did not ask for the section, and nil otherwise. If Err returns an error, the
// section cannot be read; see Fetch.Expect.
func (s *Section) Err() error { return s.err }

// Read reads from the unread rest of the section. If a deadline interrupts it, nothing is lost: call it again.
func (s *Section) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.live {
		return s.lit.Read(p)
	}
	if s.off == len(s.data) {
		return 0, io.EOF
	}
	n := copy(p, s.data[s.off:])
	s.off += n
	return n, nil
}

// WriteTo writes the unread rest of the section to w.
func (s *Section) WriteTo(w io.Writer) (int64, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.live {
		return s.lit.WriteTo(w)
	}
	if s.off == len(s.data) {
		return 0, nil
	}
	n, err := w.Write(s.data[s.off:])
	s.off += n
	return int64(n), err
}

// AppendTo appends the unread rest of the section to dst. If the rest has more than max octets, it reads nothing
// and fails with a wire.LimitError.
func (s *Section) AppendTo(dst []byte, max int64) ([]byte, error) {
	if s.err != nil {
		return dst, s.err
	}
	if s.live {
		return s.lit.AppendTo(dst, max)
	}
	left := s.data[s.off:]
	if int64(len(left)) > max {
		return dst, &wire.LimitError{What: "literal in memory", Limit: max, Size: int64(len(left))}
	}
	s.off = len(s.data)
	return append(dst, left...), nil
}

// stream makes s read the streamed literal that comes next in d.
func (s *Section) stream(d *wire.Decoder) {
	if lit := d.Literal(); lit != nil {
		// Copy the literal, because d uses the same Literal again: a section that the program keeps must not read the
		// octets of the next literal.
		s.lit, s.live, s.size = *lit, true, lit.Size()
	}
}

func (s *Section) clone() (Section, bool) {
	if s.live {
		return Section{}, false
	}
	c := *s
	c.data, c.off = bytes.Clone(s.data), 0
	c.Spec = s.Spec.Clone()
	return c, true
}

// Is reports whether the section is the one that a client asks for by a name, such as "BODY", and a spec, such as "1.2"
// or "HEADER.FIELDS (Date Subject)". The spec is the text in the brackets. Is compares meanings, not texts, because
// servers may send names of fields in upper case, in quotes or in another order, and some answer RFC822.HEADER with
// BODY[HEADER] or BODY[HEADER] with RFC822.HEADER.
func (s *Section) Is(name, spec string) bool {
	var want Section
	return want.parse(name, spec) && s.same(&want)
}

// parse sets the name and the spec of s, and reports whether they are valid.
func (s *Section) parse(name, spec string) bool {
	s.Name = strings.TrimSuffix(strings.ToUpper(name), ".PEEK")
	d := wire.NewDecoder([]byte("[" + spec + "]"))
	return s.Spec.Decode(d) == nil && len(d.Rest()) == 0
}

// rfc822 maps the items of RFC 3501 that have no brackets to the specs with the same meaning.
var rfc822 = map[string]SectionSpec{"RFC822": {}, "RFC822.HEADER": {Specifier: SpecHeader}, "RFC822.TEXT": {Specifier: SpecText}}

// same reports whether s and t stand for the same octets.
func (s *Section) same(t *Section) bool {
	meaning := func(s *Section) (string, SectionSpec) {
		if spec, ok := rfc822[s.Name]; ok {
			return "BODY", spec
		}
		return s.Name, s.Spec
	}
	name, spec := meaning(s)
	other, as := meaning(t)
	return name == other && spec.Equal(&as)
}
