package parser

import (
	"bytes"
	"io"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// Section is a part of a message's octets in a FETCH response: BODY[…], BINARY[…], one of RFC 3501's RFC822 items, or an
// unknown item whose value is too big to hold. If it is in memory, it is read there; otherwise it is streamed: each Read
// reads from the server. A Section is valid until the next response is read. One that is streamed is valid until the
// next turn of the loop over Fetch.Sections.
type Section struct {
	Name    string      // "BODY", "BINARY", "RFC822", "RFC822.HEADER", "RFC822.TEXT"
	Spec    SectionSpec // what was in the brackets
	Partial bool        // whether the server sent only a part of the section, from Origin on
	Origin  uint64      // in octets

	null bool
	form byte // first octet of its value: '"', '{' or '~'
	size int64
	data []byte
	off  int
	lit  wire.Literal // if it is streamed
	live bool         // it is streamed, or was
	err  error        // why it is not what was asked for
}

// IsNIL reports whether the server sent NIL, which means that the section does not exist, or could not be read.
func (s *Section) IsNIL() bool { return s.null }

// Size returns how many octets the section has.
func (s *Section) Size() int64 { return s.size }

// Bytes returns the section if it is in memory; valid until the next response is read.
func (s *Section) Bytes() (b []byte, ok bool) {
	if s.err != nil {
		return nil, false
	}
	return s.data, !s.live
}

// Err returns why the section cannot be read, or nil. The reason is that it is not what was asked for; see Fetch.Expect.
func (s *Section) Err() error { return s.err }

// Read reads what is left of the section. If a wait was cut short, nothing is lost: call Read again.
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

// WriteTo writes what is left of the section to w.
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

// AppendTo appends what is left of the section to dst. If that is more than max octets, it reads nothing and fails with
// a wire.LimitError.
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

// stream makes s read the streamed literal at which d is.
func (s *Section) stream(d *wire.Decoder) {
	if lit := d.Literal(); lit != nil {
		// Copy it: the decoder has only one Literal, and a section that is kept must not read the next one's octets.
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

// Is reports whether the section is the one that a client asks for by a name, such as "BODY", and a spec in brackets,
// such as "1.2" or "HEADER.FIELDS (Date Subject)". It compares their meaning: servers may send names of fields in
// capitals, in quotes or in another order, and some answer RFC822.HEADER as BODY[HEADER], or the reverse.
func (s *Section) Is(name, spec string) bool {
	var want Section
	return want.named(name, spec) && s.same(&want)
}

// named gives s the name and spec, and reports whether they are those of a section.
func (s *Section) named(name, spec string) bool {
	s.Name = strings.TrimSuffix(strings.ToUpper(name), ".PEEK")
	d := wire.NewDecoder([]byte("[" + spec + "]"))
	return s.Spec.Decode(d) == nil && len(d.Rest()) == 0
}

// rfc822 has the meaning of the items of RFC 3501 that have names of their own.
var rfc822 = map[string]SectionSpec{"RFC822": {}, "RFC822.HEADER": {Specifier: SpecHeader}, "RFC822.TEXT": {Specifier: SpecText}}

// same reports whether s and t mean the same octets.
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
