package commands

import "github.com/imapstack/imapstack/session"

// Delete removes a mailbox (RFC 9051 §6.3.5).
func Delete(s *session.Session, mailbox string) *session.Call[struct{}] {
	return onMailbox(s, "DELETE", mailbox)
}
