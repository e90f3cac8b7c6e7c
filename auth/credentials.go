package auth

import (
	"context"

	"github.com/emersion/go-sasl"
)

// A TokenSource returns an OAuth 2.0 access token. A Candidate calls it once for each exchange. If the server refuses
// the token because it has expired, Candidate.Retry calls the TokenSource once more, with a ctx for which FreshToken
// returns true.
type TokenSource func(ctx context.Context) (Secret, error)

type freshKey struct{}

// FreshToken reports whether the server has just refused the token that the TokenSource returned last. A source that
// caches tokens must then get a new token, even if the cached one should still be valid.
func FreshToken(ctx context.Context) bool { return ctx.Value(freshKey{}) != nil }

func withFreshToken(ctx context.Context) context.Context {
	return context.WithValue(ctx, freshKey{}, true)
}

// StaticToken returns a TokenSource that always returns token.
func StaticToken(token Secret) TokenSource {
	return func(context.Context) (Secret, error) { return token, nil }
}

// Credentials has the secrets with which a user can log in. An empty field is not used. Credentials prints as
// "[secret]".
type Credentials struct {
	hide

	Username string // the owner of the credentials
	Authzid  string // the user to act as, if different; mechanisms that cannot express this are then not used

	Password Secret      // for SCRAM, CRAM-MD5, DIGEST-MD5, PLAIN and LOGIN
	Keys     KeyCache    // for SCRAM: a cache of keys; with Keys, Password may be empty
	Token    TokenSource // for OAUTHBEARER and XOAUTH2
	External bool        // for EXTERNAL: the connection itself identifies the user, for example by a client certificate
	Realm    string      // for DIGEST-MD5

	// Anonymous allows ANONYMOUS, with Trace. It is ignored if Password, Keys, Token, External or Own is set.
	Anonymous bool
	Trace     string

	// Own lists mechanisms of the program, such as GSSAPI and NTLM.
	Own []Mechanism
}

// empty reports whether no mechanism can use c.
func (c *Credentials) empty() bool {
	return c.Password.Empty() && c.Keys == nil && c.Token == nil && !c.External && !c.Anonymous && len(c.Own) == 0
}

// A Mechanism is a SASL mechanism that is not in this package.
type Mechanism struct {
	Name     string   // as the server offers it: "GSSAPI"
	Strength Strength // its rank; 0 means StrengthOwn
	// Reveals means that somebody who reads the connection learns the secret, or can log in with what they learn. The
	// mechanism is then used only with Options.Secure or Options.AllowPlaintext.
	Reveals bool
	// New returns the client's half for one exchange. It must not negotiate a SASL security layer (RFC 4422 §3.7).
	New func(ctx context.Context) (sasl.Client, error)
}
