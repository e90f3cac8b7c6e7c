package commands

import (
	"errors"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// ErrCompressed reports that UNAUTHENTICATE would end the compression of the connection, which this package cannot
// remove.
var ErrCompressed = errors.New("commands: the connection is compressed")

// Unauthenticate logs the user out and keeps the connection, so that another user can log in (RFC 8437). Afterwards
// nothing is selected or enabled, and the session asks for the server's capabilities unless the server tells them.
func Unauthenticate(s *session.Session) *session.Call[struct{}] {
	if transport.Compressed(s.Conn()) {
		return session.Failed[struct{}](s, "UNAUTHENTICATE", ErrCompressed)
	}
	return plain(s, session.Command{
		Name: "UNAUTHENTICATE", In: loggedIn, Needs: "UNAUTHENTICATE", Flow: session.Alone, Then: session.NotAuthenticated,
	})
}
