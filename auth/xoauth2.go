package auth

import (
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-sasl"
)

// XOAuth2 returns the mechanism XOAUTH2, the predecessor of OAUTHBEARER that Gmail and Outlook use. Do not use it on a
// connection that others can read. The mechanism is a Failer.
func XOAuth2(user string, token Secret) sasl.Client { return &xoauth2{user: user, token: token} }

type xoauth2 struct {
	hide
	user   string
	token  Secret
	failed *OAuthError
}

func (o *xoauth2) Start() (mech string, ir []byte, err error) {
	o.failed = nil
	if o.user == "" || !validToken(o.token) || !utf8.ValidString(o.user) || strings.ContainsAny(o.user, "\x00\x01\r\n") {
		return "", nil, badArgument("XOAUTH2", "needs a user, and a token of printable characters without spaces")
	}
	return "XOAUTH2", []byte("user=" + o.user + "\x01auth=Bearer " + o.token.Reveal() + "\x01\x01"), nil
}

// Next is called when the server has refused the token. It returns an empty answer, and the server then sends NO.
func (o *xoauth2) Next(challenge []byte) ([]byte, error) {
	if o.failed != nil {
		return nil, badChallenge("XOAUTH2", "the mechanism expects only one")
	}
	o.failed = oauthError("XOAUTH2", challenge)
	return []byte{}, nil
}

// Judged reports whether the server has sent an error about the token. Without such an error, a NO may also mean that
// the server cannot use the mechanism.
func (o *xoauth2) Judged() bool { return o.failed != nil }

// Failed returns the server's error about the token, or nil.
func (o *xoauth2) Failed() error {
	if o.failed == nil {
		return nil
	}
	return o.failed
}

// parseXOAuth2 parses the client's message.
func parseXOAuth2(_ *Server, response string) (name string, token Secret, ok bool) {
	rest, ok := strings.CutPrefix(response, "user=")
	if !ok {
		return "", Secret{}, false
	}
	name, rest, ok = strings.Cut(rest, "\x01")
	value, good := strings.CutPrefix(rest, "auth=")
	value, end := strings.CutSuffix(value, "\x01\x01")
	if !ok || !good || !end || name == "" || strings.ContainsAny(name, "\x00\r\n") {
		return "", Secret{}, false
	}
	return name, bearer(value), true
}
