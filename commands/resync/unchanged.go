package resync

import (
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
)

// StatusItems returns the items that a program asks for by STATUS, or by LIST with STATUS, before it calls Unchanged.
// caps are the server's capabilities; items that the server does not support are left out. The slice is the caller's.
func StatusItems(caps interface{ HasAny(string) bool }) []status.Item {
	items := []status.Item{status.Messages, status.UIDNext, status.UIDValidity}
	if caps.HasAny("CONDSTORE|QRESYNC") {
		items = append(items, status.HighestModSeq)
	}
	// MAILBOXID is left out, because Cyrus 3.6.1 sends garbage for it in the answer to LIST.
	return items
}

// Unchanged reports whether the answer to STATUS shows that a pass over the mailbox would yield nothing. It returns
// false on a server without CONDSTORE, because STATUS then does not show whether flags have changed. With Unchanged
// and one LIST with STATUS (RFC 5819), a program finds out which of many mailboxes need a pass.
func (s *State) Unchanged(st *parser.StatusData) bool {
	const needed = parser.StatusMessages | parser.StatusUIDNext | parser.StatusUIDValidity | parser.StatusHighestModSeq
	return st != nil && st.Has(needed) && s.ModSeq > 0 && st.HighestModSeq == s.ModSeq && st.UIDValidity == s.UIDValidity && s.UIDValidity != 0 &&
		st.UIDNext == s.UIDNext && uint64(st.Messages) == s.count() &&
		(st.MailboxID == "" || s.MailboxID == "" || st.MailboxID == s.MailboxID)
}
