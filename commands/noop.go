package commands

import "github.com/imapstack/imapstack/session"

// Noop sends NOOP, which gives the server a chance to report changes (RFC 9051 §6.1.2). The session updates its view
// of the mailbox and calls its handler.
func Noop(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{Name: "NOOP"})
}
