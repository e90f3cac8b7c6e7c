package auth

import (
	"cmp"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"

	"github.com/emersion/go-sasl"
)

// maxMessage is the longest challenge or response taken, in octets. No mechanism here needs a tenth of it but for tokens.
const maxMessage = 64 << 10

// maxResponses is how many responses a server takes in one exchange.
const maxResponses = 8

// ServerConfig is what the servers' halves of the mechanisms ask, and what they are told of the connection. A function that is
// nil makes the mechanisms unavailable that need it. The functions may return any error; the client is told only that it
// was refused, but for an *OAuthError from Token.
type ServerConfig struct {
	// Password returns the password of a user, for PLAIN and LOGIN (unless Check is there), CRAM-MD5, DIGEST-MD5, and SCRAM (unless Keys is).
	Password func(user string) (Secret, error)
	// Check checks a password, for PLAIN and LOGIN.
	Check func(user string, password Secret) error
	// Keys returns what is stored of a user's password for SCRAM. mechanism is without "-PLUS".
	Keys func(mechanism, user string) (StoredKeys, error)
	// Token checks the token of OAUTHBEARER and XOAUTH2 and returns whose it is. name is whom the client says it is for, or "".
	Token func(name string, token Secret) (user string, err error)
	// Anonymous takes the trace of ANONYMOUS and returns the name by which the client then goes.
	Anonymous func(trace string) (user string, err error)
	// External is whom the connection says that the client is, as by the name in its certificate; "" is nobody.
	External string
	// Authorize is asked whether user may act as another, authzid. Nil forbids it.
	Authorize func(user, authzid string) error

	// TLS is the state of the connection, for channel binding; nil means no TLS, and no -PLUS.
	TLS *tls.ConnectionState
	// Certificate is the server's own, for the channel binding tls-server-end-point.
	Certificate *x509.Certificate

	// Bindings is the types of channel binding that are taken, of those that the connection has; nil is all.
	Bindings []string

	Service string // "imap" if empty; of DIGEST-MD5
	Host    string // the server's name; "" takes any in DIGEST-MD5 and OAUTHBEARER
	Port    int    // the server's port; 0 takes any in OAUTHBEARER
	Realm   string // of DIGEST-MD5; Host if empty

	// Iterations is the count of SCRAM for users whose password is known; 4096 if 0.
	Iterations int
	// SaltKey makes the salts of such users and of users that there are not, so that they are the same each time.
	// Without it, salts are random. It should be long, and known to nobody else.
	SaltKey Secret
}

// A Server is the server's half of one exchange.
type Server struct {
	hide
	cfg       *ServerConfig
	mech      string
	half      half
	nonce     string // instead of a random one, in tests
	responses int
	done      bool
	err       error

	authenticated, user string
}

var _ sasl.Server = (*Server)(nil)

// half is a mechanism. response is nil at first, if the client has sent no initial response.
type half interface {
	next(response []byte) (challenge []byte, done bool, err error)
}

// NewServer returns the server's half of a mechanism for one exchange, or an ErrNoMechanism if cfg cannot serve it.
// cfg must not be changed while the exchange lasts.
func NewServer(mechanism string, cfg *ServerConfig) (*Server, error) {
	mechanism = strings.ToUpper(mechanism)
	if !cfg.serves(mechanism) {
		return nil, &NoMechanismError{Offered: []string{mechanism}}
	}
	s := &Server{cfg: cfg, mech: mechanism}
	switch mechanism {
	case "PLAIN":
		s.half = plainServer{s}
	case "LOGIN":
		s.half = &loginServer{Server: s}
	case "EXTERNAL":
		s.half = externalServer{s}
	case "ANONYMOUS":
		s.half = anonymousServer{s}
	case "CRAM-MD5":
		s.half = &cramServer{Server: s}
	case "DIGEST-MD5":
		s.half = &digestServer{Server: s}
	case "OAUTHBEARER":
		s.half = &oauthServer{Server: s, parse: parseOAuthBearer, status: "invalid_token"}
	case "XOAUTH2":
		s.half = &oauthServer{Server: s, parse: parseXOAuth2, status: "401"}
	default:
		s.half = newSCRAMServer(s)
	}
	return s, nil
}

// Mechanisms returns the names of the mechanisms that cfg can serve, strongest first. PLAIN, LOGIN, OAUTHBEARER and XOAUTH2 are among
// them whether or not others can read the connection; see Reveals.
func (cfg *ServerConfig) Mechanisms() []string {
	var names []string
	for _, m := range table {
		if cfg.serves(m.name) {
			names = append(names, m.name)
		}
	}
	return names
}

func (cfg *ServerConfig) serves(mechanism string) bool {
	switch mechanism {
	case "PLAIN", "LOGIN":
		return cfg.Check != nil || cfg.Password != nil
	case "CRAM-MD5", "DIGEST-MD5":
		return cfg.Password != nil
	case "OAUTHBEARER", "XOAUTH2":
		return cfg.Token != nil
	case "EXTERNAL":
		return cfg.External != ""
	case "ANONYMOUS":
		return cfg.Anonymous != nil
	}
	name, plus := strings.CutSuffix(mechanism, "-PLUS")
	_, ok := scramHashes[name]
	return ok && (cfg.Keys != nil || cfg.Password != nil) && (!plus || len(cfg.bindings()) > 0)
}

// Next takes a response and returns the next challenge, which is the caller's, or that the client is authenticated.
// response is nil at the first call if the client has sent no initial response. A mechanism whose last word to the client
// matters sends it as a challenge, and is done when the client has answered.
//
// Wrong credentials are an ErrRefused, and what is not of the mechanism is an ErrResponse. After an error, all further calls return it.
func (s *Server) Next(response []byte) (challenge []byte, done bool, err error) {
	s.responses++
	switch {
	case s.err != nil:
		return nil, false, s.err
	case s.done, s.responses > maxResponses, len(response) > maxMessage, response == nil && s.responses > 1:
		err = ErrResponse
	default:
		challenge, done, err = s.half.next(response)
	}
	if err != nil {
		if !errors.Is(err, ErrResponse) && !errors.Is(err, ErrRefused) {
			err = &refusedError{err}
		}
		s.err, s.user, s.authenticated, s.done = err, "", "", false
		return nil, false, err
	}
	s.done = done
	return challenge, done, nil
}

// User returns whom the client acts as, when the exchange is done; before, and after a failure, "".
func (s *Server) User() string {
	if !s.done {
		return ""
	}
	return s.user
}

// Authenticated returns who the client is, which differs from User if the client acts for another; "" before the end.
func (s *Server) Authenticated() string {
	if !s.done {
		return ""
	}
	return s.authenticated
}

// refusedError is an error of the configuration's functions, which is the server's to log and nothing that the client should see.
type refusedError struct{ why error }

func (e *refusedError) Error() string        { return ErrRefused.Error() + ": " + e.why.Error() }
func (e *refusedError) Unwrap() error        { return e.why }
func (e *refusedError) Is(target error) bool { return target == ErrRefused }

// authorize lets user act as authzid.
func (s *Server) authorize(user, authzid string) error {
	if user == "" {
		return ErrRefused
	}
	if authzid == "" || authzid == user {
		s.authenticated, s.user = user, user
		return nil
	}
	if s.cfg.Authorize == nil {
		return ErrRefused
	}
	if err := s.cfg.Authorize(user, authzid); err != nil {
		return err
	}
	s.authenticated, s.user = user, authzid
	return nil
}

// password checks a password that came in clear.
func (s *Server) password(user, authzid string, password Secret) error {
	if s.cfg.Check != nil {
		if err := s.cfg.Check(user, password); err != nil {
			return err
		}
		return s.authorize(user, authzid)
	}
	want, err := s.lookup(user)
	if good := want.Equal(password); err != nil || !good {
		return cmp.Or(err, ErrRefused)
	}
	return s.authorize(user, authzid)
}

// lookup returns the password of a user. An empty password is none. With an error it returns one that nobody has, so that an unknown user takes the same time.
func (s *Server) lookup(user string) (Secret, error) {
	if s.cfg.Password == nil {
		return NewSecret(rand.Text()), ErrRefused
	}
	p, err := s.cfg.Password(user)
	if err != nil || p.Empty() {
		return NewSecret(rand.Text()), cmp.Or(err, ErrRefused)
	}
	return p, nil
}

func (s *Server) host() string {
	if s.cfg.Host == "" {
		return "localhost"
	}
	return s.cfg.Host
}

func (s *Server) freshNonce() string {
	if s.nonce != "" {
		return s.nonce
	}
	return rand.Text()
}
