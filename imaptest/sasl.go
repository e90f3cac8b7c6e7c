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

// The reasons why the server refuses credentials. The client does not learn the reason.
var (
	errWrong     = errors.New("imaptest: wrong user or password")
	errToken     = errors.New("imaptest: no such token")
	errForbidden = fmt.Errorf("%w: imaptest: may not act as that user", parser.CodeAuthorizationFailed)
)

// loginOptions holds the options that concern logging in.
type loginOptions struct {
	mechanisms                  []string // if not nil, the server offers only these mechanisms
	masters                     []credential
	tokens                      map[string]string // the user of each token
	guest                       string
	noEndPoint, noEarlyExporter bool
	iterations                  int
	tls                         []func(*tls.Config)
}

// WithMechanisms makes the server offer only these of its SASL mechanisms; without names, it offers none.
// Without("AUTH=…") switches a single one off.
func WithMechanisms(names ...string) Option {
	return func(o *options) { o.login.mechanisms = append([]string{}, names...) }
}

// WithToken lets a user log in with an OAuth 2.0 bearer token, by OAUTHBEARER and XOAUTH2. See Server.AddToken.
func WithToken(user, token string) Option {
	return func(o *options) { o.login.tokens[token] = user }
}

// WithMaster adds a user who may log in as any other user, by mechanisms that have an authorization identity.
func WithMaster(name, password string) Option {
	return func(o *options) {
		o.login.masters = append(o.login.masters, credential{name, password})
	}
}

// WithGuest sets the user that clients become when they log in by ANONYMOUS. Without this option it is "anonymous"; the
// server adds that user at the first such login.
func WithGuest(user string) Option { return func(o *options) { o.login.guest = user } }

// WithIterations sets the iteration count of SCRAM, which is 4096 without this option. Clients refuse a count that is
// too low or too high.
func WithIterations(n int) Option { return func(o *options) { o.login.iterations = n } }

// WithTLS changes the server's TLS configuration, such as its versions or its certificate. change gets a new
// configuration at each call.
func WithTLS(change func(*tls.Config)) Option {
	return func(o *options) { o.login.tls = append(o.login.tls, change) }
}

// Format writes the server's addresses, whatever the verb, and never its users' secrets.
func (s *Server) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "imaptest.Server(%s)", strings.TrimSpace(s.Addr+" "+s.TLSAddr))
}

// secrets holds the passwords and tokens of users.
type secrets struct {
	mu        sync.Mutex
	passwords map[string]string // the password of each user
	tokens    map[string]string // the user of each token
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

// check returns an error unless the password is the user's.
func (s *secrets) check(user string, password auth.Secret) error {
	want, err := s.password(user)
	if err == nil && !want.Equal(password) {
		err = errWrong
	}
	return err
}

// token returns the user of a token.
func (s *secrets) token(_ string, token auth.Secret) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if user, ok := s.tokens[token.Reveal()]; ok {
		return user, nil
	}
	return "", errToken
}

// AddToken lets a user log in with an OAuth 2.0 bearer token, by OAUTHBEARER and XOAUTH2.
func (s *Server) AddToken(user, token string) {
	s.secrets.mu.Lock()
	defer s.secrets.mu.Unlock()
	s.secrets.tokens[token] = user
}

// RevokeToken makes a token of AddToken or WithToken invalid, as if it had expired. The server then answers it with
// "invalid_token".
func (s *Server) RevokeToken(token string) {
	s.secrets.mu.Lock()
	defer s.secrets.mu.Unlock()
	delete(s.secrets.tokens, token)
}

// Auth sets the fields that depend on the connection: its TLS, the certificates and the channel bindings.
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

// WithoutEndPoint makes SCRAM's -PLUS refuse the channel binding tls-server-end-point, as Dovecot 2.4, Cyrus 3.12 and
// mox do.
func WithoutEndPoint() Option { return func(o *options) { o.login.noEndPoint = true } }

// WithoutEarlyExporter makes SCRAM's -PLUS accept the channel binding tls-exporter on TLS 1.3 only, as Dovecot 2.4,
// Cyrus 3.12 and mox do. RFC 9266 §4.2 also allows it on TLS 1.2 with the extended master secret.
func WithoutEarlyExporter() Option { return func(o *options) { o.login.noEarlyExporter = true } }

// guest returns the user that an anonymous client becomes.
func (s *Server) guest(string) (string, error) {
	if user := s.opt.login.guest; user != "" {
		return user, nil
	}
	const user = "anonymous"
	_, err := s.store.AddUser(user)
	return user, err
}

// authorize returns errForbidden unless user is the name of a master, who may log in as any other user, and the user
// other exists.
func (s *Server) authorize(user, other string) error {
	master := func(m credential) bool { return m.name == user }
	if !slices.ContainsFunc(s.opt.login.masters, master) || s.store.User(other) == nil {
		return errForbidden
	}
	return nil
}
