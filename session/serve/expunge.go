package serve

import "github.com/imapstack/imapstack/parser"

func (c *Conn) expunge() error {
	var a parser.ExpungeArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	v := c.view
	if v.readOnly {
		return no(parser.CodeNoPerm, "the mailbox is open read-only")
	}
	var uids []uint32
	if a.UID {
		if !c.has("UIDPLUS") {
			return badf("unknown command UID EXPUNGE")
		}
		var err error
		if uids, err = c.resolve(a.Set, true); err != nil || len(uids) == 0 {
			return err
		}
	}
	if err := v.box.Expunge(c.command, uids); err != nil {
		return err
	}
	return c.reportExpungesAndModSeq()
}

// reportExpungesAndModSeq reports the expunges of a command to a client with QRESYNC, and returns the answer with
// HIGHESTMODSEQ (RFC 7162 §3.2.7, RFC 6851 §4.4).
func (c *Conn) reportExpungesAndModSeq() error {
	v := c.view
	if !c.enabled.qresync {
		return nil // the changes are reported before the answer, as for any other command
	}
	before := v.latestModSeq
	if err := c.reportUpdates(true); err != nil {
		return err
	}
	c.updatesReported = true // later changes have higher mod-sequences than the answer
	if v.latestModSeq == before || v.reportedModSeq == 0 {
		return nil // nothing was expunged
	}
	return okCode(parser.CodeHighestModSeq, number(c.view.reportedModSeq))
}
