package commands

import "github.com/imapstack/imapstack/session"

// Check asks for a checkpoint of the mailbox (RFC 3501 §6.4.1). RFC 9051 no longer has the command: use Noop.
func Check(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{Name: "CHECK", In: session.Selected})
}
