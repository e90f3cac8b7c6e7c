package commands

import "github.com/imapstack/imapstack/session"

// Noop does nothing, which gives the server a chance to report changes (RFC 9051 §6.1.2).
// They go to the session's view of the mailbox and to its handler.
func Noop(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{Name: "NOOP"})
}
