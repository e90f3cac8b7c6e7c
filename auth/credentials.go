package auth

import (
	"context"

	"github.com/emersion/go-sasl"
)

// A TokenSource returns an OAuth 2.0 access token. It is asked once for each exchange, and once more if the server did not
// take the token as it had expired: then FreshToken(ctx) is true.
type TokenSource func(ctx context.Context) (Secret, error)

type freshKey struct{}

// FreshToken reports whether the server has just refused the token that a TokenSource returned before. A source that keeps
// tokens then gets a new one, however long the old one should have lasted.
func FreshToken(ctx context.Context) bool { return ctx.Value(freshKey{}) != nil }

func withFreshToken(ctx context.Context) context.Context {
	return context.WithValue(ctx, freshKey{}, true)
}

// StaticToken is the source of a token that there is only one of.
func StaticToken(token Secret) TokenSource {
	return func(context.Context) (Secret, error) { return token, nil }
}

// Credentials are what somebody has to log in with. Fields that are empty are not there. They do not show when they are printed.
type Credentials struct {
	hide

	Username string // whose the credentials are
	Authzid  string // whom to act as, if it is somebody else; mechanisms that cannot say so are then not used

	Password Secret      // for SCRAM, CRAM-MD5, DIGEST-MD5, PLAIN and LOGIN
	Keys     KeyCache    // for SCRAM: keys of earlier times; with it Password may be empty
	Token    TokenSource // for OAUTHBEARER and XOAUTH2
	External bool        // for EXTERNAL: the connection was made with a certificate of the client's, or the like
	Realm    string      // for DIGEST-MD5

	// Anonymous is for ANONYMOUS, with Trace, and counts only if nothing of the above is there.
	Anonymous bool
	Trace     string

	// Own are mechanisms that are not of this package, such as GSSAPI and NTLM, with what they need to log in.
	Own []Mechanism
}

// empty reports whether there is nothing to log in with.
func (c *Credentials) empty() bool {
	return c.Password.Empty() && c.Keys == nil && c.Token == nil && !c.External && !c.Anonymous && len(c.Own) == 0
}

// A Mechanism is a way to log in that is not of this package.
type Mechanism struct {
	Name     string   // as the server offers it: "GSSAPI"
	Strength Strength // its rank among the others; 0 is StrengthOwn
	// Reveals says that whoever reads the connection learns the secret, or something as good. It is then not used if others can read the connection.
	Reveals bool
	// New makes the client's half for one exchange. The security layers that some mechanisms can put on a connection must
	// not be agreed on.
	New func(ctx context.Context) (sasl.Client, error)
}
