package auth

import (
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"
)

// Plain is PLAIN (RFC 4616): the password in clear, which only a connection that nobody can read may carry.
// authzid is whom to act as; "" is the user.
func Plain(authzid, user string, password Secret) sasl.Client {
	return &plain{authzid, user, password}
}

type plain struct {
	authzid, user string
	password      Secret
}

func (p *plain) Start() (mech string, ir []byte, err error) {
	if p.user == "" || p.password.Empty() || strings.Contains(p.authzid+p.user+p.password.Reveal(), "\x00") {
		return "", nil, fmt.Errorf("%w: PLAIN needs a user and a password, without NUL", ErrArgument)
	}
	return "PLAIN", []byte(p.authzid + "\x00" + p.user + "\x00" + p.password.Reveal()), nil
}

func (p *plain) Next([]byte) ([]byte, error) {
	return nil, fmt.Errorf("PLAIN: %w", ErrChallenge)
}
