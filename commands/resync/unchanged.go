package resync

import (
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
)

// StatusItems returns the items of STATUS, or of LIST with STATUS, that Unchanged needs, as far as a server with these
// capabilities knows them. The slice is the caller's.
func StatusItems(caps interface{ HasAny(string) bool }) []status.Item {
	items := []status.Item{status.Messages, status.UIDNext, status.UIDValidity}
	if caps.HasAny("CONDSTORE|QRESYNC") {
		items = append(items, status.HighestModSeq)
	}
	// Not MAILBOXID: Cyrus 3.6.1 sends garbage for it when it answers LIST.
	return items
}

// Unchanged reports whether STATUS says that a pass over the mailbox would tell nothing. Only servers with CONDSTORE
// can say so; on others, flags may have changed. With it, one LIST with STATUS (RFC 5819) tells which of many mailboxes
// need a pass.
func (s *State) Unchanged(st *parser.StatusData) bool {
	const needed = parser.StatusMessages | parser.StatusUIDNext | parser.StatusUIDValidity | parser.StatusHighestModSeq
	return st != nil && st.Has(needed) && s.ModSeq > 0 && st.HighestModSeq == s.ModSeq && st.UIDValidity == s.UIDValidity && s.UIDValidity != 0 &&
		st.UIDNext == s.UIDNext && uint64(st.Messages) == s.count() &&
		(st.MailboxID == "" || s.MailboxID == "" || st.MailboxID == s.MailboxID)
}
