package serve

import (
	"context"
	"errors"
	"iter"
	"slices"

	"golang.org/x/text/unicode/norm"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// box decodes the name of a mailbox as the client has sent it. The result is in Unicode's Normalization Form C (RFC
// 9051 §5.1), with INBOX in capitals.
func (c *Conn) box(raw []byte) string {
	return c.inbox(norm.NFC.String(parser.DecodeMailbox(raw, c.utf8())))
}

// inbox returns a name with INBOX in capitals.
func (c *Conn) inbox(name string) string {
	if len(name) >= 5 && (len(name) == 5 || name[5] == c.srv.delimiter()) && equalFold(name[:5], "INBOX") {
		return "INBOX" + name[5:]
	}
	return name
}

func equalFold(a, b string) bool {
	for i := range len(a) {
		x := a[i]
		if x-'a' < 26 {
			x -= 'a' - 'A'
		}
		if x != b[i] {
			return false
		}
	}
	return true
}

// boxRaw returns the name of a mailbox in the form in which this client gets it.
func (c *Conn) boxRaw(name string) []byte { return parser.AppendMailbox([]byte{}, name, c.utf8()) }

func (c *Conn) selectCommand() error { return c.open(false) }
func (c *Conn) examine() error       { return c.open(true) }

// open runs SELECT and EXAMINE (RFC 9051 §6.3.2).
func (c *Conn) open(readOnly bool) error {
	var a parser.SelectArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if a.CondStore && !c.has("CONDSTORE") || a.QResync != nil && !c.has("QRESYNC") || len(a.Params) > 0 || a.Annotate {
		return badf("unknown parameter")
	}
	if a.QResync != nil && !c.enabled.qresync {
		return badf("QRESYNC is not enabled")
	}
	if a.QResync != nil && c.enabled.uidOnly && !a.QResync.SeqMatch.Empty() {
		return uidRequired("the last parameter of QRESYNC")
	}
	// Even if the SELECT fails, the old mailbox is closed. CLOSED is sent even if the client has enabled no extension
	// (RFC 7162 §3.2.11).
	if c.deselect() && (c.has("CONDSTORE") || c.enabled.rev2) {
		c.untagged("OK [CLOSED] the other mailbox is closed")
	}
	if a.CondStore {
		c.enabled.condstore = true
	}
	name := c.box(a.Mailbox)
	box, ch, err := openMailbox(c.command, c.user, name, OpenOptions{ReadOnly: readOnly, Changed: c.wake})
	if err != nil {
		return err
	}
	v := &view{box: box, name: name, readOnly: readOnly, validity: ch.UIDValidity, flags: systemFlags}
	v.canStore = append(slices.Clone(systemFlags), `\*`)
	v.apply(ch)
	v.reportedModSeq = v.latestModSeq
	c.view, c.state = v, Selected
	if err := c.reportOpened(a.Mailbox); err != nil {
		c.deselect()
		return err
	}
	if q := a.QResync; q != nil && q.UIDValidity == v.validity {
		if err := c.resync(q); err != nil {
			c.deselect()
			return err
		}
	}
	code := parser.CodeReadWrite
	if v.readOnly {
		code = parser.CodeReadOnly
	}
	return &Reply{Status: parser.OK, Code: parser.Code{Name: code}}
}

// openMailbox opens a mailbox of user. The Changes that it returns list all messages of the mailbox as new. If the
// mailbox is deleted at the same time, openMailbox returns an error.
func openMailbox(ctx context.Context, user User, name string, opt OpenOptions) (Mailbox, *Changes, error) {
	box, err := user.Open(ctx, name, opt)
	if err != nil {
		return nil, nil, err
	}
	ch, err := box.Changes(ctx)
	if err == nil && ch.Gone {
		err = no(parser.CodeNonExistent, "no such mailbox")
	}
	if err != nil {
		return nil, nil, errors.Join(err, box.Close())
	}
	return box, ch, nil
}

// reportOpened sends the untagged responses of SELECT. raw is the mailbox's name as the client has sent it.
func (c *Conn) reportOpened(raw []byte) error {
	v := c.view
	c.reportFlagLists()
	c.out.Raw("* ").Number(uint32(len(v.uids))).Raw(" EXISTS").CRLF()
	if err := c.reportRecent(); err != nil {
		return err
	}
	if !c.enabled.rev2 {
		var unseen uint32
		err := c.eachMessage(v.uids, NeedFlags, func(seq uint32, m *Message) error {
			if !hasFlag(m.Flags, `\Seen`) {
				unseen = seq
				return errStop
			}
			return nil
		})
		if err != nil && err != errStop {
			return err
		}
		if unseen != 0 && !c.enabled.uidOnly {
			c.reportCode(parser.CodeUnseen, uint64(unseen))
		}
	}
	c.reportCode(parser.CodeUIDValidity, uint64(v.validity))
	c.reportCode(parser.CodeUIDNext, uint64(v.next))
	if c.has("CONDSTORE") {
		c.reportHighestModSeq()
	}
	if x, ok := v.box.(Identifier); ok && c.has("OBJECTID") {
		id, err := x.MailboxID(c.command)
		if err != nil {
			return err
		}
		c.out.Raw("* OK [MAILBOXID (").Atom(id).Raw(")] its id").CRLF()
	}
	if c.enabled.rev2 {
		list := parser.ListData{Attrs: []parser.MailboxAttr{}, Delim: rune(c.srv.delimiter()), Mailbox: c.boxRaw(v.name)}
		c.reportList("LIST", &list)
		if name := c.inbox(parser.DecodeMailbox(raw, c.utf8())); name != v.name {
			list.OldName = raw // the server's form of the name differs (RFC 9051 §6.3.9.7)
			c.reportList("LIST", &list)
		}
	}
	return nil
}

// errStop makes eachMessage stop early.
var errStop = errors.New("serve: enough")

// reportHighestModSeq sends HIGHESTMODSEQ or NOMODSEQ.
func (c *Conn) reportHighestModSeq() {
	if n := c.view.reportedModSeq; n > 0 {
		c.reportCode(parser.CodeHighestModSeq, n)
		c.view.sentHighest = n
		return
	}
	c.untagged("OK [NOMODSEQ] there are no mod-sequences")
}

// enableCondStore makes the server send mod-sequences to the client from now on. If a mailbox is open, it first sends
// HIGHESTMODSEQ (RFC 7162 §3.1).
func (c *Conn) enableCondStore() {
	if !c.enabled.condstore && c.view != nil {
		c.reportHighestModSeq()
	}
	c.enabled.condstore = true
}

// resync reports what has changed since the mod-sequence in q (RFC 7162 §3.2.5).
func (c *Conn) resync(q *parser.QResync) error {
	v := c.view
	r, ok := v.box.(Resyncer)
	if !ok {
		return nil
	}
	vanished, err := r.Vanished(c.command, q.ModSeq)
	if err != nil {
		return err
	}
	vanished = v.vanishedOf(vanished, q.KnownUIDs)
	if last := v.lastMatched(q); last > 0 {
		vanished = vanished.Difference(numset.Span(numset.UID, 1, last))
	}
	if !vanished.Empty() {
		c.reportVanished(parser.Vanished{Earlier: true, UIDs: vanished})
	}
	uids := v.uids
	if !q.KnownUIDs.Empty() {
		uids = v.within(q.KnownUIDs.Ranges())
	}
	if uids, err = c.changedSince(uids, q.ModSeq); err != nil {
		return err
	}
	return c.eachMessage(uids, NeedFlags, func(seq uint32, m *Message) error {
		if m.ModSeq > q.ModSeq {
			c.reportFlags(seq, m)
		}
		return c.flushSome()
	})
}

// vanishedOf returns the UIDs in set that are below UIDNEXT and have no message. If the client has listed the UIDs
// that it knows, the result has only UIDs in that list.
func (v *view) vanishedOf(set, known numset.Set) numset.Set {
	if v.next <= 1 {
		return numset.Of(numset.UID) // there has never been a message
	}
	set = set.Intersect(numset.Span(numset.UID, 1, v.next-1))
	if !known.Empty() {
		set = set.Intersect(known)
	}
	return set.Difference(uidSet(v.uids))
}

// lastMatched returns the highest UID for which the client has the correct sequence number, or 0. Because UIDs
// ascend, the client knows all expunges below that UID (RFC 7162 §3.2.5.2).
func (v *view) lastMatched(q *parser.QResync) (last uint32) {
	next, stop := iter.Pull(q.UIDMatch.Numbers())
	defer stop()
	for seq := range q.SeqMatch.Numbers() {
		uid, ok := next()
		if !ok || seq > uint32(len(v.uids)) {
			break
		}
		if v.uids[seq-1] == uid {
			last = uid
		}
	}
	return last
}

// closeCommand runs CLOSE (RFC 9051 §6.4.1). The command has no answer NO: it closes the mailbox even if the back end
// fails to remove messages. The client then gets an untagged NO before the OK, as from Dovecot.
func (c *Conn) closeCommand() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	if !c.view.readOnly && !c.view.deleted {
		// If the user has no right to expunge, CLOSE only closes the mailbox (RFC 4314 §4).
		if err := c.timedOut(c.view.box.Expunge(c.command, nil)); err != nil && !errors.Is(err, parser.CodeNoPerm) {
			c.warn("CLOSE", err)
		}
	}
	c.deselect()
	return nil
}

func (c *Conn) unselect() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	c.deselect()
	return nil
}
