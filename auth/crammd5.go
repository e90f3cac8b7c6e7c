package auth

import (
	"cmp"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"strings"

	"github.com/emersion/go-sasl"
)

// CRAMMD5 returns the mechanism CRAM-MD5 (RFC 2195). The client does not send the password, but somebody who reads the
// exchange can try passwords against it. A client cannot act as another user, and the server does not prove that it
// knows the password. CRAMMD5 uses user and password as they are, and does not prepare them by RFC 8265.
func CRAMMD5(user string, password Secret) sasl.Client {
	return &cramMD5{user: user, password: password}
}

type cramMD5 struct {
	hide
	user     string
	password Secret
	answered bool
}

func (c *cramMD5) Start() (mech string, ir []byte, err error) {
	c.answered = false
	if c.user == "" || c.password.Empty() || strings.ContainsAny(c.user, "\x00\r\n") {
		return "", nil, badArgument("CRAM-MD5", "needs a password, and a user without NUL, CR and LF")
	}
	return "CRAM-MD5", nil, nil
}

func (c *cramMD5) Next(challenge []byte) ([]byte, error) {
	if c.answered {
		return nil, badChallenge("CRAM-MD5", "the mechanism expects only one")
	}
	if len(challenge) == 0 || len(challenge) > maxMessage {
		// The answer to an empty challenge is always the same. An attacker who has it could log in on any server that
		// sends an empty challenge.
		return nil, badChallenge("CRAM-MD5", "is empty or too long")
	}
	c.answered = true
	return []byte(c.user + " " + cramDigest(c.password, challenge)), nil
}

func cramDigest(password Secret, challenge []byte) string {
	m := hmac.New(md5.New, []byte(password.Reveal()))
	m.Write(challenge)
	return hex.EncodeToString(m.Sum(nil))
}

// cramServer is the server's half of CRAM-MD5.
type cramServer struct {
	*Server
	challenge string
}

func (c *cramServer) next(response []byte) ([]byte, bool, error) {
	if c.challenge == "" {
		if response != nil {
			return nil, false, ErrResponse
		}
		c.challenge = c.nonce
		if c.challenge == "" {
			c.challenge = "<" + rand.Text() + "@" + c.host() + ">"
		}
		return []byte(c.challenge), false, nil
	}
	// The name may have spaces. The digest does not have any.
	i := strings.LastIndexByte(string(response), ' ')
	if i < 1 {
		return nil, false, ErrResponse
	}
	user, ok := clientName(string(response[:i]))
	if !ok {
		return nil, false, ErrResponse
	}
	digest := string(response[i+1:])
	password, err := c.lookup(user)
	// Compute the digest for an unknown user too, so that the time does not tell the client which users exist.
	if good := hmac.Equal([]byte(cramDigest(password, []byte(c.challenge))), []byte(digest)); err != nil || !good {
		return nil, false, cmp.Or(err, ErrRefused)
	}
	return nil, true, c.authorize(user, "")
}
