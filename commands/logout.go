package commands

import "github.com/imapstack/imapstack/session"

// Logout ends the session (RFC 9051 §6.1.4). The server says BYE, which is no error here; that it closes the connection
// before its tagged answer is none either. Close still has to be called.
func Logout(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{Name: "LOGOUT", Flow: session.Alone, Then: session.Logout, Early: true})
}
