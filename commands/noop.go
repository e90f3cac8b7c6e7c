package commands

import "github.com/imapstack/imapstack/session"

// Noop does nothing, which gives the server a chance to tell what has changed (RFC 9051 §6.1.2).
// It goes to the session's mailbox view and handler.
func Noop(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{Name: "NOOP"})
}
