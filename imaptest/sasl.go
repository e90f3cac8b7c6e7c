package imaptest

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"strings"

	"github.com/emersion/go-sasl"
)

// loginServer is the server's side of LOGIN (draft-murchison-sasl-login).
type loginServer struct {
	verify func(identity, user, password string) error
	step   int
	user   string
}

func (s *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if s.step == 0 && response == nil {
		s.step = 1
		return []byte("User Name\x00"), false, nil
	}
	switch s.step {
	case 0, 1:
		s.user, s.step = string(response), 2
		return []byte("Password\x00"), false, nil
	case 2:
		s.step = 3
		return nil, true, s.verify("", s.user, string(response))
	}
	return nil, false, sasl.ErrUnexpectedClientResponse
}

// cramServer is the server's side of CRAM-MD5 (RFC 2195).
type cramServer struct {
	c         *conn
	user      *string
	challenge string
}

func newCRAMServer(c *conn, user *string) *cramServer {
	return &cramServer{c: c, user: user, challenge: "<" + rand.Text() + "@imaptest>"}
}

func (s *cramServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil {
		return []byte(s.challenge), false, nil
	}
	user, digest, _ := strings.Cut(string(response), " ")
	*s.user = user
	password, ok := s.c.srv.password(user)
	m := hmac.New(md5.New, []byte(password))
	m.Write([]byte(s.challenge))
	if !ok || !hmac.Equal([]byte(hex.EncodeToString(m.Sum(nil))), []byte(digest)) {
		return nil, false, errWrong
	}
	return nil, true, nil
}

// xoauth2Server is the server's side of XOAUTH2. The token is the password.
type xoauth2Server struct {
	check  func(user, token string) error
	failed bool
}

func (s *xoauth2Server) Next(response []byte) (challenge []byte, done bool, err error) {
	if s.failed {
		return nil, false, errWrong
	}
	if response == nil {
		return []byte{}, false, nil
	}
	var user, token string
	for field := range strings.SplitSeq(string(response), "\x01") {
		if v, ok := strings.CutPrefix(field, "user="); ok {
			user = v
		}
		if v, ok := strings.CutPrefix(field, "auth=Bearer "); ok {
			token = v
		}
	}
	if s.check(user, token) != nil {
		s.failed = true
		return []byte(`{"status":"401","schemes":"bearer","scope":"mail"}`), false, nil
	}
	return nil, true, nil
}
