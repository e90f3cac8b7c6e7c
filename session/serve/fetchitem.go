package serve

import (
	"bytes"
	"errors"
	"io"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/utils/imapdate"
)

// itemWriter writes the items of one message.
type itemWriter struct {
	f       *fetcher
	m       *Message
	seq     uint32
	content *message.Message
	more    bool
	streams bool // a literal is read while it is sent, so the response must be sent before the content becomes invalid
}

func (w *itemWriter) next(name string) {
	e := &w.f.c.out
	if w.more {
		e.SP()
	}
	w.more = true
	if name != "" {
		e.Raw(name)
	}
}

func (w *itemWriter) items() {
	f, m, c := w.f, w.m, w.f.c
	e, a := &c.out, &f.args
	marked := len(f.newlySeen) > 0 && f.newlySeen[m.UID]
	if f.withUID || marked && c.updatesHaveUID() && !c.enabled.uidOnly {
		w.next("UID ")
		e.Number(m.UID)
	}
	flags, modseq := false, false
	for i := range a.Items {
		item := &a.Items[i]
		switch item.Name {
		case "UID":
		case "FLAGS":
			flags = true
			w.next("")
			c.writeFlags(m)
		case "MODSEQ":
			modseq = true
			w.next("")
			c.writeModSeq(m)
		case "INTERNALDATE":
			w.next("INTERNALDATE \"")
			e.Append(func(dst []byte) []byte { return imapdate.AppendFormat(dst, m.Date) }).Byte('"')
		case "RFC822.SIZE":
			w.next("RFC822.SIZE ")
			e.Number64(uint64(m.Size))
		case "EMAILID":
			w.next("EMAILID (")
			e.Atom(m.EmailID).Byte(')')
		case "THREADID":
			if w.next("THREADID "); m.ThreadID == "" {
				e.NIL()
			} else {
				e.Byte('(').Atom(m.ThreadID).Byte(')')
			}
		case "SAVEDATE":
			if w.next("SAVEDATE "); m.Saved.IsZero() {
				e.NIL()
			} else {
				e.Byte('"').Append(func(dst []byte) []byte { return imapdate.AppendFormat(dst, m.Saved) }).Byte('"')
			}
		default:
			w.contentItem(item)
		}
	}
	if marked && !flags {
		w.next("")
		c.writeFlags(m)
	}
	if (f.changedSince || marked) && c.enabled.condstore && !modseq {
		w.next("")
		c.writeModSeq(m)
	}
}

// contentItem writes an item for which the content is needed.
func (w *itemWriter) contentItem(item *parser.FetchItem) {
	e, content := &w.f.c.out, w.content
	switch item.Name {
	case "ENVELOPE":
		w.next("ENVELOPE ")
		content.EncodeEnvelope(e)
	case "BODYSTRUCTURE":
		w.next("BODYSTRUCTURE ")
		content.EncodeBodyStructure(e)
	case "RFC822":
		w.next("RFC822 ")
		w.octets(content.All(), true)
	case "RFC822.HEADER":
		w.next("RFC822.HEADER ")
		w.octets(content.Section(&parser.SectionSpec{Specifier: parser.SpecHeader}))
	case "RFC822.TEXT":
		w.next("RFC822.TEXT ")
		w.octets(content.Section(&parser.SectionSpec{Specifier: parser.SpecText}))
	case "BODY", "BODY.PEEK":
		if !item.HasSection {
			w.next("BODY ")
			b := content.BodyStructure()
			if !w.f.c.utf8() {
				b = message.BasicGlobal(b)
			}
			b.EncodeBody(e)
			return
		}
		w.next("BODY")
		s, ok := content.Section(&item.Section)
		w.section(item, s, ok, false)
	case "BINARY", "BINARY.PEEK":
		s, ok, err := content.Binary(item.Section.Part)
		if ok = ok && w.noteDecoding(err); !errors.Is(err, message.ErrUnknownEncoding) {
			w.next("BINARY")
			w.section(item, s, ok, true)
		}
	case "BINARY.SIZE":
		s, _, err := content.Binary(item.Section.Part)
		if w.noteDecoding(err); !errors.Is(err, message.ErrUnknownEncoding) {
			w.next("BINARY.SIZE")
			item.Section.Encode(e)
			e.SP().Number64(uint64(s.Size()))
		}
	case "PREVIEW":
		w.next("PREVIEW ")
		e.String(content.Preview())
	default:
		w.hookItem(item)
	}
}

// hookItem writes an item that a hook provides.
func (w *itemWriter) hookItem(item *parser.FetchItem) {
	e := &w.f.c.out
	w.next(item.Name)
	if item.HasSection && item.Open == nil {
		item.Section.Encode(e)
	}
	e.RawBytes(item.Open)
	if !item.Partial.IsZero() {
		e.Byte('<').Number64(item.Partial.Offset).Byte('>')
	}
	w.f.c.hooks.items.Item(e.SP(), item, &candidate{seq: w.seq, m: w.m, content: w.content, read: true})
}

// noteDecoding notes err, an error of decoding a part, for the answer to the FETCH. It reports whether err is nil. An
// item in an unknown encoding is omitted (RFC 3516 §4.3).
func (w *itemWriter) noteDecoding(err error) bool {
	switch {
	case errors.Is(err, message.ErrUnknownEncoding):
		w.f.unknownCTE = true
	case err != nil && w.f.readErr == nil:
		w.f.readErr = err
	}
	return err == nil
}

// section writes a section, or the part of it that was asked for.
func (w *itemWriter) section(item *parser.FetchItem, s message.Section, ok, binary bool) {
	e := &w.f.c.out
	item.Section.Encode(e)
	if !item.Partial.IsZero() {
		e.Byte('<').Number64(item.Partial.Offset).Byte('>')
		s = s.Partial(item.Partial.Offset, item.Partial.Count)
	}
	e.SP()
	if ok && binary && w.needsBinary(s) {
		w.literal(s, true)
		return
	}
	w.octets(s, ok)
}

// needsBinary reports whether a section may contain NUL, which is not allowed in a literal.
func (w *itemWriter) needsBinary(s message.Section) bool {
	b, ok := s.Bytes()
	return !ok || bytes.IndexByte(b, 0) >= 0
}

// inlineOctets is the length of the longest section that is copied into the buffer of responses. A longer section is
// not copied.
const inlineOctets = 4 << 10

// octets writes a section as a literal, or NIL if ok is false.
func (w *itemWriter) octets(s message.Section, ok bool) {
	if !ok {
		w.f.c.out.NIL()
		return
	}
	w.literal(s, false)
}

// literal writes a literal. If binary is false, it writes 0x80 for each NUL, as Dovecot does, because only a literal8
// may contain NUL (RFC 9051 §9, note 3).
func (w *itemWriter) literal(s message.Section, binary bool) {
	e := &w.f.c.out
	b, ok := s.Bytes()
	if !ok && s.Size() <= inlineOctets {
		// A small section is read before its literal is announced, so that the server can still report an error.
		var err error
		if b, err = s.ReadAll(); err != nil {
			if w.f.readErr == nil {
				w.f.readErr = err
			}
			e.NIL()
			return
		}
		ok = true
	}
	if !binary && bytes.IndexByte(b, 0) >= 0 {
		b = bytes.ReplaceAll(b, []byte{0}, []byte{0x80})
	}
	switch {
	case !ok && !binary:
		w.streams = true
		e.Literal(s.Size(), false, &withoutNUL{s.Reader()})
	case !ok:
		w.streams = true
		e.Literal(s.Size(), true, s.Reader())
	case len(b) > inlineOctets:
		w.streams = true
		e.Literal(int64(len(b)), binary, bytes.NewReader(b))
	default:
		e.Literal(int64(len(b)), binary, nil).Verbatim(b)
	}
}

// withoutNUL replaces each NUL that is read from r by 0x80.
type withoutNUL struct{ r io.Reader }

func (w *withoutNUL) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	for rest := p[:n]; ; {
		i := bytes.IndexByte(rest, 0)
		if i < 0 {
			return n, err
		}
		rest[i] = 0x80
		rest = rest[i+1:]
	}
}
