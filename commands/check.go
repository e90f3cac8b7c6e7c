package commands

import "github.com/imapstack/imapstack/session"

// Check asks for a checkpoint of the mailbox (RFC 3501 §6.4.1; RFC 9051 has it no more: use Noop).
func Check(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{Name: "CHECK", In: session.Selected})
}
