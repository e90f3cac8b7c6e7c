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

// CRAMMD5 is CRAM-MD5 (RFC 2195): the password is not sent, but whoever reads the exchange can guess at it. A client cannot act for
// somebody else, and the server proves nothing. The user and the password are sent as they are.
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
		return nil, badChallenge("CRAM-MD5", "a second")
	}
	if len(challenge) == 0 || len(challenge) > maxMessage {
		// Whoever knows the answer to an empty challenge can log in as the user on any server that sends one.
		return nil, badChallenge("CRAM-MD5", "empty, or too long")
	}
	c.answered = true
	return []byte(c.user + " " + cramDigest(c.password, challenge)), nil
}

func cramDigest(password Secret, challenge []byte) string {
	m := hmac.New(md5.New, []byte(password.Reveal()))
	m.Write(challenge)
	return hex.EncodeToString(m.Sum(nil))
}

// cramServer is the server's half.
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
	// Names may have spaces; digests have none.
	i := strings.LastIndexByte(string(response), ' ')
	if i < 1 {
		return nil, false, ErrResponse
	}
	user, digest := string(response[:i]), string(response[i+1:])
	password, err := c.lookup(user)
	// An unknown user costs the same time, so that the caller does not learn which names there are.
	if good := hmac.Equal([]byte(cramDigest(password, []byte(c.challenge))), []byte(digest)); err != nil || !good {
		return nil, false, cmp.Or(err, ErrRefused)
	}
	return nil, true, c.authorize(user, "")
}
