package serve

import (
	"bytes"
	"errors"
	"math"
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/utils/numset"
)

// fetcher answers one FETCH.
type fetcher struct {
	c          *Conn
	args       parser.FetchArgs
	need       Need
	withUID    bool
	marked     map[uint32]bool // messages that the command makes \Seen
	unknownCTE bool
	left       []uint32 // UIDs that have not been told
	sent       int
	unread     error // the first message that could not be read
}

func (c *Conn) fetch() error {
	f := fetcher{c: c}
	a := &f.args
	if err := c.decode(a); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	v := c.view
	uids, err := c.resolve(a.Set, a.UID)
	if err != nil {
		return err
	}
	if !a.Partial.IsZero() {
		from, to := a.Partial.Slice(len(uids))
		uids = uids[from:to]
	}
	if a.Vanished {
		if err := c.fetchVanished(a); err != nil {
			return err
		}
	}
	if err := f.mark(uids); err != nil {
		return err
	}
	f.left = uids
	if f.need == 0 {
		// UIDs are the machine's own.
		for _, uid := range uids {
			if err := f.message(v.seq(uid), &Message{UID: uid}); err != nil {
				return err
			}
		}
	} else if err := c.each(uids, f.need, f.message); err != nil {
		return err
	}
	f.missing(math.MaxUint32)
	switch {
	case f.unread != nil:
		return f.unread
	case f.unknownCTE:
		return no(parser.CodeUnknownCTE, "a content transfer encoding is not known") // RFC 3516 §4.3
	case f.sent < len(uids) && !a.UID && a.ChangedSince == 0 && len(v.uids) > 0:
		return no(parser.CodeExpungeIssued, "some of the messages are gone")
	}
	return nil
}

// check refuses items that the server does not know, and finds out what they need.
func (f *fetcher) check() error {
	a, c := &f.args, f.c
	f.withUID = a.UID && !c.enabled.uidOnly // UIDFETCH begins with the UID
	for i := range a.Items {
		it := &a.Items[i]
		need, err := c.checkItem(it)
		if err != nil {
			return err
		}
		f.need |= need
		f.withUID = f.withUID || it.Name == "UID"
	}
	if a.ChangedSince != 0 || a.Vanished {
		if !c.has("CONDSTORE") || a.Vanished && !c.enabled.qresync {
			return badf("unknown modifier")
		}
		c.condstore()
		f.need |= NeedFlags
	}
	if len(a.Modifiers) > 0 || !a.Partial.IsZero() && !(c.has("PARTIAL") && a.UID) {
		return badf("unknown modifier")
	}
	return nil
}

// checkItem refuses an item that the server does not know, and returns what it needs.
func (c *Conn) checkItem(it *parser.FetchItem) (Need, error) {
	capability, need := "", NeedContent
	switch it.Name {
	case "UID":
		return 0, nil
	case "FLAGS":
		return NeedFlags, nil
	case "INTERNALDATE":
		return NeedDate, nil
	case "RFC822.SIZE":
		return NeedSize, nil
	case "MODSEQ":
		capability, need = "CONDSTORE", NeedFlags
	case "EMAILID", "THREADID":
		capability, need = "OBJECTID", NeedIDs
	case "SAVEDATE":
		capability, need = "SAVEDATE", NeedSaved
	case "PREVIEW":
		capability = "PREVIEW"
	case "BINARY", "BINARY.PEEK", "BINARY.SIZE":
		capability = "BINARY"
		if err := it.Section.CheckBinary(); err != nil {
			return 0, badf("%v", err)
		}
	case "X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS", "ANNOTATION":
		return 0, badf("unknown item %s", it.Name)
	default:
		if !it.Known() {
			return 0, badf("unknown item %s", it.Name)
		}
		if it.HasSection {
			if err := it.Section.Check(); err != nil {
				return 0, badf("%v", err)
			}
		}
	}
	if capability != "" && !c.has(capability) {
		return 0, badf("%s is not known here", it.Name)
	}
	if capability == "CONDSTORE" {
		c.condstore()
	}
	return need, nil
}

// fetchVanished tells which messages of a set were expunged (RFC 7162 §3.2.6).
func (c *Conn) fetchVanished(a *parser.FetchArgs) error {
	v := c.view
	r, ok := v.box.(Resyncer)
	if !ok {
		return nil
	}
	set, err := r.Vanished(c.command, a.ChangedSince)
	if err != nil {
		return err
	}
	asked := a.Set
	if !asked.IsSaved() {
		asked = asked.Resolve(max(v.lastUID(), v.next-1))
	} else {
		asked = numset.FromRanges(numset.UID, c.saved)
	}
	if gone := v.vanished(set.Intersect(asked), numset.Set{}); !gone.Empty() {
		c.tellVanished(parser.Vanished{Earlier: true, UIDs: gone})
	}
	return nil
}

// mark sets \Seen on messages that are read (RFC 9051 §6.4.5), before it tells their items.
func (f *fetcher) mark(uids []uint32) error {
	c := f.c
	if c.view.readOnly || !slices.ContainsFunc(f.args.Items, func(it parser.FetchItem) bool { return !it.Peeks() }) {
		return nil
	}
	if f.args.ChangedSince != 0 {
		var changed []uint32
		err := c.each(uids, NeedFlags, func(_ uint32, m *Message) error {
			if m.ModSeq > f.args.ChangedSince {
				changed = append(changed, m.UID)
			}
			return nil
		})
		if err != nil {
			return err
		}
		uids = changed
	}
	var unseen []uint32
	err := c.each(uids, NeedFlags, func(_ uint32, m *Message) error {
		if !hasFlag(m.Flags, `\Seen`) {
			unseen = append(unseen, m.UID)
		}
		return nil
	})
	if err != nil || len(unseen) == 0 {
		return err
	}
	if err := c.view.box.Store(c.command, unseen, &FlagChange{Op: parser.StoreAdd, Flags: []string{`\Seen`}}); err != nil {
		return err
	}
	f.need |= NeedFlags
	f.marked = make(map[uint32]bool, len(unseen))
	for _, uid := range unseen {
		f.marked[uid] = true
	}
	return nil
}

// message tells the items of one message.
func (f *fetcher) message(seq uint32, m *Message) error {
	c, a := f.c, &f.args
	if a.ChangedSince != 0 && m.ModSeq <= a.ChangedSince && !f.marked[m.UID] {
		return nil
	}
	f.missing(m.UID)
	f.sent++
	var content *message.Message
	if f.need&NeedContent != 0 {
		var err error
		if content, err = m.Content(); err != nil {
			// An error of one message costs only that message.
			if f.unread == nil {
				f.unread = err
			}
			return nil
		}
	}
	if f.need&NeedFlags != 0 {
		c.announce(m.Flags)
	}
	e := &c.out
	c.fetchHead(seq, m.UID)
	w := itemWriter{f: f, m: m, content: content}
	w.items()
	e.Byte(')').CRLF()
	if len(f.marked) > 0 && f.marked[m.UID] {
		c.view.own[m.UID] = toldFlags{flagKey(m.Flags), m.ModSeq}
	}
	if w.streams {
		return c.flush() // the content is not valid later
	}
	return c.flushSome()
}

// missing tells the UIDs of messages before a UID that the back end no longer has, but that still exist for the client: a client that is told expunges by
// VANISHED must know their UIDs.
func (f *fetcher) missing(uid uint32) {
	c := f.c
	for len(f.left) > 0 && f.left[0] <= uid {
		if f.left[0] != uid && c.enabled.qresync && f.withUID && f.args.ChangedSince == 0 {
			c.fetchHead(c.view.seq(f.left[0]), f.left[0])
			c.out.Raw("UID ").Number(f.left[0]).Byte(')').CRLF()
		}
		f.left = f.left[1:]
	}
}

// itemWriter writes the items of one message.
type itemWriter struct {
	f       *fetcher
	m       *Message
	content *message.Message
	more    bool
	streams bool // there is a literal that is read when it is sent
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
	marked := len(f.marked) > 0 && f.marked[m.UID]
	if f.withUID || marked && c.tellsUID() && !c.enabled.uidOnly {
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
			c.flagList(m)
		case "MODSEQ":
			modseq = true
			w.next("")
			c.modSeq(m)
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
		c.flagList(m)
	}
	if (a.ChangedSince != 0 || marked) && c.enabled.condstore && !modseq {
		w.next("")
		c.modSeq(m)
	}
}

// contentItem writes an item that is taken from the content.
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
		w.next("BINARY")
		s, ok, err := content.Binary(item.Section.Part)
		w.section(item, s, ok && w.decodes(err), true)
	case "BINARY.SIZE":
		w.next("BINARY.SIZE")
		item.Section.Encode(e)
		s, _, err := content.Binary(item.Section.Part)
		w.decodes(err)
		e.SP().Number64(uint64(s.Size()))
	case "PREVIEW":
		w.next("PREVIEW ")
		e.String(content.Preview())
	}
}

// decodes notes an error of decoding.
func (w *itemWriter) decodes(err error) bool {
	switch {
	case errors.Is(err, message.ErrUnknownEncoding):
		w.f.unknownCTE = true
	case err != nil && w.f.unread == nil:
		w.f.unread = err
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

// needsBinary reports whether a section may hold what a literal may not.
func (w *itemWriter) needsBinary(s message.Section) bool {
	b, ok := s.Bytes()
	return !ok || bytes.IndexByte(b, 0) >= 0
}

// inlineOctets is how many octets of a message are copied into the response. More are sent from where they are.
const inlineOctets = 4 << 10

// octets writes octets as a literal, or NIL.
func (w *itemWriter) octets(s message.Section, ok bool) {
	if !ok {
		w.f.c.out.NIL()
		return
	}
	w.literal(s, false)
}

func (w *itemWriter) literal(s message.Section, binary bool) {
	e := &w.f.c.out
	b, ok := s.Bytes()
	if !ok && s.Size() <= inlineOctets {
		// A small section is read at once, so that the server can still report an error.
		var err error
		if b, err = s.ReadAll(); err != nil {
			if w.f.unread == nil {
				w.f.unread = err
			}
			e.NIL()
			return
		}
		ok = true
	}
	switch {
	case !ok:
		w.streams = true
		e.Literal(s.Size(), binary, s.Reader())
	case len(b) > inlineOctets:
		w.streams = true
		e.Literal(int64(len(b)), binary, lent(b))
	default:
		e.Literal(int64(len(b)), binary, nil).Verbatim(b)
	}
}
