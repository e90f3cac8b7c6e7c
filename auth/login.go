package auth

import (
	"fmt"

	"github.com/emersion/go-sasl"
)

// Login is LOGIN (draft-murchison-sasl-login): PLAIN in two steps, for servers that have nothing else.
func Login(user string, password Secret) sasl.Client {
	return &login{user: user, password: password}
}

type login struct {
	user     string
	password Secret
	step     int
}

func (l *login) Start() (mech string, ir []byte, err error) {
	l.step = 0
	if l.user == "" {
		return "", nil, fmt.Errorf("%w: LOGIN needs a user", ErrArgument)
	}
	return "LOGIN", nil, nil
}

// Next answers by the order of the challenges: what they say differs from server to server.
func (l *login) Next([]byte) ([]byte, error) {
	l.step++
	switch l.step {
	case 1:
		return []byte(l.user), nil
	case 2:
		return []byte(l.password.Reveal()), nil
	}
	return nil, fmt.Errorf("LOGIN: %w", ErrChallenge)
}
