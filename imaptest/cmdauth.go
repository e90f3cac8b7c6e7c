package imaptest

import (
	"crypto/tls"
	"encoding/base64"
	"errors"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/parser"
)

// maxAnswers is how many answers an authentication may take.
const maxAnswers = 16

var errWrong = errors.New("imaptest: wrong user or password")

func (c *conn) loginCommand() error {
	var a parser.LoginArgs
	if err := c.cmds.Decode(&a); err != nil {
		return err
	}
	if !c.mayLogin() {
		return no(parser.CodePrivacyRequired, "LOGIN needs TLS")
	}
	if err := c.check(a.User, a.Password); err != nil {
		return no(parser.CodeAuthenticationFailed, "wrong user or password")
	}
	return c.loggedIn(a.User)
}

// check compares a password.
func (c *conn) check(user, password string) error {
	want, ok := c.srv.password(user)
	if !ok || want != password {
		return errWrong
	}
	return nil
}

// loggedIn answers a login that was successful.
func (c *conn) loggedIn(user string) error {
	if err := c.login(user); err != nil {
		return err
	}
	return okCode(parser.CodeCapability, []byte(c.capabilities()))
}

// mechanisms returns the names of the SASL mechanisms that can be used on the connection.
func (c *conn) mechanisms() []string {
	m := []string{"PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2", "CRAM-MD5", "ANONYMOUS"}
	if t, ok := c.nc.(*tls.Conn); ok && len(t.ConnectionState().PeerCertificates) > 0 {
		m = append(m, "EXTERNAL")
	}
	return m
}

// mechanism returns the server's side of a mechanism. When it is done, user has who has logged in.
func (c *conn) mechanism(name string, user *string) sasl.Server {
	verify := func(identity, name, password string) error {
		if identity != "" && identity != name {
			return errWrong
		}
		*user = name
		return c.check(name, password)
	}
	switch name {
	case "PLAIN":
		return sasl.NewPlainServer(verify)
	case "LOGIN":
		return &loginServer{verify: verify}
	case "CRAM-MD5":
		return newCRAMServer(c, user)
	case "OAUTHBEARER":
		return sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
			*user = o.Username
			if c.check(o.Username, o.Token) != nil {
				return &sasl.OAuthBearerError{Status: "invalid_token", Schemes: "bearer"}
			}
			return nil
		})
	case "XOAUTH2":
		return &xoauth2Server{check: func(name, token string) error { *user = name; return c.check(name, token) }}
	case "ANONYMOUS":
		return sasl.NewAnonymousServer(func(string) error {
			*user = "anonymous"
			_, err := c.srv.store.AddUser("anonymous")
			return err
		})
	case "EXTERNAL":
		return sasl.NewExternalServer(func(identity string) error {
			t, ok := c.nc.(*tls.Conn)
			if !ok || len(t.ConnectionState().PeerCertificates) == 0 {
				return errWrong
			}
			*user = t.ConnectionState().PeerCertificates[0].Subject.CommonName
			if identity != "" && identity != *user {
				return errWrong
			}
			return nil
		})
	}
	return nil
}

func (c *conn) authenticate() error {
	var a parser.AuthenticateArgs
	if err := c.cmds.Decode(&a); err != nil {
		return err
	}
	if !c.mayLogin() {
		return no(parser.CodePrivacyRequired, "AUTHENTICATE needs TLS")
	}
	var user string
	mech := c.mechanism(a.Mechanism, &user)
	if mech == nil || c.srv.opt.without["AUTH="+a.Mechanism] {
		return no(parser.CodeCannot, "no such mechanism")
	}
	answer := a.Initial
	for range maxAnswers {
		challenge, done, err := mech.Next(answer)
		if err != nil {
			return no(parser.CodeAuthenticationFailed, "authentication failed")
		}
		if done && len(challenge) == 0 {
			return c.loggedIn(user)
		}
		c.out.Raw("+ ").Raw(base64.StdEncoding.EncodeToString(challenge)).CRLF()
		if err := c.flush(); err != nil {
			return err
		}
		answer, err = c.cmds.ReadAnswer([]byte{})
		if errors.Is(err, parser.ErrCancelled) {
			return badf("authentication cancelled")
		}
		if err != nil {
			return err
		}
		if done {
			return c.loggedIn(user)
		}
	}
	return no(parser.CodeAuthenticationFailed, "too many answers")
}
