package account

import (
	"context"
	"time"

	"github.com/imapstack/imapstack/auth"
)

// TokenError wraps an error of Credentials.Token.
type TokenError struct{ Err error }

// Error returns the text of the wrapped error, after a prefix.
func (e *TokenError) Error() string { return "account: no token: " + e.Err.Error() }

// Unwrap returns the error of Credentials.Token.
func (e *TokenError) Unwrap() error { return e.Err }

// tokens keeps the token of an account between logins.
type tokens struct {
	source auth.TokenSource
	life   time.Duration
	turn   chan struct{} // a lock: one login asks the source, and the others wait

	token auth.Secret
	got   time.Time
	gen   int // number of tokens that the source has returned
}

func newTokens(source auth.TokenSource, life time.Duration) *tokens {
	return &tokens{source: source, life: life, turn: make(chan struct{}, 1)}
}

// login returns the token source for one login. The source returns the kept token, or a fresh one if it has been kept
// for longer than life. If the server has refused that token, the source returns a newer one: the token that another
// login has got meanwhile, or else a fresh one from the program's source.
func (t *tokens) login() auth.TokenSource {
	had := 0
	return func(ctx context.Context) (auth.Secret, error) {
		select {
		case t.turn <- struct{}{}:
		case <-ctx.Done():
			return auth.Secret{}, context.Cause(ctx)
		}
		defer func() { <-t.turn }()
		kept := !t.token.Empty() && t.life > 0 && time.Since(t.got) < t.life
		refused := auth.FreshToken(ctx) && t.gen == had
		if !kept || refused {
			token, err := t.source(ctx)
			if err != nil {
				if ctx.Err() != nil {
					return auth.Secret{}, err
				}
				return auth.Secret{}, &TokenError{err}
			}
			t.token, t.got = token, time.Now()
			t.gen++
		}
		had = t.gen
		return t.token, nil
	}
}
