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

// maxMessage is the longest challenge or response that is accepted, in octets. Only tokens need more than a tenth of
// it.
const maxMessage = 64 << 10

// maxResponses is how many responses a server accepts in one exchange.
const maxResponses = 8

// ServerConfig holds the functions that the servers' halves of the mechanisms call, and describes the connection. A
// mechanism that needs a nil function is unavailable. The functions may return any error. The client learns only that
// it was refused, unless Token returns an *OAuthError.
type ServerConfig struct {
	// Password returns the password of a user, for PLAIN and LOGIN (unless Check is set), CRAM-MD5, DIGEST-MD5, and
	// SCRAM (unless Keys is set).
	Password func(user string) (Secret, error)
	// Check checks a password, for PLAIN and LOGIN.
	Check func(user string, password Secret) error
	// Keys returns what is stored of a user's password for SCRAM. mechanism is without "-PLUS".
	Keys func(mechanism, user string) (StoredKeys, error)
	// Token checks the token of OAUTHBEARER and XOAUTH2 and returns its user. name is the user that the client names,
	// or "".
	Token func(name string, token Secret) (user string, err error)
	// Anonymous receives the trace of ANONYMOUS and returns the name that the client then has.
	Anonymous func(trace string) (user string, err error)
	// External is the user that the connection tells, for example the name in the client's certificate; "" is nobody.
	External string
	// Authorize returns nil if user may act as another, authzid. If it is nil, nobody may.
	Authorize func(user, authzid string) error

	// TLS is the state of the connection, for channel binding. Nil means that the connection does not use TLS, and
	// rules out -PLUS.
	TLS *tls.ConnectionState
	// Certificate is the server's own, for the channel binding tls-server-end-point.
	Certificate *x509.Certificate

	// Bindings lists the types of channel binding that the server accepts if the connection has them; nil means all.
	Bindings []string

	Service string // for DIGEST-MD5; "imap" if empty
	Host    string // the server's name; if "", DIGEST-MD5 and OAUTHBEARER accept any
	Port    int    // the server's port; if 0, OAUTHBEARER accepts any
	Realm   string // for DIGEST-MD5; Host if empty

	// Iterations is SCRAM's count for users whose password is known; 0 means 4096.
	Iterations int
	// SaltKey makes the salts of such users and of unknown users the same each time. If it is empty, salts are random.
	// It should be long, and known to nobody else.
	SaltKey Secret
}

// A Server is the server's half of one exchange.
type Server struct {
	hide
	cfg       *ServerConfig
	mech      string
	half      half
	nonce     string // replaces the random nonce in tests
	responses int
	done      bool
	err       error

	authenticated, user string
}

var _ sasl.Server = (*Server)(nil)

// half is a mechanism. response is nil at first if the client has sent no initial response.
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

// Mechanisms returns the names of the mechanisms that cfg can serve, strongest first. It includes PLAIN, LOGIN,
// OAUTHBEARER and XOAUTH2 even if others can read the connection; see Reveals.
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

// Next takes a response and returns the next challenge, which the caller owns, or reports that the client is
// authenticated. response is nil at the first call if the client has sent no initial response. If a mechanism's last
// message to the client matters, Next returns it as a challenge, and is done after the client's answer.
//
// Wrong credentials are an ErrRefused, and a response that breaks the mechanism's rules is an ErrResponse. After an
// error, all further calls return it.
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

// User returns the user as whom the client acts, once the exchange is done. Before that, and after a failure, it
// returns "".
func (s *Server) User() string {
	if !s.done {
		return ""
	}
	return s.user
}

// Authenticated returns the user who logged in, which differs from User if the client acts for another. It returns ""
// before the end.
func (s *Server) Authenticated() string {
	if !s.done {
		return ""
	}
	return s.authenticated
}

// refusedError is an error of the configuration's functions. The server may log it; the client must not see it.
type refusedError struct{ why error }

func (e *refusedError) Error() string        { return ErrRefused.Error() + ": " + e.why.Error() }
func (e *refusedError) Unwrap() error        { return e.why }
func (e *refusedError) Is(target error) bool { return target == ErrRefused }

// authorize lets user act as authzid, or returns an error.
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

// password checks a password that was sent in clear.
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

// lookup returns the password of a user. Empty passwords are refused. With an error it returns a password that nobody
// has, so that an unknown user takes the same time.
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
