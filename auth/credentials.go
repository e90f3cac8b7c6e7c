package auth

import (
	"context"

	"github.com/emersion/go-sasl"
)

// A TokenSource returns an OAuth 2.0 access token. It is called once for each exchange. It is called once more, with a
// ctx for which FreshToken is true, if the server refused the token because it had expired.
type TokenSource func(ctx context.Context) (Secret, error)

type freshKey struct{}

// FreshToken reports whether the server has just refused the token that a TokenSource returned before. A source that
// caches tokens must then get a new one, even if the old one should still be valid.
func FreshToken(ctx context.Context) bool { return ctx.Value(freshKey{}) != nil }

func withFreshToken(ctx context.Context) context.Context {
	return context.WithValue(ctx, freshKey{}, true)
}

// StaticToken is a source that always returns the same token.
func StaticToken(token Secret) TokenSource {
	return func(context.Context) (Secret, error) { return token, nil }
}

// Credentials are what a user logs in with. An empty field is not used. Printing Credentials reveals nothing of them.
type Credentials struct {
	hide

	Username string // the owner of the credentials
	Authzid  string // the user to act for, if different; mechanisms that cannot express this are then not used

	Password Secret      // for SCRAM, CRAM-MD5, DIGEST-MD5, PLAIN and LOGIN
	Keys     KeyCache    // for SCRAM: the keys of earlier exchanges; with Keys, Password may be empty
	Token    TokenSource // for OAUTHBEARER and XOAUTH2
	External bool        // for EXTERNAL: the connection was made with a client certificate or the like
	Realm    string      // for DIGEST-MD5

	// Anonymous allows ANONYMOUS, with Trace. It is ignored if any field above is set.
	Anonymous bool
	Trace     string

	// Own lists mechanisms that are not in this package, such as GSSAPI and NTLM.
	Own []Mechanism
}

// empty reports whether there is nothing to log in with.
func (c *Credentials) empty() bool {
	return c.Password.Empty() && c.Keys == nil && c.Token == nil && !c.External && !c.Anonymous && len(c.Own) == 0
}

// A Mechanism is a way to log in that is not in this package.
type Mechanism struct {
	Name     string   // as the server offers it: "GSSAPI"
	Strength Strength // its rank among the others; 0 is StrengthOwn
	// Reveals means that whoever reads the connection learns the secret, or something as good. The mechanism is then
	// used only if nobody else can read the connection, or with Options.AllowPlaintext.
	Reveals bool
	// New makes the client's half for one exchange. It must not negotiate a security layer, which some mechanisms can
	// put on a connection.
	New func(ctx context.Context) (sasl.Client, error)
}
