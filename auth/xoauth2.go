package auth

import (
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"
)

// XOAuth2 is XOAUTH2, the form of OAUTHBEARER that came before it and that Gmail and Outlook have.
func XOAuth2(user string, token Secret) sasl.Client { return &xoauth2{user: user, token: token} }

type xoauth2 struct {
	user   string
	token  Secret
	failed *OAuthError
}

func (o *xoauth2) Start() (mech string, ir []byte, err error) {
	o.failed = nil
	if o.user == "" || !validToken(o.token) || strings.ContainsAny(o.user, "\x00\x01\r\n") {
		return "", nil, fmt.Errorf("%w: XOAUTH2 needs a user and a token", ErrArgument)
	}
	return "XOAUTH2", []byte("user=" + o.user + "\x01auth=Bearer " + o.token.Reveal() + "\x01\x01"), nil
}

// Next is called when the token was refused: the answer is empty, after which the server says NO.
func (o *xoauth2) Next(challenge []byte) ([]byte, error) {
	if o.failed != nil {
		return nil, o.failed
	}
	o.failed = oauthError("XOAUTH2", challenge)
	return []byte{}, nil
}

// Failed returns what the server said of the token, or nil.
func (o *xoauth2) Failed() error {
	if o.failed == nil {
		return nil
	}
	return o.failed
}
