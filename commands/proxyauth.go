package commands

import (
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// ProxyAuth lets an administrator act as another user from now on. It works on servers that descend from Netscape's;
// it is not in an RFC, and no capability announces it. On other servers, use the authorization identity of SASL:
// Credentials.Authzid of package auth.
func ProxyAuth(s *session.Session, user string) *session.Call[struct{}] {
	if user == "" {
		return session.Failed[struct{}](s, "PROXYAUTH", invalid("user", user, "is empty"))
	}
	return plain(s, session.Command{
		Name: "PROXYAUTH", In: session.Authenticated, Flow: session.Alone,
		Args: func(e *wire.Encoder) { e.SP().AString(user) },
	})
}
