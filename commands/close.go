package commands

import "github.com/imapstack/imapstack/session"

// Close leaves the mailbox and expunges what is marked \Deleted, without telling (RFC 9051 §6.4.1).
// In a mailbox opened by Examine it expunges nothing.
func Close(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{Name: "CLOSE", In: session.Selected, Flow: session.Barrier, Then: session.Authenticated})
}
