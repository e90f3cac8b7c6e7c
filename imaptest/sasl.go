package imaptest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/parser"
)

// What the server says to itself of credentials that it does not take. The client is told none of it.
var (
	errWrong     = errors.New("imaptest: wrong user or password")
	errToken     = errors.New("imaptest: no such token")
	errForbidden = fmt.Errorf("%w: imaptest: may not act as that user", parser.CodeAuthorizationFailed)
)

// loginOptions is what the options say of logging in.
type loginOptions struct {
	mechanisms                  []string // if not nil, the only ones
	masters                     []credential
	tokens                      map[string]string // whose they are
	guest                       string
	noEndPoint, noEarlyExporter bool
	iterations                  int
	tls                         []func(*tls.Config)
}

// WithMechanisms offers only these SASL mechanisms of those that the server has; none if there is no name. Without("AUTH=…") switches
// one of them off.
func WithMechanisms(names ...string) Option {
	return func(o *options) { o.login.mechanisms = append([]string{}, names...) }
}

// WithToken lets an OAuth 2.0 bearer token log its user in, by OAUTHBEARER and XOAUTH2. See Server.AddToken.
func WithToken(user, token string) Option {
	return func(o *options) { o.login.tokens[token] = user }
}

// WithMaster adds a user who may log in for all others, where a mechanism has an authorization identity.
func WithMaster(name, password string) Option {
	return func(o *options) {
		o.login.masters = append(o.login.masters, credential{name, password})
	}
}

// WithGuest is whose mailboxes those see who log in by ANONYMOUS. Without it that is a user "anonymous", who is made when one comes.
func WithGuest(user string) Option { return func(o *options) { o.login.guest = user } }

// WithIterations is the iteration count of SCRAM, which is 4096 else. Clients refuse what is too low, and too high.
func WithIterations(n int) Option { return func(o *options) { o.login.iterations = n } }

// WithTLS changes how the server does TLS: its versions, its certificate. change is given a configuration of its own.
func WithTLS(change func(*tls.Config)) Option {
	return func(o *options) { o.login.tls = append(o.login.tls, change) }
}

// Format writes where the server listens, whatever the verb, and nothing of what its users log in with.
func (s *Server) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "imaptest.Server(%s)", strings.TrimSpace(s.Addr+" "+s.TLSAddr))
}

// secrets is what users log in with.
type secrets struct {
	mu        sync.Mutex
	passwords map[string]string
	tokens    map[string]string // whose they are
	salt      auth.Secret
}

// password returns a user's password.
func (s *secrets) password(user string) (auth.Secret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.passwords[user]
	if !ok {
		return auth.Secret{}, errWrong
	}
	return auth.NewSecret(p), nil
}

// check compares a password.
func (s *secrets) check(user string, password auth.Secret) error {
	want, err := s.password(user)
	if err == nil && !want.Equal(password) {
		err = errWrong
	}
	return err
}

// token returns whose a token is.
func (s *secrets) token(_ string, token auth.Secret) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if user, ok := s.tokens[token.Reveal()]; ok {
		return user, nil
	}
	return "", errToken
}

// AddToken lets an OAuth 2.0 bearer token log its user in, by OAUTHBEARER and XOAUTH2.
func (s *Server) AddToken(user, token string) {
	s.secrets.mu.Lock()
	defer s.secrets.mu.Unlock()
	s.secrets.tokens[token] = user
}

// RevokeToken ends what AddToken or WithToken has begun, as if the token had expired: the server says "invalid_token" of it.
func (s *Server) RevokeToken(token string) {
	s.secrets.mu.Lock()
	defer s.secrets.mu.Unlock()
	delete(s.secrets.tokens, token)
}

// Auth completes what the servers' halves of the mechanisms go by on the connection as it is now.
func (c *conn) Auth(cfg *auth.ServerConfig) {
	state := c.m.TLS()
	if state == nil {
		return
	}
	if len(state.PeerCertificates) > 0 {
		cfg.External = state.PeerCertificates[0].Subject.CommonName
	}
	if c.cert == nil && !c.foreign {
		_, c.cert, _ = c.srv.serverTLS()
	}
	login := &c.srv.opt.login
	cfg.TLS, cfg.Certificate = state, c.cert
	cfg.Bindings = []string{auth.TLSUnique}
	if !login.noEndPoint {
		cfg.Bindings = append(cfg.Bindings, auth.TLSServerEndPoint)
	}
	if !login.noEarlyExporter || state.Version >= tls.VersionTLS13 {
		cfg.Bindings = append(cfg.Bindings, auth.TLSExporter)
	}
}

// WithoutEndPoint has SCRAM's -PLUS not take the channel binding tls-server-end-point, which Dovecot 2.4, Cyrus 3.12 and mox do not take.
func WithoutEndPoint() Option { return func(o *options) { o.login.noEndPoint = true } }

// WithoutEarlyExporter has SCRAM's -PLUS take the channel binding tls-exporter on TLS 1.3 only, as the same servers do; RFC 9266 §4.2 allows it on
// TLS 1.2 with the extended master secret.
func WithoutEarlyExporter() Option { return func(o *options) { o.login.noEarlyExporter = true } }

// guest lets somebody in who does not say who he is.
func (s *Server) guest(string) (string, error) {
	if user := s.opt.login.guest; user != "" {
		return user, nil
	}
	const user = "anonymous"
	_, err := s.store.AddUser(user)
	return user, err
}

// authorize lets masters act as others.
func (s *Server) authorize(user, other string) error {
	master := func(m credential) bool { return m.name == user }
	if !slices.ContainsFunc(s.opt.login.masters, master) || s.store.User(other) == nil {
		return errForbidden
	}
	return nil
}
