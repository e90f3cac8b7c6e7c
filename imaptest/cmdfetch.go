package imaptest

import (
	"bytes"
	"slices"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/utils/numset"
)

// resolve turns a set of a command into the sequence numbers that exist.
func (c *conn) resolve(set numset.Set, uid bool) ([]store.Range, error) {
	if set.IsSaved() {
		if !c.has("SEARCHRES") {
			return nil, badf("$ is not known here")
		}
		var out []store.Range
		for _, u := range c.saved {
			if seq := c.view.Seq(u); seq != 0 {
				out = store.Add(out, seq)
			}
		}
		return out, nil
	}
	return c.view.Resolve(set.Ranges(), uid)
}

func (c *conn) fetch() error {
	var a parser.FetchArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	seen := false
	withUID := a.UID && !c.uidOnly()
	for i := range a.Items {
		it := &a.Items[i]
		if err := c.checkItem(it); err != nil {
			return err
		}
		seen = seen || !it.Peeks()
		withUID = withUID || it.Name == "UID"
	}
	if (a.ChangedSince != 0 || a.SinceZero) || a.Vanished {
		if !c.has("CONDSTORE") || a.Vanished && !c.m.Enabled("QRESYNC") {
			return badf("unknown modifier")
		}
		c.condstore()
	}
	if len(a.Modifiers) > 0 || !a.Partial.IsZero() && !c.has("PARTIAL") {
		return badf("unknown modifier")
	}
	if !a.Partial.IsZero() && !a.UID {
		return badf("PARTIAL is a modifier of UID FETCH")
	}
	seqs, err := c.resolve(a.Set, a.UID)
	if err != nil {
		return err
	}
	if !a.Partial.IsZero() {
		seqs = window(seqs, a.Partial)
	}
	if a.ChangedSince != 0 || a.SinceZero {
		if a.Vanished {
			if gone := c.view.Vanished(a.ChangedSince, a.Set.Ranges(), store.Known{}); len(gone) > 0 {
				c.tellVanished(gone, true)
			}
		}
		seqs = c.view.ChangedSince(a.ChangedSince, seqs)
	}
	var marked []store.Range
	if seen && !c.view.ReadOnly() {
		for it := range c.view.Items(seqs) {
			if !it.Flags.Seen() {
				marked = store.Add(marked, it.Seq)
			}
		}
		if len(marked) > 0 {
			c.view.Store(marked, store.AddFlags, []string{`\Seen`}, store.StoreOptions{})
		}
	}
	gone := false
	c.unknownCTE = false
	nth := 0
	for it := range c.view.Items(seqs) {
		nth++
		if tell, err := c.vanished(nth, &it, &a, withUID); err != nil {
			return err
		} else if !tell {
			continue
		}
		gone = gone || it.Gone
		if it.Announce {
			c.tellFlags()
		}
		c.message(&it, &a, withUID, store.Contains(marked, it.Seq))
		if err := c.flushSome(); err != nil {
			return err
		}
	}
	if c.unknownCTE {
		return no(parser.CodeUnknownCTE, "a content transfer encoding is not known") // RFC 3516 §4.3
	}
	return nil
}

// checkItem refuses an item that the server does not know.
func (c *conn) checkItem(it *parser.FetchItem) error {
	cap := ""
	switch it.Name {
	case "MODSEQ":
		cap = "CONDSTORE"
	case "EMAILID", "THREADID":
		cap = "OBJECTID"
	case "SAVEDATE", "PREVIEW":
		cap = it.Name
	case "BINARY", "BINARY.PEEK", "BINARY.SIZE":
		cap = "BINARY"
		return c.checkSpec(it.Section.CheckBinary(), cap)
	case "X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS", "ANNOTATION":
		return badf("unknown item %s", it.Name)
	default:
		if c.srv.opt.ext.items[it.Name] != nil {
			return nil
		}
		if !it.Known() {
			return badf("unknown item %s", it.Name)
		}
	}
	if it.HasSection {
		return c.checkSpec(it.Section.Check(), cap)
	}
	return c.checkSpec(nil, cap)
}

func (c *conn) checkSpec(err error, cap string) error {
	if err != nil {
		return badf("%v", err)
	}
	if cap != "" && !c.has(cap) {
		return badf("%s is not known here", cap)
	}
	if cap == "CONDSTORE" {
		c.condstore()
	}
	return nil
}

// tells reports whether there is anything to send for a message. There is not if all that was asked for is in an unknown encoding.
func (c *conn) tells(it *store.Item, a *parser.FetchArgs, withUID, marked bool) bool {
	if withUID || marked || (a.ChangedSince != 0 || a.SinceZero) {
		return true
	}
	for i := range a.Items {
		switch item := &a.Items[i]; item.Name {
		case "BINARY", "BINARY.PEEK", "BINARY.SIZE":
			if _, _, err := it.Content.Binary(item.Section.Part); err == nil {
				return true
			}
		default:
			return true
		}
	}
	c.unknownCTE = true
	return false
}

// message sends the items of one message.
func (c *conn) message(it *store.Item, a *parser.FetchArgs, withUID, marked bool) {
	if !c.tells(it, a, withUID, marked) {
		return
	}
	e := c.out
	c.fetchHead(it.Seq, it.UID)
	more := false
	next := func(name string) {
		if more {
			e.SP()
		}
		more = true
		e.Raw(name)
	}
	if withUID || marked && c.tellsUID() && !c.uidOnly() {
		next("UID ")
		e.Number(it.UID)
	}
	flags, modseq := false, false
	for i := range a.Items {
		item := &a.Items[i]
		switch item.Name {
		case "UID":
		case "FLAGS":
			flags = true
			next("")
			c.flagList(it.Flags, it.Recent)
		case "MODSEQ":
			modseq = true
			next("")
			c.tellModSeq(it.ModSeq)
		case "INTERNALDATE":
			next("INTERNALDATE \"")
			e.Append(func(dst []byte) []byte { return imapdate.AppendFormat(dst, c.date(it.Date)) }).Byte('"')
		case "RFC822.SIZE":
			next("RFC822.SIZE ")
			e.Number64(uint64(it.Content.Size()))
		case "ENVELOPE":
			next("ENVELOPE ")
			it.Content.EncodeEnvelope(e)
		case "BODYSTRUCTURE":
			next("BODYSTRUCTURE ")
			it.Content.EncodeBodyStructure(e)
		case "RFC822":
			next("RFC822 ")
			c.octets(it.Content.All(), true)
		case "RFC822.HEADER":
			next("RFC822.HEADER ")
			b, ok := it.Content.Section(&parser.SectionSpec{Specifier: parser.SpecHeader})
			c.octets(b, ok)
		case "RFC822.TEXT":
			next("RFC822.TEXT ")
			b, ok := it.Content.Section(&parser.SectionSpec{Specifier: parser.SpecText})
			c.octets(b, ok)
		case "BODY", "BODY.PEEK":
			if !item.HasSection {
				next("BODY ")
				b := it.Content.BodyStructure()
				if !c.utf8() {
					b = message.BasicGlobal(b)
				}
				b.EncodeBody(e)
				continue
			}
			next("BODY")
			b, ok := it.Content.Section(&item.Section)
			c.section(item, b, ok, false)
		case "BINARY", "BINARY.PEEK":
			b, ok, err := it.Content.Binary(item.Section.Part)
			if err != nil {
				c.unknownCTE = true // the item is left out (RFC 3516 §4.3)
				continue
			}
			next("BINARY")
			c.section(item, b, ok, true)
		case "BINARY.SIZE":
			b, _, err := it.Content.Binary(item.Section.Part)
			if err != nil {
				c.unknownCTE = true
				continue
			}
			next("BINARY.SIZE")
			item.Section.Encode(e)
			e.SP().Number64(uint64(b.Size()))
		case "EMAILID":
			next("EMAILID (")
			e.Atom(it.EmailID()).Byte(')')
		case "THREADID":
			next("THREADID (")
			e.Atom(it.ThreadID()).Byte(')')
		case "SAVEDATE":
			next("SAVEDATE \"")
			e.Append(func(dst []byte) []byte { return imapdate.AppendFormat(dst, it.Saved) }).Byte('"')
		case "PREVIEW":
			next("PREVIEW ")
			e.String(it.Content.Preview())
		default:
			c.ownItem(item, &sought{Item: *it}, next)
		}
	}
	if marked && !flags {
		next("")
		c.flagList(it.Flags, it.Recent)
	}
	if (marked || (a.ChangedSince != 0 || a.SinceZero)) && c.m.Enabled("CONDSTORE") && !modseq {
		next("")
		c.tellModSeq(it.ModSeq)
	}
	e.Byte(')').CRLF()
}

// section sends a section, or the part of it that was asked for.
func (c *conn) section(item *parser.FetchItem, s message.Section, ok, binary bool) {
	e := c.out
	item.Section.Encode(e)
	if !item.Partial.IsZero() {
		e.Byte('<').Number64(item.Partial.Offset).Byte('>')
		s = s.Partial(item.Partial.Offset, item.Partial.Count)
	}
	e.SP()
	if !ok {
		e.NIL()
		return
	}
	if b, _ := s.Bytes(); binary && slices.Contains(b, 0) {
		e.Literal(s.Size(), true, s.Reader())
		return
	}
	c.octets(s, true)
}

// withoutNUL returns octets as they may be sent in a literal that is not binary (RFC 9051 §9, note 3): with 0x80 for NUL, as Dovecot does. BINARY
// sends them as they are.
func withoutNUL(b []byte) []byte {
	if !bytes.Contains(b, []byte{0}) {
		return b
	}
	return bytes.ReplaceAll(b, []byte{0}, []byte{0x80})
}

// inlineOctets is how much of a message is copied into the encoder at most. More is sent from where it is.
const inlineOctets = 4 << 10

// octets sends octets as a literal.
func (c *conn) octets(s message.Section, ok bool) {
	b, _ := s.Bytes()
	b = withoutNUL(b)
	switch {
	case !ok:
		c.out.NIL()
	case len(b) > inlineOctets:
		c.out.Literal(int64(len(b)), false, bytes.NewReader(b))
	default:
		c.out.Literal(int64(len(b)), false, nil).Verbatim(b)
	}
}
