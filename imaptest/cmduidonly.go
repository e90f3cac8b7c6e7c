package imaptest

import (
	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
)

// uidOnly reports whether the client has enabled UIDONLY, which excludes sequence numbers (RFC 9586).
func (c *conn) uidOnly() bool { return c.m.Enabled("UIDONLY") }

// vanishes reports whether the server sends VANISHED instead of EXPUNGE.
func (c *conn) vanishes() bool { return c.m.Enabled("QRESYNC") || c.uidOnly() }

// errUIDRequired answers a command that has sequence numbers under UIDONLY (RFC 9586 §3.1).
func errUIDRequired(what string) *reply {
	return &reply{Status: parser.BAD, Code: parser.Code{Name: parser.CodeUIDRequired}, Text: what + " has sequence numbers, but UIDONLY is enabled"}
}

// checkKeyNumbers refuses a search key with sequence numbers under UIDONLY (RFC 9586 §3.4).
func (c *conn) checkKeyNumbers(key *parser.SearchKey) error {
	if !c.uidOnly() {
		return nil
	}
	for k := range key.All() {
		if k.Name == parser.KeySet && !k.Set.IsSaved() {
			return errUIDRequired("the search key " + k.Set.String())
		}
	}
	return nil
}

// fetchHead begins a FETCH or UIDFETCH response.
func (c *conn) fetchHead(seq, uid uint32) {
	if c.uidOnly() {
		c.out.Raw("* ").Number(uid).Raw(" UIDFETCH (")
		return
	}
	c.out.Raw("* ").Number(seq).Raw(" FETCH (")
}

// window returns the sequence numbers that are in the window (RFC 9394 §3.3).
func window(seqs []store.Range, w parser.PartialRange) []store.Range {
	from, to := w.Slice(store.Count(seqs))
	var out []store.Range
	for _, r := range seqs {
		n := int(r.Stop-r.Start) + 1
		if lo, hi := max(from, 0), min(to, n); lo < hi {
			out = append(out, store.Range{Start: r.Start + uint32(lo), Stop: r.Start + uint32(hi) - 1})
		}
		from, to = from-n, to-n
	}
	return out
}
