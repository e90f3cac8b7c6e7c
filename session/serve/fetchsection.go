package serve

import (
	"errors"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
)

// section is what an item with octets of a message stands for.
type section struct {
	message.Section
	exists     bool
	binary     bool   // it may be sent as a literal8
	unknownCTE bool   // it has a content transfer encoding that is not known
	small      []byte // the octets, if they had to be read and are few
}

// inlineOctets is the length of the longest section that is copied into the buffer of responses. A longer section is
// not copied.
const inlineOctets = 4 << 10

// hasOctets reports whether an item has octets of the message.
func hasOctets(item *parser.FetchItem) bool {
	switch item.Name {
	case "RFC822", "RFC822.HEADER", "RFC822.TEXT", "BINARY", "BINARY.PEEK", "BINARY.SIZE":
		return true
	case "BODY", "BODY.PEEK":
		return item.HasSection
	}
	return false
}

// readSections finds the section of each item that has one, and stores it in f.sections. It reads small sections, so
// that the server can report an error before it announces a literal. An error in a larger section ends the connection
// in the middle of the literal.
func (f *fetcher) readSections(m *message.Message) error {
	f.sections = f.sections[:0]
	for i := range f.args.Items {
		item := &f.args.Items[i]
		if item.Name == "PREVIEW" {
			m.Preview() // reads the beginning of the text
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

// sectionOf returns the section of an item.
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
