package account

import (
	"context"
	"time"

	"github.com/imapstack/imapstack/auth"
)

// TokenError reports that Credentials.Token, the source of tokens, has failed.
type TokenError struct{ Err error }

// Error returns the text of the source's error.
func (e *TokenError) Error() string { return "account: no token: " + e.Err.Error() }

// Unwrap returns the source's error.
func (e *TokenError) Unwrap() error { return e.Err }

// tokens keeps the token of an account between logins.
type tokens struct {
	source auth.TokenSource
	life   time.Duration
	turn   chan struct{} // held by whoever asks the source, while the others wait for the token

	token auth.Secret
	got   time.Time
	gen   int // counts the tokens
}

func newTokens(source auth.TokenSource, life time.Duration) *tokens {
	return &tokens{source: source, life: life, turn: make(chan struct{}, 1)}
}

// login returns the token source for one login. After the server has refused its token, it returns another: the one
// that another login has got since, or else a fresh one from the program's source.
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
