package serve

import (
	"errors"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
)

// section is the part of a message that an item of FETCH asks for.
type section struct {
	message.Section
	exists     bool   // the message has the part
	binary     bool   // the part may be sent as a literal8
	unknownCTE bool   // the part has an unknown content transfer encoding, and cannot be decoded
	small      []byte // the octets, if they were not in memory and are at most inlineOctets
}

// inlineOctets is the length of the longest section that is copied into the buffer of responses. A longer section is
// not copied.
const inlineOctets = 4 << 10

// hasOctets reports whether an item asks for octets of the message, or for their number.
func hasOctets(item *parser.FetchItem) bool {
	switch item.Name {
	case "RFC822", "RFC822.HEADER", "RFC822.TEXT", "BINARY", "BINARY.PEEK", "BINARY.SIZE":
		return true
	case "BODY", "BODY.PEEK":
		return item.HasSection
	}
	return false
}

// readSections stores in f.sections the section of each item for which hasOctets returns true. It reads small sections,
// so that the server can report an error before it announces a literal. If a larger section cannot be read, the
// connection ends in the middle of the literal.
func (f *fetcher) readSections(m *message.Message) error {
	f.sections = f.sections[:0]
	for i := range f.args.Items {
		item := &f.args.Items[i]
		if item.Name == "PREVIEW" {
			m.Preview() // so that m.Err below has the error if the text cannot be read
		}
		if !hasOctets(item) {
			continue
		}
		s, err := sectionOf(m, item)
		if err != nil {
			return err
		}
		f.unknownCTE = f.unknownCTE || s.unknownCTE
		f.sections = append(f.sections, s)
	}
	return m.Err()
}

// sectionOf returns the section of an item. It reads the section if it is small.
func sectionOf(m *message.Message, item *parser.FetchItem) (s section, err error) {
	switch item.Name {
	case "RFC822":
		s.Section, s.exists = m.All(), true
	case "RFC822.HEADER":
		s.Section, s.exists = m.Section(&parser.SectionSpec{Specifier: parser.SpecHeader})
	case "RFC822.TEXT":
		s.Section, s.exists = m.Section(&parser.SectionSpec{Specifier: parser.SpecText})
	case "BODY", "BODY.PEEK":
		s.Section, s.exists = m.Section(&item.Section)
	default:
		s.binary = true
		s.Section, s.exists, err = m.Binary(item.Section.Part)
		if s.unknownCTE = errors.Is(err, message.ErrUnknownEncoding); s.unknownCTE {
			return s, nil
		}
	}
	if err != nil || !s.exists || item.Name == "BINARY.SIZE" {
		return s, err
	}
	if !item.Partial.IsZero() {
		s.Section = s.Partial(item.Partial.Offset, item.Partial.Count)
	}
	if _, ok := s.Bytes(); !ok && s.Size() <= inlineOctets {
		s.small, err = s.ReadAll()
	}
	return s, err
}
