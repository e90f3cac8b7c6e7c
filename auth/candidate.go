package auth

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/emersion/go-sasl"
)

// These are reasons why a mechanism is not used. Other reasons are ErrPlaintext, and an ArgumentError for missing
// credentials.
var (
	errUnknown  = errors.New("auth: unknown")
	errNotAsked = errors.New("auth: was not asked for by name")
	errWeak     = errors.New("auth: is weaker than required")
)

// A Candidate is a mechanism that the server offers and the client can use.
type Candidate struct {
	Name     string
	Strength Strength
	Reveals  bool // somebody who reads the connection learns the secret

	entry entry
	own   *Mechanism
	opts  *Options
	cred  *Credentials
	plus  bool

	binding string
	token   Secret // the token that the source returned
	renewed bool
}

// String returns the name.
func (c *Candidate) String() string { return c.Name }

func (c *Candidate) named(name string) bool { return strings.EqualFold(name, c.Name) }

// secret returns a name for the secret that the client uses with this candidate.
func (c *Candidate) secret() string {
	switch {
	case c.own != nil:
		return "own " + c.Name
	case c.Name == "EXTERNAL", c.Name == "ANONYMOUS":
		return c.Name
	case c.Strength >= StrengthToken && c.Strength < StrengthExternal:
		return "token"
	}
	return "password"
}

// RulesOut is for use after the server has refused c with err, if Judged returns true for the exchange. It reports
// whether d must fail too, because d uses the same password or token as c. Some servers, such as Cyrus 3.6, also check
// the channel binding, and do not say whether the binding or the secret was wrong. So, if c uses channel binding and err
// is not an ErrRefused, RulesOut returns true only if d uses channel binding too.
func (c *Candidate) RulesOut(d *Candidate, err error) bool {
	if c.secret() != d.secret() {
		return false
	}
	bound := func(c *Candidate) bool { return c.own == nil && c.Strength >= StrengthBound }
	return !bound(c) || bound(d) || errors.Is(err, ErrRefused)
}

// TakesToken reports whether the mechanism uses a token of Credentials.Token.
func (c *Candidate) TakesToken() bool { return c.secret() == "token" }

// Client returns the client's half for one exchange. If the mechanism uses a token, Client calls the token source.
func (c *Candidate) Client(ctx context.Context) (sasl.Client, error) {
	if c.own != nil {
		return c.own.New(ctx)
	}
	cred := *c.cred
	if source := cred.Token; source != nil {
		cred.Token = func(ctx context.Context) (t Secret, err error) {
			t, err = source(ctx)
			c.token = t
			return t, err
		}
	}
	return c.entry.client(&clientArgs{ctx: ctx, name: c.Name, opts: c.opts, cred: &cred, plus: c.plus, binding: cmp.Or(c.binding, c.opts.Binding)})
}

// Retry is for use after an exchange that ended with err. If another exchange may succeed, Retry returns the client's
// half for it. This is so in two cases. Either the token has expired, and the source returns a new one (see
// FreshToken). Or the server does not know the type of channel binding, and the connection has another type. Otherwise
// Retry returns err, joined with the error of the token source if that has failed. It allows one more exchange for
// each case.
func (c *Candidate) Retry(ctx context.Context, err error) (sasl.Client, error) {
	if e := (*ServerError)(nil); errors.As(err, &e) && e.Value == valueBindingType && c.opts.Binding == "" {
		if have := c.opts.bindings(); c.binding == "" && len(have) > 1 {
			c.binding = have[1]
			return c.Client(ctx)
		}
	}
	if c.renewed || c.token.Empty() || !TokenExpired(err) {
		return nil, err
	}
	c.renewed = true
	old := c.token
	client, tokenErr := c.Client(withFreshToken(ctx))
	if tokenErr != nil {
		return nil, errors.Join(err, tokenErr)
	}
	if c.token.Equal(old) {
		return nil, err
	}
	return client, nil
}
