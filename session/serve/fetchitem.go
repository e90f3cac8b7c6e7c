package serve

import (
	"bytes"
	"io"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/utils/imapdate"
)

// itemWriter writes the items of one message.
type itemWriter struct {
	f        *fetcher
	m        *Message
	seq      uint32
	content  *message.Message
	sections []section // the sections of the items that have not been written yet
	more     bool
	streams  bool // a literal is read while it is sent, so the response must be sent before the content becomes invalid
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
	var sec *section
	if hasOctets(item) {
		sec, w.sections = &w.sections[0], w.sections[1:]
	}
	switch item.Name {
	case "ENVELOPE":
		w.next("ENVELOPE ")
		content.EncodeEnvelope(e)
	case "BODYSTRUCTURE":
		w.next("BODYSTRUCTURE ")
		content.EncodeBodyStructure(e)
	case "RFC822", "RFC822.HEADER", "RFC822.TEXT":
		w.next(item.Name)
		e.SP()
		w.octets(sec)
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
		w.section(item, sec)
	case "BINARY", "BINARY.PEEK":
		if !sec.unknownCTE { // an item in an unknown encoding is omitted (RFC 3516 §4.3)
			w.next("BINARY")
			w.section(item, sec)
		}
	case "BINARY.SIZE":
		if !sec.unknownCTE {
			w.next("BINARY.SIZE")
			item.Section.Encode(e)
			e.SP().Number64(uint64(sec.Size()))
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

// section writes an item with a section and its octets.
func (w *itemWriter) section(item *parser.FetchItem, s *section) {
	e := &w.f.c.out
	item.Section.Encode(e)
	if !item.Partial.IsZero() {
		e.Byte('<').Number64(item.Partial.Offset).Byte('>')
	}
	e.SP()
	w.octets(s)
}

// octets writes a section as a literal, or NIL if the message does not have the section. If the section must not be a
// literal8, octets writes 0x80 for each NUL, as Dovecot does, because only a literal8 may contain NUL (RFC 9051 §9,
// note 3).
func (w *itemWriter) octets(s *section) {
	e := &w.f.c.out
	if !s.exists {
		e.NIL()
		return
	}
	b, ok := s.small, s.small != nil
	if !ok {
		b, ok = s.Bytes()
	}
	binary := s.binary && (!ok || bytes.IndexByte(b, 0) >= 0)
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
