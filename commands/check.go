package commands

import "github.com/imapstack/imapstack/session"

// Check asks the server for a checkpoint of the mailbox (RFC 3501 §6.4.1). IMAP4rev2 does not have this command; use
// Noop.
func Check(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{Name: "CHECK", In: session.Selected})
}
