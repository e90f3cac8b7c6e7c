package auth

import (
	"strings"

	"github.com/emersion/go-sasl"
)

// Plain returns the mechanism PLAIN (RFC 4616), which sends the password in clear text. Do not use it on a connection
// that others can read. The argument authzid is the user to act as; "" means user. If a name or the password has NUL,
// or if user or password is empty, Start returns an ErrArgument.
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

// Judged returns true, because the initial response has the password.
func (p *plain) Judged() bool { return true }

// plainServer is the server's half of PLAIN.
type plainServer struct{ *Server }

func (p plainServer) next(response []byte) ([]byte, bool, error) {
	if response == nil {
		return []byte{}, false, nil
	}
	f := strings.Split(string(response), "\x00")
	if len(f) != 3 || f[1] == "" || f[2] == "" {
		return nil, false, ErrResponse
	}
	authzid, ok1 := clientName(f[0])
	user, ok2 := clientName(f[1])
	if !ok1 || !ok2 {
		return nil, false, ErrResponse
	}
	return nil, true, p.password(user, authzid, NewSecret(f[2]))
}
