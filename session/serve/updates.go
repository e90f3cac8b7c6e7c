package serve

import (
	"context"
	"slices"
	"strconv"

	"github.com/imapstack/imapstack/parser"
)

// reportUpdates reports what has changed in the open mailbox since the last call. If expunge is not set, it does not
// report expunges, and the expunged messages stay in the view (RFC 9051 §7.5.1). They also stay if the current command
// has reported new messages: a client with QRESYNC must be able to ask for the UIDs of the new messages before it gets
// VANISHED. If NOTIFY excludes the mailbox from reports, reportUpdates only notices that it was renamed, deleted or
// renumbered. An error of reportUpdates comes from the back end.
func (c *Conn) reportUpdates(expunge bool) error {
	v := c.view
	if v.deleted {
		return nil
	}
	ch, err := v.box.Changes(c.command)
	if err != nil {
		return err
	}
	if ch.UIDValidity != 0 && ch.UIDValidity != v.validity {
		// The messages have new UIDs. No command may use the old UIDs, because other messages may have these UIDs now.
		v.deleted, v.expunged = true, slices.Clone(v.uids)
		box := v.box
		v.box = emptyBox{}
		return box.Close()
	}
	if v.deleted = ch.Gone; ch.Name != "" {
		v.name = ch.Name
	}
	if c.notify.noSelected() && !c.removesMessages {
		v.hold(ch)
		return nil
	}
	return c.reportChanges(v.withHeld(ch), expunge)
}

// reportDeleted reports, once, that the open mailbox was deleted. A caller must not use the mailbox afterwards, because
// a hook may have closed it.
func (c *Conn) reportDeleted() {
	v := c.view
	if v == nil || !v.deleted || v.deletionReported {
		return
	}
	v.deletionReported = true
	if h := c.hooks.gone; h != nil {
		h.MailboxGone()
		return
	}
	c.untagged("OK [NONEXISTENT] the mailbox has been deleted")
}

// reportChanges applies ch to the view, and reports the changes. If the back end fails, the next call reports the rest.
func (c *Conn) reportChanges(ch *Changes, expunge bool) error {
	v, n := c.view, c.notify
	fresh, changed := v.apply(ch)
	v.changed = union(v.changed, changed)
	if news := v.uids[len(v.uids)-fresh:]; len(v.contexts) > 0 {
		v.unsearched = union(union(v.unsearched, changed), news)
		v.news = union(v.news, news)
	} else if v.unsearched = nil; n != nil {
		v.news = union(v.news, news)
	}
	if expunge && !c.newReported {
		c.removeFromContexts()
		c.reportExpunged()
	}
	if fresh > 0 {
		c.newReported = true
		c.out.Raw("* ").Number(uint32(len(v.uids))).Raw(" EXISTS").CRLF()
		if err := c.reportRecent(); err != nil {
			return err
		}
	}
	if n == nil || n.selected&onFlags != 0 {
		if err := c.reportChangedFlags(v.changed); err != nil {
			return err
		}
		v.changed = nil
	}
	if len(v.expunged) == 0 && len(v.changed) == 0 {
		v.reportedModSeq = v.latestModSeq
	}
	updates, err := c.updateContexts(v.unsearched)
	if err != nil {
		return err
	}
	v.unsearched = nil
	if err := c.reportNew(v.news, updates); err != nil {
		return err
	}
	v.news, v.ownUIDs = nil, nil
	return nil
}

// union returns a list with the UIDs added to it. Before and after, the list ascends and has each UID once. It may
// modify the list.
func union(list, uids []uint32) []uint32 {
	if len(uids) > 8 {
		list = append(list, uids...)
		slices.Sort(list)
		return slices.Compact(list)
	}
	for _, uid := range uids { // sorting would take longer if the list is long
		if i, ok := slices.BinarySearch(list, uid); !ok {
			list = slices.Insert(list, i, uid)
		}
	}
	return list
}

// reportRecent reports how many messages are \Recent (RFC 3501 §7.3.2).
func (c *Conn) reportRecent() error {
	if c.enabled.rev2 {
		return nil
	}
	var n uint32
	if x, ok := c.view.box.(Recenter); ok {
		var err error
		if n, err = x.Recent(c.command); err != nil {
			return err
		}
	}
	c.out.Raw("* ").Number(n).Raw(" RECENT").CRLF()
	return nil
}

// correctModSeq sends HIGHESTMODSEQ before a tagged answer, if the client would otherwise assume a wrong one. A client
// assumes, by RFC 7162 §6, that it knows all changes up to the highest mod-sequence that it has received. If expunges
// have not been reported yet, that mod-sequence may be too high: if the connection is lost, the client never learns of
// them (§3.2). It may also be too low, because messages were added and expunged without a report.
func (c *Conn) correctModSeq(r *Reply) {
	v := c.view
	if v == nil || !c.enabled.condstore || v.reportedModSeq == 0 {
		return
	}
	if r.Code.Name == parser.CodeHighestModSeq {
		v.sentHighest = v.reportedModSeq
	}
	if v.sentHighest != 0 {
		v.believedModSeq = v.sentHighest
	} else {
		v.believedModSeq = max(v.believedModSeq, v.sentModSeq)
	}
	if v.reportedModSeq != v.believedModSeq {
		c.reportCode(parser.CodeHighestModSeq, v.reportedModSeq)
		v.believedModSeq = v.reportedModSeq
	}
	v.sentModSeq, v.sentHighest = 0, 0
}

// addExpungeIssued adds EXPUNGEISSUED to the answer to a search, if expunges have not been reported yet: the result
// omits messages that are still in the client's view (RFC 5530 §3).
func (c *Conn) addExpungeIssued(name string, r *Reply) {
	if searches[name] && c.view != nil && len(c.view.expunged) > 0 && r.Status == parser.OK && r.Code.Name == "" {
		r.Code.Name = parser.CodeExpungeIssued
	}
}

// reportExpunged reports all expunged messages, and removes them from the view.
func (c *Conn) reportExpunged() {
	uids, seqs := c.view.removeExpunged()
	if len(uids) == 0 {
		return
	}
	if c.usesVanished() {
		c.reportVanished(parser.Vanished{UIDs: uidSet(uids)})
		return
	}
	for _, n := range seqs {
		c.out.Raw("* ").Number(n).Raw(" EXPUNGE").CRLF()
	}
}

func (c *Conn) reportVanished(v parser.Vanished) {
	c.out.Raw("* VANISHED ")
	v.Encode(&c.out)
	c.out.CRLF()
}

// reportChangedFlags reports the flags of the messages with these UIDs, which must ascend. It omits flags that the
// client knows because it has set them itself.
func (c *Conn) reportChangedFlags(uids []uint32) error {
	v := c.view
	known := slices.DeleteFunc(slices.Clone(uids), func(uid uint32) bool { return v.seq(uid) == 0 })
	return c.eachMessage(known, NeedFlags, func(seq uint32, m *Message) error {
		if own, ok := v.ownFlags.get(m.UID); ok && own.modseq == m.ModSeq && own.flags == v.keys.keyOf(m.Flags, nil) {
			v.ownFlags.drop(m.UID)
			return nil
		}
		c.reportFlags(seq, m)
		return c.flushSome()
	})
}

// eachMessage fetches messages in the view, and calls f with each message and its sequence number. If f returns an
// error, eachMessage stops and returns that error.
func (c *Conn) eachMessage(uids []uint32, need Need, f func(seq uint32, m *Message) error) error {
	return c.view.eachMessage(c.command, uids, need, f)
}

func (v *view) eachMessage(ctx context.Context, uids []uint32, need Need, f func(seq uint32, m *Message) error) error {
	if len(uids) == 0 {
		return nil
	}
	at := int(v.seq(uids[0])) - 1
	var failed error
	err := v.box.Fetch(ctx, uids, need, func(m *Message) bool {
		for at >= 0 && at < len(v.uids) && v.uids[at] < m.UID {
			at++
		}
		if at < 0 || at >= len(v.uids) || v.uids[at] != m.UID {
			// The back end has yielded a message that was not asked for, or in the wrong order.
			if at = int(v.seq(m.UID)) - 1; at < 0 {
				return true
			}
		}
		failed = f(uint32(at)+1, m)
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	return err
}

// updatesHaveUID reports whether an unsolicited FETCH response has the UID. The UID is necessary with mod-sequences
// (RFC 7162 §3.2.4), during UID commands (RFC 9051 §6.4.9) and with NOTIFY (RFC 5465 §5.1). A client with IMAP4rev2
// always gets it.
func (c *Conn) updatesHaveUID() bool {
	h := c.cmds.Head()
	return c.enabled.condstore || c.enabled.rev2 || c.notify != nil || c.uid || h.UID
}

// reportFlags reports the flags of a message.
func (c *Conn) reportFlags(seq uint32, m *Message) {
	c.announceFlags(m)
	c.beginFetch(seq, m.UID)
	if c.updatesHaveUID() && !c.enabled.uidOnly {
		c.out.Raw("UID ").Number(m.UID).SP()
	}
	c.writeFlags(m)
	if c.enabled.condstore {
		c.out.SP()
		c.writeModSeq(m)
	}
	c.out.Byte(')').CRLF()
}

// writeFlags writes the item FLAGS of a message. The caller has called announceFlags.
func (c *Conn) writeFlags(m *Message) {
	if v := c.view; v.ownFlags.live > 0 || v.expectedFlags != nil {
		// The client knows these flags now. ownFlags keeps the flags that the client has set itself, unless another
		// client has changed the message since.
		if own, ok := v.ownFlags.get(m.UID); ok && own.modseq != m.ModSeq {
			v.ownFlags.drop(m.UID)
		}
		if v.expectedFlags != nil {
			v.expectedFlags.drop(m.UID)
		}
	}
	if text := c.view.flagsText; text != nil {
		c.out.Verbatim(text)
		return
	}
	at := c.out.Len()
	c.out.Raw("FLAGS (")
	recent := c.showsRecent(m)
	if recent {
		c.out.Raw(`\Recent`)
	}
	for i, f := range m.Flags {
		if i > 0 || recent {
			c.out.SP()
		}
		c.out.Flag(f)
	}
	c.out.Byte(')')
	if c.out.Err() == nil {
		c.view.keepWritten(m.Flags, recent, c.out.Bytes()[at:])
	}
}

// beginFetch begins a FETCH or UIDFETCH response.
func (c *Conn) beginFetch(seq, uid uint32) {
	b := append(c.scratch[:0], "* "...)
	if c.enabled.uidOnly {
		b = append(strconv.AppendUint(b, uint64(uid), 10), " UIDFETCH ("...) // RFC 9586 §3.3
	} else {
		b = append(strconv.AppendUint(b, uint64(seq), 10), " FETCH ("...)
	}
	c.out.Verbatim(b)
	c.scratch = b
}

// writeModSeq writes the item MODSEQ.
func (c *Conn) writeModSeq(m *Message) {
	c.view.sentModSeq = max(c.view.sentModSeq, m.ModSeq)
	c.out.Raw("MODSEQ (").Number64(m.ModSeq).Byte(')')
}
