package auth

import (
	"strings"

	"github.com/emersion/go-sasl"
)

// Plain is PLAIN (RFC 4616): the password in clear, which must not be sent on a connection that others can read.
// authzid is the user to act for; "" is the user. A name or password that holds NUL, or is empty, is an ErrArgument.
func Plain(authzid, user string, password Secret) sasl.Client {
	return &plain{authzid: authzid, user: user, password: password}
}

type plain struct {
	hide
	authzid, user string
	password      Secret
}

func (p *plain) Start() (mech string, ir []byte, err error) {
	if p.user == "" || p.password.Empty() || strings.Contains(p.authzid+p.user+p.password.Reveal(), "\x00") {
		return "", nil, badArgument("PLAIN", "needs a user and a password, without NUL")
	}
	return "PLAIN", []byte(p.authzid + "\x00" + p.user + "\x00" + p.password.Reveal()), nil
}

func (p *plain) Next([]byte) ([]byte, error) { return nil, noChallenge("PLAIN") }

// Judged is true, because the first response contains everything.
func (p *plain) Judged() bool { return true }

// plainServer is the server's half.
type plainServer struct{ *Server }

func (p plainServer) next(response []byte) ([]byte, bool, error) {
	if response == nil {
		return []byte{}, false, nil
	}
	f := strings.Split(string(response), "\x00")
	if len(f) != 3 || f[1] == "" || f[2] == "" {
		return nil, false, ErrResponse
	}
	return nil, true, p.password(f[1], f[0], NewSecret(f[2]))
}
