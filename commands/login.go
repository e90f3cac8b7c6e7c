package commands

import (
	"fmt"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// ErrPlaintext reports that a command would have sent a secret over a connection that others can read. Nothing was
// sent. It wraps auth.ErrPlaintext.
var ErrPlaintext = fmt.Errorf("commands: %w", auth.ErrPlaintext)

// LoginOption is an option of Login and Authenticate.
type LoginOption func(*loginOptions)

type loginOptions struct{ insecure bool }

// AllowPlaintext allows sending the secret over a connection that others can read.
func AllowPlaintext() LoginOption { return func(o *loginOptions) { o.insecure = true } }

func loginOptionsOf(opts []LoginOption) (o loginOptions) {
	for _, f := range opts {
		f(&o)
	}
	return o
}

// Login logs in with a user name and password by the command LOGIN (RFC 9051 §6.2.3). It fails before it sends an
// octet if the server has the capability LOGINDISABLED, or if others can read the connection and the caller does not
// pass AllowPlaintext. If the server's answer does not include its capabilities, the session asks for them. [SignIn]
// uses stronger mechanisms.
func Login(s *session.Session, user string, password auth.Secret, opts ...LoginOption) *session.Call[struct{}] {
	if s.Caps().Has("LOGINDISABLED") {
		return session.Failed[struct{}](s, "LOGIN", &session.CapabilityError{Command: "LOGIN", Needs: "no LOGINDISABLED"})
	}
	if !s.Secure() && !loginOptionsOf(opts).insecure {
		return session.Failed[struct{}](s, "LOGIN", ErrPlaintext)
	}
	return plain(s, session.Command{
		Name: "LOGIN", In: session.NotAuthenticated, Flow: session.Alone, Then: session.Authenticated,
		Args: func(e *wire.Encoder) {
			e.SP().AString(user)
			e.SP().Secret(password.Reveal())
		},
	})
}
