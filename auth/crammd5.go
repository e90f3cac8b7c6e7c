package auth

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"
)

// CRAMMD5 is CRAM-MD5 (RFC 2195): the password is not sent, but who reads the exchange can guess at it.
func CRAMMD5(user string, password Secret) sasl.Client {
	return &cramMD5{user: user, password: password}
}

type cramMD5 struct {
	user     string
	password Secret
	answered bool
}

func (c *cramMD5) Start() (mech string, ir []byte, err error) {
	c.answered = false
	if c.user == "" || strings.ContainsAny(c.user, "\x00\r\n") {
		return "", nil, fmt.Errorf("%w: CRAM-MD5 needs a user", ErrArgument)
	}
	return "CRAM-MD5", nil, nil
}

func (c *cramMD5) Next(challenge []byte) ([]byte, error) {
	if c.answered || len(challenge) == 0 {
		return nil, fmt.Errorf("CRAM-MD5: %w", ErrChallenge)
	}
	c.answered = true
	m := hmac.New(md5.New, []byte(c.password.Reveal()))
	m.Write(challenge)
	return []byte(c.user + " " + hex.EncodeToString(m.Sum(nil))), nil
}
