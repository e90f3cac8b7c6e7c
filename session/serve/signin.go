package serve

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/transport"
)

// secure reports whether the client may send a password in a readable form. It may if nobody else can read the
// connection, or if Server.InsecureAuth is set.
func (c *Conn) secure() bool {
	if c.srv.InsecureAuth {
		return true
	}
	t, ok := c.nc.(transport.Conn)
	return ok && transport.Secure(t)
}

// mayLogin reports whether the server offers LOGIN.
func (c *Conn) mayLogin() bool {
	a := c.srv.Auth
	return a != nil && (a.Check != nil || a.Password != nil) && c.secure() && !c.srv.without("LOGIN")
}

// authConfig returns the configuration of the SASL mechanisms for the connection in its current state.
func (c *Conn) authConfig() *auth.ServerConfig {
	cfg := &auth.ServerConfig{}
	if c.srv.Auth != nil {
		*cfg = *c.srv.Auth
	}
	if state := c.TLS(); state != nil {
		if certs := state.PeerCertificates; len(certs) > 0 && len(state.VerifiedChains) > 0 && c.srv.External != nil {
			cfg.External = c.srv.External(certs[0])
		}
		cfg.TLS = state
		if t := c.tlsConfig; cfg.Certificate == nil && t != nil && len(t.Certificates) == 1 && t.GetCertificate == nil && t.GetConfigForClient == nil {
			cfg.Certificate = leaf(&t.Certificates[0])
		}
	}
	if h := c.hooks.auth; h != nil {
		h.Auth(cfg)
	}
	if cfg.TLS != nil && !slices.ContainsFunc(cfg.Mechanisms(), func(name string) bool { return strings.HasSuffix(name, "-PLUS") && c.srv.offers(name) }) {
		// No mechanism with channel binding is offered. A client that supports channel binding may say that the server
		// does not support it. This must not count as an attack.
		cfg.TLS, cfg.Certificate = nil, nil
	}
	return cfg
}

func leaf(cert *tls.Certificate) *x509.Certificate {
	if cert.Leaf != nil || len(cert.Certificate) == 0 {
		return cert.Leaf
	}
	x, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		return nil
	}
	return x
}

// offers reports whether a mechanism may be used.
func (s *Server) offers(name string) bool {
	return !s.without("AUTH="+name) && (s.Mechanisms == nil || slices.Contains(s.Mechanisms, name))
}

// mechanisms returns the names of the SASL mechanisms that can be used on the connection, strongest first. If others
// can read the connection, it omits those that reveal the password.
func (c *Conn) mechanisms() []string {
	return slices.DeleteFunc(c.authConfig().Mechanisms(), func(name string) bool {
		return !c.srv.offers(name) || auth.Reveals(name) && !c.secure()
	})
}

func (c *Conn) loginCommand() error {
	var a parser.LoginArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	switch {
	case c.mayLogin():
	case !c.secure():
		return no(parser.CodePrivacyRequired, "LOGIN needs TLS")
	default:
		return no(parser.CodeCannot, "LOGIN is not offered")
	}
	half, err := auth.NewServer("PLAIN", c.authConfig())
	if err != nil {
		return no(parser.CodeCannot, "LOGIN is not offered")
	}
	done := false
	if !strings.Contains(a.User+a.Password, "\x00") {
		_, done, err = half.Next([]byte("\x00" + a.User + "\x00" + a.Password))
	}
	if err != nil || !done {
		return c.loginFailed("LOGIN", err)
	}
	return c.enter(half.User(), "LOGIN")
}

func (c *Conn) authenticate() error {
	var a parser.AuthenticateArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if a.Initial != nil && !c.has("SASL-IR") && !c.has("IMAP4REV2") { // IMAP4rev2 includes SASL-IR (RFC 9051 §6.2.2)
		return badf("initial responses need SASL-IR")
	}
	if !slices.Contains(c.mechanisms(), a.Mechanism) {
		if auth.Reveals(a.Mechanism) && !c.secure() {
			return no(parser.CodePrivacyRequired, a.Mechanism+" needs TLS")
		}
		return no(parser.CodeCannot, "no such mechanism")
	}
	half, err := auth.NewServer(a.Mechanism, c.authConfig())
	if err != nil {
		return no(parser.CodeCannot, "no such mechanism")
	}
	for answer := a.Initial; ; {
		challenge, done, err := half.Next(answer)
		switch {
		case err != nil:
			return c.loginFailed(a.Mechanism, err)
		case done:
			return c.enter(half.User(), a.Mechanism)
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

// loginFailed returns the answer to a login that has failed, after a delay. The log says what was wrong. The answer
// says it only in two cases. In the first, the client has authenticated, but is not allowed to act as the user that it
// has asked for. In the second, the server cannot check the credentials at the moment, so the client must not take them
// for wrong.
func (c *Conn) loginFailed(mechanism string, why error) error {
	c.failed++
	c.log(slog.LevelInfo, "login failed", "mech", mechanism, "err", why)
	if d := orDefault(c.srv.FailedLoginDelay, defaultLoginDelay); d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-c.ctx.Done():
		}
	}
	if errors.Is(why, parser.CodeAuthorizationFailed) {
		return no(parser.CodeAuthorizationFailed, "authenticated, but not allowed to act as that user")
	}
	if errors.Is(why, parser.CodeUnavailable) {
		return no(parser.CodeUnavailable, "cannot check credentials at the moment")
	}
	return no(parser.CodeAuthenticationFailed, "authentication failed")
}

// enter logs a user in.
func (c *Conn) enter(name, mechanism string) error {
	if !c.srv.enter(name) {
		return no(parser.CodeLimit, "too many connections of this user")
	}
	entered := false
	defer func() {
		if !entered { // the back end has refused the user, or panicked
			c.srv.leave(name)
			c.mechanism = ""
		}
	}()
	c.mechanism = mechanism
	user, leaves, err := c.srv.login(c.command, name, c)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.name = name
	c.mu.Unlock()
	c.user, c.userCloser, c.state, c.failed = user, leaves, Authenticated, 0
	entered = true
	c.log(slog.LevelInfo, "login", "mech", mechanism)
	r := okCode(parser.CodeCapability, []byte(c.capabilities()))
	// A user who has logged in may send longer commands.
	r.Then = func() error {
		c.reattach()
		return nil
	}
	return r
}

// login calls Backend.Login, or Server.Login if the server has no Backend.
func (s *Server) login(ctx context.Context, name string, c *Conn) (u User, leaves io.Closer, err error) {
	switch {
	case s.Backend != nil:
		u, err = s.Backend.Login(ctx, name, c)
		leaves, _ = u.(io.Closer)
	case s.Login != nil:
		leaves, err = s.Login(ctx, name, c)
	default:
		err = no(parser.CodeUnavailable, "there is nothing to log in to")
	}
	return u, leaves, err
}

// reattach makes a new reader, with the limits of the connection's new state. It keeps what has already been read.
func (c *Conn) reattach() {
	c.flush()
	c.attach(c.nc, append(c.cmds.Take(), c.reader.rest...))
}
