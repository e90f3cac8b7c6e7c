package commands

import "github.com/imapstack/imapstack/session"

// Delete deletes a mailbox with its messages (RFC 9051 §6.3.5). Mailboxes below it remain.
func Delete(s *session.Session, mailbox string) *session.Call[struct{}] {
	return onMailbox(s, "DELETE", mailbox)
}
