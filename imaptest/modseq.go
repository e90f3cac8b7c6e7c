package imaptest

import (
	"strconv"

	"github.com/imapstack/imapstack/parser"
)

// resyncPoint is what a client believes about modification sequence numbers by the rules of RFC 7162 §6: up to which one it has been told
// all, and so where it resynchronizes from.
type resyncPoint struct {
	believed uint64
	told     uint64 // the highest MODSEQ told since the last tagged answer
	coded    uint64 // HIGHESTMODSEQ told since then; 0: none
	most     uint64 // flags that changed above this were not told, as NOTIFY does not ask for them; 0: they were
}

// tellModSeq tells the modification sequence number of a message.
func (c *conn) tellModSeq(n uint64) {
	c.out.Raw("MODSEQ (").Number64(n).Byte(')')
	c.point.told = max(c.point.told, n)
}

// tellHighest tells up to where the client has been told all.
func (c *conn) tellHighest(n uint64) {
	c.tellCode(parser.CodeHighestModSeq, n)
	c.point.coded = n
}

// untold notes that a change was not told, and will not be.
func (c *conn) untold(modseq uint64) {
	if p := &c.point; p.most == 0 || modseq <= p.most {
		p.most = modseq - 1
	}
}

// tellPoint comes before a tagged answer, r. If what the client will believe then is above what it has been told, as expunges are held back,
// it loses them when the connection is lost: it must be told where it is (RFC 7162 §3.2). If it is below, it is told too, since what
// has come and gone has told it nothing.
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

// highestModSeq is up to where the client has been told all.
func (c *conn) highestModSeq() uint64 {
	n := c.view.HighestModSeq()
	if c.point.most != 0 {
		n = min(n, c.point.most)
	}
	return n
}

// searches are the commands that leave out what is gone.
var searches = map[string]bool{"SEARCH": true, "SORT": true, "THREAD": true}

// tellIssued has a tagged answer say that messages were left out which the client believes to be there (RFC 5530 §3).
func (c *conn) tellIssued(h *parser.CommandHead, r *reply) {
	if t := &c.batch; t.due && t.expunge && t.expunges() {
		return // they are told before this answer is
	}
	if searches[h.Name] && c.view != nil && r.Status == parser.OK && r.Code.Name == "" && c.view.HasGone() {
		r.Code.Name = parser.CodeExpungeIssued
	}
}
