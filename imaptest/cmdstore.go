package imaptest

import (
	"strconv"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

func (c *conn) store() error {
	var a parser.StoreArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if a.Item != "FLAGS" || len(a.Modifiers) > 0 || a.Conditional && !c.has("CONDSTORE") {
		return badf("unknown item or modifier of STORE")
	}
	if a.Conditional {
		c.condstore()
	}
	seqs, err := c.resolve(a.Set, a.UID)
	if err != nil {
		return err
	}
	var flags []string
	for _, f := range a.Flags {
		if f == `\Recent` || f == `\*` {
			return badf("%s cannot be stored", f)
		}
		flags = append(flags, string(f))
	}
	op := map[parser.StoreOp]store.FlagOp{parser.StoreReplace: store.SetFlags, parser.StoreAdd: store.AddFlags, parser.StoreRemove: store.RemoveFlags}[a.Op]
	done, err := c.view.Store(seqs, op, flags, store.StoreOptions{Silent: a.Silent, Conditional: a.Conditional, UnchangedSince: a.UnchangedSince})
	if err != nil {
		return err
	}
	tell := done.Done
	if a.Silent {
		if tell = nil; c.m.Enabled("CONDSTORE") {
			tell = done.Changed
		}
	}
	for it := range c.view.Items(tell) {
		if it.Announce {
			c.tellFlags()
		}
		if a.Silent {
			c.fetchHead(it.Seq, it.UID)
			if !c.uidOnly() {
				c.out.Raw("UID ").Number(it.UID).SP()
			}
			c.tellModSeq(it.ModSeq)
			c.out.Byte(')').CRLF()
		} else {
			c.tellFlagsOf(it.Seq, it.UID, it.Flags, it.Recent, it.ModSeq)
		}
		if err := c.flushSome(); err != nil {
			return err
		}
	}
	if len(done.Modified) > 0 {
		kind, nums := numset.Seq, done.Modified
		if a.UID {
			kind, nums = numset.UID, c.view.UIDs(done.Modified)
		}
		return okCode(parser.CodeModified, numberSet(kind, nums).AppendTo(nil))
	}
	if done.Gone && a.Silent {
		return &reply{Status: parser.OK, Code: parser.Code{Name: parser.CodeExpungeIssued}} // RFC 2180 §4.2.1
	}
	if done.Gone && !a.UID {
		return no(parser.CodeExpungeIssued, "some of the messages are gone")
	}
	return nil
}

func (c *conn) copy() error { return c.transfer((*store.View).Copy, false) }
func (c *conn) move() error { return c.transfer((*store.View).Move, true) }

func (c *conn) transfer(f func(v *store.View, seqs []store.Range, to string) (store.Copied, error), move bool) error {
	var a parser.CopyArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	seqs, err := c.resolve(a.Set, a.UID)
	if err != nil {
		return err
	}
	name := c.box(a.Mailbox)
	if c.user.Mailbox(name) == nil {
		return no(parser.CodeTryCreate, "no such mailbox")
	}
	if len(seqs) == 0 {
		return nil
	}
	total := store.Count(seqs)
	if err := c.progress(0, total); err != nil {
		return err
	}
	done, err := f(c.view, seqs, name)
	if err != nil {
		return err
	}
	if err := c.progress(total, total); err != nil {
		return err
	}
	for _, r := range done.Dst {
		c.made(c.user.Mailbox(name), r)
	}
	var answer *reply
	if c.has("UIDPLUS") && len(done.Src) > 0 {
		answer = okCode(parser.CodeCopyUID, copyUID(&done))
	}
	if move && answer != nil {
		// The client must learn where the messages are before it learns that they are gone (RFC 6851 §4.3).
		parser.EncodeStatus(c.out, "*", parser.OK, answer.Code, "moved")
		answer = nil
	}
	if move && len(done.Src) > 0 {
		answer = c.resynced()
	}
	if answer != nil {
		return answer
	}
	return nil
}

// copyUID returns the arguments of COPYUID.
func copyUID(done *store.Copied) []byte {
	args := numberArg(nil, done.UIDValidity)
	args = numberSet(numset.UID, done.Src).AppendTo(append(args, ' '))
	return numberSet(numset.UID, done.Dst).AppendTo(append(args, ' '))
}

func numberArg(dst []byte, n uint32) []byte { return numset.Range{Start: n, Stop: n}.AppendTo(dst) }

func (c *conn) expunge() error {
	var a parser.ExpungeArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	seqs := c.view.All()
	if a.UID {
		if !c.has("UIDPLUS") {
			return badf("unknown command UID EXPUNGE")
		}
		var err error
		if seqs, err = c.resolve(a.Set, true); err != nil {
			return err
		}
	}
	n, err := c.view.Expunge(seqs)
	if err != nil || n == 0 {
		return err
	}
	if r := c.resynced(); r != nil {
		return r
	}
	return nil
}

// resynced sends the expunges, and returns the answer with HIGHESTMODSEQ for a client that uses QRESYNC (RFC 7162 §3.2.7, RFC 6851 §4.4). For
// others it returns nil.
func (c *conn) resynced() *reply {
	if !c.m.Enabled("QRESYNC") {
		return nil
	}
	c.syncBehind(c.cmds.Head(), true)
	c.synced = true // later changes are above this HIGHESTMODSEQ, so they come after the answer
	return okCode(parser.CodeHighestModSeq, strconv.AppendUint(nil, c.highestModSeq(), 10))
}
