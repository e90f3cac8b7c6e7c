package auth

import (
	"context"

	"github.com/emersion/go-sasl"
)

// A TokenSource returns an OAuth 2.0 access token. It is asked once for each exchange, and once more if the server refused
// the token because it had expired: FreshToken(ctx) is true then.
type TokenSource func(ctx context.Context) (Secret, error)

type freshKey struct{}

// FreshToken reports whether the server has just refused the token that a TokenSource returned before. A source that keeps
// tokens then gets a new one, however long the old one should have lasted.
func FreshToken(ctx context.Context) bool { return ctx.Value(freshKey{}) != nil }

func withFreshToken(ctx context.Context) context.Context {
	return context.WithValue(ctx, freshKey{}, true)
}

// StaticToken is a source that always returns the same token.
func StaticToken(token Secret) TokenSource {
	return func(context.Context) (Secret, error) { return token, nil }
}

// Credentials are what a user logs in with. An empty field means that there is none. Printing Credentials shows nothing of them.
type Credentials struct {
	hide

	Username string // the owner of the credentials
	Authzid  string // the user to act for, if it is another; mechanisms that cannot express that are then not used

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
