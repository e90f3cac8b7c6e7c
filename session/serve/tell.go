package serve

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// sync reports what has changed in the mailbox. Without expunge, expunged messages stay in the view until another time
// (RFC 9051 §7.5.1). They also stay if messages have arrived within the same command: a client with QRESYNC must have
// time to ask for their UIDs before it gets VANISHED. The error is the back end's.
func (c *Conn) sync(expunge bool) error {
	v := c.view
	n := c.notify
	if v.orphan || n.frozen() && !c.telling {
		return nil
	}
	ch, err := v.box.Changes(c.command)
	if err != nil {
		return err
	}
	if ch.UIDValidity != 0 && ch.UIDValidity != v.validity {
		v.orphan = true // its UIDs are others now
		return nil
	}
	v.orphan = ch.Gone
	return c.tellChanges(ch, expunge)
}

// tellOrphan reports once that the mailbox was deleted. It does so when a command has ended, because a hook may close
// the mailbox.
func (c *Conn) tellOrphan() {
	v := c.view
	if v == nil || !v.orphan || v.mourned {
		return
	}
	v.mourned = true
	if h := c.hooks.gone; h != nil {
		h.MailboxGone()
		return
	}
	c.untagged("OK [NONEXISTENT] the mailbox has been deleted")
}

// tellChanges reports the changes of the mailbox.
func (c *Conn) tellChanges(ch *Changes, expunge bool) error {
	v, n := c.view, c.notify
	fresh, changed := v.take(ch)
	if expunge && !c.arrived {
		c.contextsGone()
		c.tellGone()
	}
	if fresh > 0 {
		c.arrived = true
		c.out.Raw("* ").Number(uint32(len(v.uids))).Raw(" EXISTS").CRLF()
		if err := c.tellRecent(); err != nil {
			return err
		}
	}
	if n != nil && n.selected&onFlags == 0 && len(changed) > 0 {
		v.untold = true // the client cannot know up to which mod-sequence it knows all changes
	} else if err := c.tellChanged(changed); err != nil {
		return err
	}
	if len(v.gone) == 0 && !v.untold {
		v.told = v.latest
	}
	if n == nil && len(v.contexts) == 0 {
		return nil
	}
	news := v.uids[len(v.uids)-fresh:]
	var updates []contextUpdate
	if len(v.contexts) > 0 {
		all := slices.Concat(changed, v.stored, news)
		v.stored = nil
		slices.Sort(all)
		var err error
		if updates, err = c.contextsChanged(slices.Compact(all)); err != nil {
			return err
		}
	}
	return c.tellNew(news, updates)
}

// tellRecent reports how many messages are \Recent (RFC 3501 §7.3.2).
func (c *Conn) tellRecent() error {
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

// tellPoint sends HIGHESTMODSEQ before a tagged answer, if necessary. By the rules of RFC 7162 §6, the client believes
// in a mod-sequence. While expunges wait, this must not be above what the client has been told: otherwise the client
// never learns of the expunges if the connection is lost (§3.2). tellPoint also sends it if the client believes in a
// lower one, because it was told nothing about messages that came and went.
func (c *Conn) tellPoint(r *Reply) {
	v := c.view
	if v == nil || !c.enabled.condstore || v.told == 0 {
		return
	}
	if r.Code.Name == parser.CodeHighestModSeq {
		v.coded = v.told
	}
	if v.coded != 0 {
		v.believed = v.coded
	} else {
		v.believed = max(v.believed, v.sent)
	}
	if v.told != v.believed {
		c.tellCode(parser.CodeHighestModSeq, v.told)
		v.believed = v.told
	}
	v.sent, v.coded = 0, 0
}

// tellIssued makes the answer to a search say that it leaves out messages that exist for the client (RFC 5530 §3).
func (c *Conn) tellIssued(name string, r *Reply) {
	if searches[name] && c.view != nil && len(c.view.gone) > 0 && r.Status == parser.OK && r.Code.Name == "" {
		r.Code.Name = parser.CodeExpungeIssued
	}
}

// tellGone reports expunged messages, and removes them from the view.
func (c *Conn) tellGone() {
	uids, seqs := c.view.bury()
	if len(uids) == 0 {
		return
	}
	if c.vanishes() {
		c.tellVanished(parser.Vanished{UIDs: uidSet(uids)})
		return
	}
	for _, n := range seqs {
		c.out.Raw("* ").Number(n).Raw(" EXPUNGE").CRLF()
	}
}

func (c *Conn) tellVanished(v parser.Vanished) {
	c.out.Raw("* VANISHED ")
	v.Encode(&c.out)
	c.out.CRLF()
}

// tellChanged reports the flags of messages that have changed, unless the client knows them because it has changed them
// itself.
func (c *Conn) tellChanged(uids []uint32) error {
	v := c.view
	known := slices.DeleteFunc(slices.Clone(uids), func(uid uint32) bool { return v.seq(uid) == 0 })
	slices.Sort(known)
	known = slices.Compact(known)
	return c.each(known, NeedFlags, func(seq uint32, m *Message) error {
		if own, ok := v.own.get(m.UID); ok && own.modseq == m.ModSeq && own.flags == v.keys.of(m.Flags, nil) {
			v.own.drop(m.UID)
			return nil
		}
		c.tellFlagsOf(seq, m)
		return c.flushSome()
	})
}

// each fetches messages of the view, and calls f with each and its sequence number. An error of f ends it.
func (c *Conn) each(uids []uint32, need Need, f func(seq uint32, m *Message) error) error {
	return c.view.each(c.command, uids, need, f)
}

func (v *view) each(ctx context.Context, uids []uint32, need Need, f func(seq uint32, m *Message) error) error {
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
			// The back end yields a message that was not asked for, or in the wrong order.
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

// tellsUID reports whether an unasked FETCH response has the UID: with mod-sequences (RFC 7162 §3.2.4), during UID
// commands (RFC 9051 §6.4.9), and with NOTIFY (RFC 5465 §5.1).
func (c *Conn) tellsUID() bool {
	h := c.cmds.Head()
	return c.enabled.condstore || c.enabled.rev2 || c.notify != nil || c.uid || h.UID
}

// tellFlagsOf reports the flags of a message.
func (c *Conn) tellFlagsOf(seq uint32, m *Message) {
	c.announce(m)
	c.fetchHead(seq, m.UID)
	if c.tellsUID() && !c.enabled.uidOnly {
		c.out.Raw("UID ").Number(m.UID).SP()
	}
	c.flagList(m)
	if c.enabled.condstore {
		c.out.SP()
		c.modSeq(m)
	}
	c.out.Byte(')').CRLF()
}

// flagList writes the item FLAGS of a message whose flags have been announced.
func (c *Conn) flagList(m *Message) {
	if v := c.view; v.own.live > 0 || v.want != nil {
		// After this the client knows the flags, and need not get again those that it has set itself, unless another
		// client has changed them since.
		if own, ok := v.own.get(m.UID); ok && own.modseq != m.ModSeq {
			v.own.drop(m.UID)
		}
		if v.want != nil {
			v.want.drop(m.UID)
		}
	}
	if text := c.view.said; text != nil {
		c.out.Verbatim(text)
		return
	}
	at := c.out.Len()
	c.out.Raw("FLAGS (")
	recent := c.tellsRecent(m)
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
		c.view.spoke(m.Flags, recent, c.out.Bytes()[at:])
	}
}

// fetchHead begins a FETCH or UIDFETCH response.
func (c *Conn) fetchHead(seq, uid uint32) {
	b := append(c.scratch[:0], "* "...)
	if c.enabled.uidOnly {
		b = append(strconv.AppendUint(b, uint64(uid), 10), " UIDFETCH ("...) // RFC 9586 §3.3
	} else {
		b = append(strconv.AppendUint(b, uint64(seq), 10), " FETCH ("...)
	}
	c.out.Verbatim(b)
	c.scratch = b
}

// modSeq writes the item MODSEQ.
func (c *Conn) modSeq(m *Message) {
	c.view.sent = max(c.view.sent, m.ModSeq)
	c.out.Raw("MODSEQ (").Number64(m.ModSeq).Byte(')')
}

func (c *Conn) idle() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	tell := func() error {
		switch {
		case c.pushes():
			return c.push(true)
		case c.view == nil:
			return nil
		}
		c.arrived = false
		err := c.sync(true)
		c.tellOrphan()
		return err
	}
	c.out.Raw("+ idling").CRLF()
	if err := tell(); err != nil {
		return err
	}
	if err := c.flush(); err != nil {
		return err
	}
	c.out = *wire.NewEncoder(c.mode()) // frees a buffer that may be big and not needed for long
	if h := c.hooks.idle; h != nil {
		h.Idle(true)
		defer h.Idle(false)
	}
	c.heard = time.Now()
	c.in.Lean(true)
	defer c.in.Lean(false)
	return c.wait(true, c.cmds.ReadDone, tell)
}
