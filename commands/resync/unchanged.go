package resync

import (
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
)

// StatusItems returns what to ask STATUS, or LIST with STATUS, for Unchanged, of what a server with these capabilities can tell. It is the caller's.
func StatusItems(caps interface{ HasAny(string) bool }) []status.Item {
	items := []status.Item{status.Messages, status.UIDNext, status.UIDValidity}
	if caps.HasAny("CONDSTORE|QRESYNC") {
		items = append(items, status.HighestModSeq)
	}
	if caps.HasAny("OBJECTID") {
		items = append(items, status.MailboxID)
	}
	return items
}

// Unchanged reports whether STATUS says that a pass over the mailbox would tell nothing. That is known only of servers with CONDSTORE; of
// others, flags may have changed. Of many mailboxes one LIST with STATUS (RFC 5819) so tells which need a pass.
func (s *State) Unchanged(st *parser.StatusData) bool {
	const needed = parser.StatusMessages | parser.StatusUIDNext | parser.StatusUIDValidity | parser.StatusHighestModSeq
	return st != nil && st.Has(needed) && s.ModSeq > 0 && st.HighestModSeq == s.ModSeq && st.UIDValidity == s.UIDValidity && s.UIDValidity != 0 &&
		st.UIDNext == s.UIDNext && uint64(st.Messages) == s.count() &&
		(st.MailboxID == "" || s.MailboxID == "" || st.MailboxID == s.MailboxID)
}
