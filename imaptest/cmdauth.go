package imaptest

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"slices"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/parser"
)

func (c *conn) loginCommand() error {
	var a parser.LoginArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if !c.mayLogin() {
		return no(parser.CodePrivacyRequired, "LOGIN needs TLS")
	}
	if c.srv.opt.without["LOGIN"] {
		return no(parser.CodeCannot, "LOGIN is disabled")
	}
	if err := c.srv.secrets.check(a.User, auth.NewSecret(a.Password)); err != nil {
		return no(parser.CodeAuthenticationFailed, "wrong user or password")
	}
	c.anonymous = false
	return c.loggedIn(a.User)
}

// loggedIn answers a login that was successful.
func (c *conn) loggedIn(user string) error {
	if err := c.login(user); err != nil {
		return err
	}
	if err := c.srv.opt.provider.admit(c); err != nil {
		c.user, c.name, c.state = nil, "", notAuthenticated
		c.show("", "")
		return err
	}
	return okCode(parser.CodeCapability, []byte(c.capabilities()))
}

func (c *conn) authenticate() error {
	var a parser.AuthenticateArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if a.Initial != nil && !c.has("SASL-IR") && !c.has("IMAP4rev2") { // which has it (RFC 9051 §6.2.2)
		return badf("initial responses need SASL-IR")
	}
	if !slices.Contains(c.mechanisms(), a.Mechanism) {
		if auth.Reveals(a.Mechanism) && !c.mayLogin() {
			return no(parser.CodePrivacyRequired, a.Mechanism+" needs TLS")
		}
		return no(parser.CodeCannot, "no such mechanism")
	}
	mech, err := auth.NewServer(a.Mechanism, c.halves())
	if err != nil {
		return no(parser.CodeCannot, "no such mechanism")
	}
	for answer := a.Initial; ; {
		challenge, done, err := mech.Next(answer)
		switch {
		case err != nil:
			return c.refused(a.Mechanism, err)
		case done:
			c.anonymous = a.Mechanism == "ANONYMOUS"
			return c.loggedIn(mech.User())
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
	}
}

// refused answers credentials that are not taken. The log is told why.
func (c *conn) refused(mechanism string, why error) error {
	if l := c.srv.logger(); l != nil {
		l.LogAttrs(context.Background(), slog.LevelDebug, "imaptest: refused", slog.String("mech", mechanism), slog.String("err", why.Error()))
	}
	if errors.Is(why, errForbidden) {
		return no(parser.CodeAuthorizationFailed, "authenticated, but not allowed to act as that user")
	}
	return no(parser.CodeAuthenticationFailed, "authentication failed")
}
