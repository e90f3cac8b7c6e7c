package serve

import (
	"errors"
	"io/fs"
	"math"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/utils/numset"
)

// fetcher runs one FETCH.
type fetcher struct {
	c            *Conn
	args         parser.FetchArgs
	need         Need
	withUID      bool
	newlySeen    map[uint32]bool // messages to which the command adds \Seen
	unknownCTE   bool
	unreported   []uint32 // the UIDs of the messages that reportMissing has not reached yet
	sent         int
	readErr      error     // the error of the first message that could not be read
	changedSince bool      // CHANGEDSINCE was given
	sections     []section // those that the items ask for, of the current message
	onlyBinary   bool      // all items are BINARY or BINARY.SIZE, so a message gets no response if none of them can be decoded
}

func (c *Conn) fetch() error {
	f := fetcher{c: c}
	a := &f.args
	if err := c.decode(a); err != nil {
		return err
	}
	if err := f.checkItems(); err != nil {
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
	if f.changedSince {
		if uids, err = c.changedSince(uids, a.ChangedSince); err != nil {
			return err
		}
	}
	if err := f.setSeen(uids); err != nil {
		return err
	}
	if c.hooks.fetching != nil {
		uids = slices.Clone(uids) // the hook may change the view
	}
	f.unreported = uids
	if f.need == 0 {
		// The client asks only for UIDs, and these are in the view.
		for _, uid := range uids {
			if err := f.message(v.seq(uid), &Message{UID: uid}); err != nil {
				return err
			}
		}
	} else if err := c.eachMessage(uids, f.need, f.message); err != nil {
		return err
	}
	f.reportMissing(math.MaxUint32)
	switch {
	case f.readErr != nil:
		return f.readErr
	case f.unknownCTE:
		return no(parser.CodeUnknownCTE, "a content transfer encoding is not known") // RFC 3516 §4.3
	case f.sent < len(uids) && !a.UID && !f.changedSince && len(v.uids) > 0:
		return no(parser.CodeExpungeIssued, "some of the messages are gone")
	}
	return nil
}

// checkItems refuses items that the server does not know, and determines which fields of messages the remaining items
// need.
func (f *fetcher) checkItems() error {
	a, c := &f.args, f.c
	f.withUID = a.UID && !c.enabled.uidOnly // a UIDFETCH response has the UID in any case
	f.onlyBinary = len(a.Items) > 0
	for i := range a.Items {
		it := &a.Items[i]
		need, err := c.checkItem(it)
		if err != nil {
			return err
		}
		f.need |= need
		f.withUID = f.withUID || it.Name == "UID"
		f.onlyBinary = f.onlyBinary && strings.HasPrefix(it.Name, "BINARY")
	}
	f.onlyBinary = f.onlyBinary && !f.withUID
	if f.changedSince = a.ChangedSince != 0 || a.SinceZero; f.changedSince || a.Vanished {
		if !c.has("CONDSTORE") || a.Vanished && !c.enabled.qresync {
			return badf("unknown modifier")
		}
		c.enableCondStore()
		f.need |= NeedFlags
	}
	if len(a.Modifiers) > 0 || !a.Partial.IsZero() && !(c.has("PARTIAL") && a.UID) {
		return badf("unknown modifier")
	}
	return nil
}

// checkItem refuses an item that the server does not know. Otherwise it returns which fields of the type Message are
// needed for the item.
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
		if h := c.hooks.items; h != nil && h.HasItem(it.Name) {
			return NeedFlags | NeedDate | NeedSize | NeedContent | NeedIDs | NeedSaved, nil
		}
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
		return 0, badf("%s is not supported", it.Name)
	}
	if capability == "CONDSTORE" {
		c.enableCondStore()
	}
	return need, nil
}

// fetchVanished reports which messages of a.Set were expunged (RFC 7162 §3.2.6).
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
	if gone := v.vanishedOf(set.Intersect(asked), numset.Set{}); !gone.Empty() {
		c.reportVanished(parser.Vanished{Earlier: true, UIDs: gone})
	}
	return nil
}

// setSeen adds \Seen to the messages, if an item asks for their text without PEEK (RFC 9051 §6.4.5).
func (f *fetcher) setSeen(uids []uint32) error {
	c := f.c
	if c.view.readOnly || !slices.ContainsFunc(f.args.Items, func(it parser.FetchItem) bool { return !it.Peeks() }) {
		return nil
	}
	if f.changedSince {
		var changed []uint32
		err := c.eachMessage(uids, NeedFlags, func(_ uint32, m *Message) error {
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
	err := c.eachMessage(uids, NeedFlags, func(_ uint32, m *Message) error {
		if !m.Gone && !hasFlag(m.Flags, `\Seen`) {
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
	f.newlySeen = make(map[uint32]bool, len(unseen))
	for _, uid := range unseen {
		f.newlySeen[uid] = true
	}
	return nil
}

// message writes the items of one message.
func (f *fetcher) message(seq uint32, m *Message) error {
	c, a := f.c, &f.args
	if f.changedSince && m.ModSeq <= a.ChangedSince && !f.newlySeen[m.UID] {
		return nil
	}
	f.reportMissing(m.UID)
	f.sent++
	if h := c.hooks.fetching; h != nil {
		if write, err := h.Fetching(a, seq, m); err != nil || !write {
			return err
		}
	}
	var content *message.Message
	if f.need&NeedContent != 0 {
		var err error
		if content, err = m.Content(); err == nil && slices.ContainsFunc(a.Items, readsOctets) {
			err = openContent(content)
		}
		if err == nil {
			err = f.readSections(content)
		}
		switch {
		case isGone(err):
			f.sent--
			f.reportGone(m.UID)
			return nil
		case err != nil:
			// The error affects only this message. The client gets no response for the message, and NO at the end. NIL
			// would say that the message does not have the section (RFC 9051 §4.5).
			if f.readErr == nil {
				f.readErr = err
			}
			return nil
		}
	}
	if f.onlyBinary && !f.changedSince && !f.newlySeen[m.UID] && !f.anyDecodes() {
		return nil
	}
	if f.need&NeedFlags != 0 {
		c.announceFlags(m)
	}
	e := &c.out
	c.beginFetch(seq, m.UID)
	w := itemWriter{f: f, m: m, seq: seq, content: content, sections: f.sections}
	w.items()
	e.Byte(')').CRLF()
	if len(f.newlySeen) > 0 && f.newlySeen[m.UID] {
		c.view.ownFlags.set(m.UID, flagState{c.view.keys.keyOf(m.Flags, nil), m.ModSeq})
	}
	if w.streams {
		return c.flush() // the response must be sent while the content is valid
	}
	return c.flushSome()
}

// anyDecodes reports whether the server can decode the section of at least one item. All items must be BINARY or
// BINARY.SIZE.
func (f *fetcher) anyDecodes() bool {
	return slices.ContainsFunc(f.sections, func(s section) bool { return !s.unknownCTE })
}

// reportMissing reports the UIDs below uid of messages that the client knows but that no longer exist, if the client
// has enabled QRESYNC and asks for UIDs. The client needs these UIDs to understand VANISHED.
func (f *fetcher) reportMissing(uid uint32) {
	for len(f.unreported) > 0 && f.unreported[0] <= uid {
		if f.unreported[0] != uid {
			f.reportGone(f.unreported[0])
		}
		f.unreported = f.unreported[1:]
	}
}

// reportGone reports the UID of a message that no longer exists, if the client needs it.
func (f *fetcher) reportGone(uid uint32) {
	if c := f.c; c.enabled.qresync && f.withUID && !f.changedSince {
		c.beginFetch(c.view.seq(uid), uid)
		c.out.Raw("UID ").Number(uid).Byte(')').CRLF()
	}
}

// readsOctets reports whether an item has octets of the message. A cache of the parsed message does not contain these.
func readsOctets(it parser.FetchItem) bool {
	return it.HasSection || strings.HasPrefix(it.Name, "RFC822")
}

// openContent makes the back end open the file of a message. After that, the octets can be read even if the message is
// expunged. If the file cannot be opened, the server can still report the error, because it has announced no literal.
func openContent(m *message.Message) error {
	all := m.All()
	if _, ok := all.Bytes(); ok {
		return nil
	}
	_, err := all.Partial(0, 1).ReadAll()
	return err
}

// isGone reports whether an error says that a message no longer exists. See Message.Content.
func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) }
