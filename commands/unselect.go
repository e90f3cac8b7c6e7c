package commands

import "github.com/imapstack/imapstack/session"

// Unselect closes the mailbox without expunging messages (RFC 9051 §6.4.2).
func Unselect(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{
		Name: "UNSELECT", In: session.Selected, Needs: "UNSELECT", Flow: session.Barrier | session.Reads, Then: session.Authenticated,
	})
}
