package commands

import "github.com/imapstack/imapstack/session"

// CloseMailbox sends CLOSE: it expunges the messages that are marked \Deleted, without EXPUNGE responses, and closes
// the mailbox (RFC 9051 §6.4.1). If the mailbox was opened by Examine, it expunges nothing. [Unselect] closes the
// mailbox without expunging. Session.Close ends the connection.
func CloseMailbox(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{Name: "CLOSE", In: session.Selected, Flow: session.Barrier, Then: session.Authenticated})
}
