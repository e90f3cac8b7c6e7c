package auth

import (
	"bytes"
	"strings"

	"github.com/emersion/go-sasl"
)

// Login returns the mechanism LOGIN (draft-murchison-sasl-login). Like PLAIN, it sends the password in clear text, but
// in two steps. It is for servers that do not have PLAIN. A client cannot act as another user. If the name or the
// password is empty, or has NUL, CR or LF, Start returns an ErrArgument.
func Login(user string, password Secret) sasl.Client {
	return &login{user: user, password: password}
}

type login struct {
	hide
	user     string
	password Secret
	step     int
}

func (l *login) Start() (mech string, ir []byte, err error) {
	l.step = 0
	if l.user == "" || l.password.Empty() || strings.ContainsAny(l.user+l.password.Reveal(), "\x00\r\n") {
		return "", nil, badArgument("LOGIN", "needs a user and a password, without NUL, CR and LF")
	}
	return "LOGIN", nil, nil
}

// Next returns the user for the first challenge and the password for the second. It ignores the text of the
// challenges, which differs from server to server.
func (l *login) Next([]byte) ([]byte, error) {
	l.step++
	switch l.step {
	case 1:
		return []byte(l.user), nil
	case 2:
		return []byte(l.password.Reveal()), nil
	}
	return nil, badChallenge("LOGIN", "the mechanism expects only two")
}

// Judged reports whether the password has been sent.
func (l *login) Judged() bool { return l.step >= 2 }

// loginServer is the server's half of LOGIN. It also accepts the user's name as an initial response, which some clients
// send.
type loginServer struct {
	*Server
	asked bool
	name  string
}

func (l *loginServer) next(response []byte) ([]byte, bool, error) {
	switch {
	case response == nil && !l.asked:
		l.asked = true
		// Some clients understand only this text.
		return []byte("Username:"), false, nil
	case l.name == "":
		name, ok := clientName(string(response))
		if !ok || name == "" {
			return nil, false, ErrResponse
		}
		l.asked, l.name = true, name
		return []byte("Password:"), false, nil
	}
	if len(response) == 0 || bytes.IndexByte(response, 0) >= 0 {
		return nil, false, ErrResponse // an empty password or a NUL is not allowed, as in PLAIN
	}
	return nil, true, l.password(l.name, "", NewSecret(string(response)))
}
