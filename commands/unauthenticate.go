package commands

import (
	"errors"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// ErrCompressed reports that UNAUTHENTICATE would end the compression of the connection, which cannot be taken off again here.
var ErrCompressed = errors.New("commands: the connection is compressed")

// Unauthenticate logs the user out and leaves the connection for another to log in (RFC 8437). Nothing is selected or enabled
// afterwards, and the server's capabilities are asked for anew unless it tells them.
func Unauthenticate(s *session.Session) *session.Call[struct{}] {
	if transport.Compressed(s.Conn()) {
		return session.Failed[struct{}](s, "UNAUTHENTICATE", ErrCompressed)
	}
	return plain(s, session.Command{
		Name: "UNAUTHENTICATE", In: loggedIn, Needs: "UNAUTHENTICATE", Flow: session.Alone, Then: session.NotAuthenticated,
	})
}
