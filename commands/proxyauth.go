package commands

import (
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// ProxyAuth lets an administrator act as another user from now on, on servers that descend from Netscape's. No RFC
// defines it and no capability announces it. On other servers SASL's authorization identity does the same: auth.Plain's
// first argument.
func ProxyAuth(s *session.Session, user string) *session.Call[struct{}] {
	if user == "" {
		return session.Failed[struct{}](s, "PROXYAUTH", invalid("user", user, "is empty"))
	}
	return plain(s, session.Command{
		Name: "PROXYAUTH", In: session.Authenticated, Flow: session.Alone,
		Args: func(e *wire.Encoder) { e.SP().AString(user) },
	})
}
