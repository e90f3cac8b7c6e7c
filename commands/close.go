package commands

import "github.com/imapstack/imapstack/session"

// CloseMailbox leaves the mailbox and expunges what is marked \Deleted, without EXPUNGE responses: CLOSE (RFC 9051
// §6.4.1). In a mailbox opened by Examine it expunges nothing. [Unselect] leaves the mailbox and expunges nothing;
// Session.Close ends the connection.
func CloseMailbox(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{Name: "CLOSE", In: session.Selected, Flow: session.Barrier, Then: session.Authenticated})
}
