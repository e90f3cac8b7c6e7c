package commands

import (
	"errors"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// ErrCompressed reports that the connection is compressed. UNAUTHENTICATE would end the compression, and this package
// cannot continue without it on the same connection.
var ErrCompressed = errors.New("commands: the connection is compressed")

// Unauthenticate logs the user out and keeps the connection, so that another user can log in (RFC 8437). Afterwards
// no mailbox is selected and no extension is enabled. If the server's answer does not include its capabilities, the
// session asks for them.
func Unauthenticate(s *session.Session) *session.Call[struct{}] {
	if transport.Compressed(s.Conn()) {
		return session.Failed[struct{}](s, "UNAUTHENTICATE", ErrCompressed)
	}
	return plain(s, session.Command{
		Name: "UNAUTHENTICATE", In: loggedIn, Needs: "UNAUTHENTICATE", Flow: session.Alone, Then: session.NotAuthenticated,
	})
}
