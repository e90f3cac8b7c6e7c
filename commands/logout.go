package commands

import "github.com/imapstack/imapstack/session"

// Logout ends the session (RFC 9051 §6.1.4). The server's BYE is not an error here. It is not an error either if the
// server closes the connection before its tagged answer. The caller must still call Session.Close.
func Logout(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{Name: "LOGOUT", Flow: session.Alone, Then: session.Logout, Early: true})
}
