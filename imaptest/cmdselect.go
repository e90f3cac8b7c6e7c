package imaptest

import (
	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

func (c *conn) selectCommand() error { return c.open(false) }
func (c *conn) examine() error       { return c.open(true) }

// open selects a mailbox (RFC 9051 §6.3.2).
func (c *conn) open(readOnly bool) error {
	var a parser.SelectArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if a.CondStore && !c.has("CONDSTORE") || a.QResync != nil && !c.has("QRESYNC") || len(a.Params) > 0 || a.Annotate {
		return badf("unknown parameter")
	}
	if a.QResync != nil && !c.m.Enabled("QRESYNC") {
		return badf("QRESYNC is not enabled")
	}
	if a.QResync != nil && c.uidOnly() && !a.QResync.SeqMatch.Empty() {
		return errUIDRequired("the last parameter of QRESYNC")
	}
	if a.CondStore {
		c.m.Enable("CONDSTORE")
	}
	// The old mailbox is closed even if the new one cannot be opened (RFC 9051 §6.3.2).
	// A server with CONDSTORE or QRESYNC always sends CLOSED, whatever was enabled (RFC 7162 §3.2.11); another server sends it only to clients
	// of RFC 9051.
	if c.leave() && (c.has("CONDSTORE") || c.has("QRESYNC") || c.m.Enabled("IMAP4REV2")) {
		c.untagged("OK [CLOSED] the other mailbox is closed")
	}
	name := c.box(a.Mailbox)
	opt := store.SelectOptions{ReadOnly: readOnly, Notify: c.m.Wake}
	if c.notify != nil {
		opt.Watch = c.notify.watch
	}
	view, err := c.user.Select(name, opt)
	if err != nil {
		return err
	}
	c.view = view
	c.m.Select(selection{c})
	c.show(c.name, name)
	o := view.Opened()
	c.tellFlags()
	c.out.Raw("* ").Number(uint32(o.Messages)).Raw(" EXISTS").CRLF()
	if !c.m.Enabled("IMAP4REV2") {
		c.out.Raw("* ").Number(uint32(o.Recent)).Raw(" RECENT").CRLF()
		if o.FirstUnseen != 0 && !c.uidOnly() {
			c.tellCode(parser.CodeUnseen, uint64(o.FirstUnseen))
		}
	}
	c.tellCode(parser.CodeUIDValidity, uint64(o.UIDValidity))
	c.tellCode(parser.CodeUIDNext, uint64(o.UIDNext))
	if c.has("CONDSTORE") {
		c.point = resyncPoint{}
		c.tellHighest(o.HighestModSeq)
	}
	if c.has("OBJECTID") {
		c.untagged("OK [MAILBOXID (" + o.MailboxID + ")] its id")
	}
	if c.has("IMAP4rev2") && c.m.Enabled("IMAP4REV2") {
		c.tellList("LIST", &parser.ListData{Attrs: []parser.MailboxAttr{}, Delim: rune(c.srv.store.Delimiter()), Mailbox: c.boxRaw(name)})
		c.tellNormal(a.Mailbox)
	}
	if q := a.QResync; q != nil && q.UIDValidity == o.UIDValidity {
		c.resync(q)
	}
	code := parser.CodeReadWrite
	if view.ReadOnly() {
		code = parser.CodeReadOnly
	}
	return &reply{Status: parser.OK, Code: parser.Code{Name: code}}
}

func (c *conn) tellCode(name parser.CodeName, n uint64) {
	c.out.Raw("* OK [").Atom(string(name)).SP().Number64(n).Raw("] told").CRLF()
}

// tellFlags sends the flags of the mailbox (RFC 9051 §7.3.5, §7.1).
func (c *conn) tellFlags() {
	flags, permanent := c.view.Flags()
	c.out.Raw("* FLAGS ").List(len(flags), func(i int) { c.out.Flag(flags[i]) }).CRLF()
	c.out.Raw("* OK [PERMANENTFLAGS ").List(len(permanent), func(i int) { c.out.Flag(permanent[i]) }).Raw("] told").CRLF()
}

// condstore enables CONDSTORE for a client that uses it, and sends HIGHESTMODSEQ (RFC 7162 §3.1).
func (c *conn) condstore() { c.m.CondStore() }

// leave closes the selected mailbox, and reports whether one was selected.
func (c *conn) leave() bool { return c.m.Deselect() }

// left cleans up after a mailbox is closed.
func (c *conn) left() {
	if n := c.notify; n != nil {
		if m := c.view.Mailbox(); len(n.groups) > 0 {
			n.known[m] = m.Status()
		}
	}
	c.view.Close()
	c.view, c.saved, c.gone = nil, nil, false
	c.contexts, c.own = nil, nil
	c.show(c.name, "")
}

// resync sends what has changed since the client last had the mailbox selected (RFC 7162 §3.2.5).
func (c *conn) resync(q *parser.QResync) {
	var known store.Known
	known.Seqs, known.UIDs = q.SeqMatch.Ranges(), q.UIDMatch.Ranges()
	var uids []store.Range
	if !q.KnownUIDs.Empty() {
		uids = q.KnownUIDs.Ranges()
	}
	if gone := c.view.Vanished(q.ModSeq, uids, known); len(gone) > 0 {
		c.tellVanished(gone, true)
	}
	for _, r := range c.view.ChangedSince(q.ModSeq, c.view.All()) {
		for it := range c.view.Items([]store.Range{r}) {
			if len(uids) > 0 && !store.Contains(uids, it.UID) {
				continue
			}
			if it.Announce {
				c.tellFlags() // another client has set a new keyword since FLAGS was sent
			}
			c.tellFlagsOf(it.Seq, it.UID, it.Flags, it.Recent, it.ModSeq)
		}
	}
}

func (c *conn) tellVanished(uids []store.Range, earlier bool) {
	v := parser.Vanished{Earlier: earlier, UIDs: numberSet(numset.UID, uids)}
	c.out.Raw("* VANISHED ")
	v.Encode(c.out)
	c.out.CRLF()
}

// numberSet returns the set of ranges.
func numberSet(kind numset.Kind, ranges []store.Range) numset.Set {
	s := numset.Of(kind)
	for _, r := range ranges {
		s.AddRange(r.Start, r.Stop)
	}
	return s
}

func (c *conn) closeCommand() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	if !c.view.ReadOnly() {
		c.view.Expunge(c.view.All())
	}
	c.leave()
	return nil
}

func (c *conn) unselect() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	c.leave()
	return nil
}

// syncBehind is sync at the end of a command. It reports the client's own expunges even if the client wants no events of the mailbox.
func (c *conn) syncBehind(h *parser.CommandHead, allowExpunge bool) {
	if c.synced {
		c.synced = false
		return
	}
	if n := c.notify; n.frozen() && (h.Name == "EXPUNGE" || h.Name == "MOVE" || h.Name == "REPLACE") {
		c.notify = nil
		c.sync(true)
		c.notify = n
		return
	}
	c.sync(allowExpunge)
}

// sync reports changes in the mailbox. It holds back expunges unless allowExpunge is set.
func (c *conn) sync(allowExpunge bool) {
	n := c.notify
	if n.frozen() {
		return
	}
	var vanished []store.Range
	flush := func() {
		if len(vanished) > 0 {
			c.tellVanished(vanished, false)
			vanished = nil
		}
	}
	last := c.view.UID(uint32(c.view.Len()))
	changes := c.view.Sync(allowExpunge)
	c.contextsExpunged(changes)
	for _, ch := range changes {
		if (ch.Kind == store.FlagsOf || ch.Kind == store.FlagList) && n != nil && n.selected&onFlags == 0 {
			if ch.Kind == store.FlagsOf {
				c.untold(ch.ModSeq)
			}
			continue
		}
		if ch.Kind != store.Expunged {
			flush()
		}
		switch ch.Kind {
		case store.Expunged:
			if c.vanishes() {
				vanished = store.Add(vanished, ch.UID)
			} else {
				c.out.Raw("* ").Number(ch.Seq).Raw(" EXPUNGE").CRLF()
			}
		case store.Exists:
			c.out.Raw("* ").Number(ch.Count).Raw(" EXISTS").CRLF()
		case store.RecentCount:
			if !c.m.Enabled("IMAP4REV2") {
				c.out.Raw("* ").Number(ch.Count).Raw(" RECENT").CRLF()
			}
		case store.FlagList:
			c.tellFlags()
		case store.FlagsOf:
			c.tellFlagsOf(ch.Seq, ch.UID, ch.Flags, ch.Recent, ch.ModSeq)
		case store.MailboxGone:
			c.mailboxGone()
		}
	}
	flush()
	c.tellNews(last)
}

// tellsUID reports whether an unsolicited FETCH response has the UID: with modification sequence numbers
// (RFC 7162 §3.2.4), in answers to UID commands (RFC 9051 §6.4.9), and with NOTIFY (RFC 5465 §5.2).
func (c *conn) tellsUID() bool {
	return c.m.Enabled("CONDSTORE") || c.m.Enabled("IMAP4REV2") || c.notify != nil || c.batch.uid || c.cmds.Head().UID
}

// tellFlagsOf sends the flags of a message.
func (c *conn) tellFlagsOf(seq, uid uint32, flags *store.Flags, recent bool, modseq uint64) {
	c.fetchHead(seq, uid)
	if c.tellsUID() && !c.uidOnly() {
		c.out.Raw("UID ").Number(uid).SP()
	}
	c.flagList(flags, recent)
	if c.m.Enabled("CONDSTORE") {
		c.out.SP()
		c.tellModSeq(modseq)
	}
	c.out.Byte(')').CRLF()
}

func (c *conn) flagList(flags *store.Flags, recent bool) {
	c.out.Raw("FLAGS (")
	sp := false
	if recent && !c.m.Enabled("IMAP4REV2") {
		c.out.Raw(`\Recent`)
		sp = true
	}
	for _, name := range flags.Names() {
		if sp {
			c.out.SP()
		}
		sp = true
		c.out.Flag(name)
	}
	c.out.Byte(')')
}
