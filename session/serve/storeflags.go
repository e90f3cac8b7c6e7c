package serve

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// storeFlags runs STORE with a back end that is a FlagStorer.
func (c *Conn) storeFlags(x FlagStorer, a *parser.StoreArgs, uids []uint32, change *FlagChange) error {
	v := c.view
	done, err := x.StoreFlags(c.command, uids, change, StoreOptions{a.Silent, a.Conditional, a.UnchangedSince})
	if err != nil {
		return err
	}
	gone := done.Gone
	if len(done.Modified) > 0 {
		uids = without(slices.Clone(uids), done.Modified)
	}
	if len(v.contexts) > 0 {
		// Changes need not report any of these messages, not even one that only another client has changed. So all of
		// them must be searched again.
		v.unsearched = union(v.unsearched, uids)
	}
	switch {
	case !a.Silent:
		there := 0
		err = c.eachMessage(uids, NeedFlags, func(seq uint32, m *Message) error {
			if m.Gone {
				return nil
			}
			there++
			c.reportFlags(seq, m)
			return c.flushSome()
		})
		gone = there < len(uids)
	case c.enabled.condstore:
		err = c.reportModSeqs(done.Changed, done.ModSeq)
	}
	if err != nil {
		v.changed = union(v.changed, uids) // Changes may omit these messages
		return err
	}
	return c.answerStore(a, done.Modified, gone)
}

// reportModSeqs reports the new mod-sequence of the messages that a silent STORE has changed (RFC 7162 §3.1.3).
func (c *Conn) reportModSeqs(changed []numset.Range, modseq uint64) error {
	uids := c.view.within(changed)
	if len(uids) == 0 {
		return nil
	}
	// The STORE may have used flags that are new in the mailbox. Each message that it has changed has these flags, so
	// it suffices to announce the flags of the first message.
	if err := c.eachMessage(uids[:1], NeedFlags, func(_ uint32, m *Message) error { c.announceFlags(m); return nil }); err != nil {
		return err
	}
	m, seq := Message{ModSeq: modseq}, c.view.seq(uids[0])
	for _, uid := range uids {
		if c.view.uids[seq-1] != uid {
			seq = c.view.seq(uid)
		}
		if c.beginFetch(seq, uid); !c.enabled.uidOnly {
			c.out.Raw("UID ").Number(uid).SP()
		}
		c.writeModSeq(&m)
		c.out.Byte(')').CRLF()
		if err := c.flushSome(); err != nil {
			return err
		}
		seq = min(seq+1, uint32(len(c.view.uids)))
	}
	return nil
}

// changedSince returns those UIDs in uids whose messages may have a mod-sequence higher than since.
func (c *Conn) changedSince(uids []uint32, since uint64) ([]uint32, error) {
	x, ok := c.view.box.(ChangeFinder)
	if !ok || len(uids) == 0 {
		return uids, nil
	}
	found, err := x.ChangedSince(c.command, since)
	return slices.DeleteFunc(found, func(uid uint32) bool { _, ok := slices.BinarySearch(uids, uid); return !ok }), err
}
