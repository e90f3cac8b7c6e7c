package account

import (
	"context"
	"time"

	"github.com/imapstack/imapstack/auth"
)

// TokenError reports that the function that is asked for tokens has failed.
type TokenError struct{ Err error }

// Error says what the function said.
func (e *TokenError) Error() string { return "account: no token: " + e.Err.Error() }

// Unwrap returns what the function said.
func (e *TokenError) Unwrap() error { return e.Err }

// tokens keeps the token of an account between logins.
type tokens struct {
	source auth.TokenSource
	life   time.Duration
	turn   chan struct{} // held by who asks the source: the others wait for what it says

	token auth.Secret
	got   time.Time
	gen   int // how many tokens there were
}

func newTokens(source auth.TokenSource, life time.Duration) *tokens {
	return &tokens{source: source, life: life, turn: make(chan struct{}, 1)}
}

// login returns the source for one login. When the server has refused what it returned, it returns another: one that somebody else has got
// since, if there is one, else what the source says when it is asked for a fresh one.
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
