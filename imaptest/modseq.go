package imaptest

import (
	"strconv"

	"github.com/imapstack/imapstack/parser"
)

// resyncPoint is what a client believes about modification sequence numbers by the rules of RFC 7162 §6: up to which number it knows
// all changes, and so from where it resynchronizes.
type resyncPoint struct {
	believed uint64
	told     uint64 // the highest MODSEQ sent since the last tagged response
	coded    uint64 // HIGHESTMODSEQ sent since then; 0: none
	most     uint64 // changes of flags above this were not sent, because NOTIFY does not ask for them; 0: they were
}

// tellModSeq sends the modification sequence number of a message.
func (c *conn) tellModSeq(n uint64) {
	c.out.Raw("MODSEQ (").Number64(n).Byte(')')
	c.point.told = max(c.point.told, n)
}

// tellHighest sends the number up to which the client knows all changes.
func (c *conn) tellHighest(n uint64) {
	c.tellCode(parser.CodeHighestModSeq, n)
	c.point.coded = n
}

// untold notes that a change is not sent, now or later.
func (c *conn) untold(modseq uint64) {
	if p := &c.point; p.most == 0 || modseq <= p.most {
		p.most = modseq - 1
	}
}

// tellPoint is called before a tagged response, r. If expunges are held back, the client would believe a number above what it knows, and would
// miss those expunges after a lost connection; so it gets the right HIGHESTMODSEQ (RFC 7162 §3.2). It also gets it if it would believe a lower
// number, because messages that have come and gone have sent it nothing.
func (c *conn) tellPoint(r *reply) {
	if c.view == nil || !c.m.Enabled("CONDSTORE") {
		return
	}
	p := &c.point
	if r.Code.Name == parser.CodeHighestModSeq {
		p.coded, _ = strconv.ParseUint(string(r.Code.Args), 10, 64)
	}
	if p.coded != 0 {
		p.believed = p.coded
	} else {
		p.believed = max(p.believed, p.told)
	}
	if n := c.highestModSeq(); n != p.believed {
		c.tellHighest(n)
		p.believed = n
	}
	p.told, p.coded = 0, 0
}

// highestModSeq returns the number up to which the client knows all changes.
func (c *conn) highestModSeq() uint64 {
	n := c.view.HighestModSeq()
	if c.point.most != 0 {
		n = min(n, c.point.most)
	}
	return n
}

// searches are the commands whose answers leave out messages that are gone.
var searches = map[string]bool{"SEARCH": true, "SORT": true, "THREAD": true}

// tellIssued adds EXPUNGEISSUED to a tagged response if the answer leaves out messages that the client believes to be there (RFC 5530 §3).
func (c *conn) tellIssued(h *parser.CommandHead, r *reply) {
	if t := &c.batch; t.due && t.expunge && t.expunges() {
		return // the expunges are sent before this answer
	}
	if searches[h.Name] && c.view != nil && r.Status == parser.OK && r.Code.Name == "" && c.view.HasGone() {
		r.Code.Name = parser.CodeExpungeIssued
	}
}
