package auth

import (
	"cmp"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-sasl"
)

// maxMessage is the length in octets of the longest challenge or response that is accepted. It leaves room for long
// OAuth tokens. Messages of SCRAM and DIGEST-MD5 must be shorter (see maxText).
const maxMessage = 64 << 10

// maxResponses is how many responses a server accepts in one exchange.
const maxResponses = 8

// ServerConfig has the functions that a Server calls, and describes the connection. If a function is nil, the
// mechanisms that need it are not available. The functions may return any error. The Server tells the client only that
// it was refused, unless Token returns an *OAuthError.
//
// A name that the client has sent is prepared by Username before a function is called with it. If Username fails, the
// function is called with the name unchanged. If the name is not UTF-8, or has NUL, CR or LF, no function is called
// with it: the Server refuses the client with ErrResponse.
type ServerConfig struct {
	// Password returns the password of a user, for PLAIN and LOGIN (unless Check is set), CRAM-MD5, DIGEST-MD5, and SCRAM
	// (unless Keys is set). PLAIN and LOGIN also accept a password that equals it after OpaqueString has prepared both.
	Password func(user string) (Secret, error)
	// Check checks a password, for PLAIN and LOGIN. The argument password is what the client has sent, without any
	// preparation. It has no NUL.
	Check func(user string, password Secret) error
	// Keys returns the keys that are stored for a user, for SCRAM. mechanism is the name of the SCRAM mechanism,
	// without "-PLUS" at its end.
	Keys func(mechanism, user string) (StoredKeys, error)
	// Token checks the token of OAUTHBEARER and XOAUTH2, and returns the user to whom it belongs. The argument name is
	// the user that the client names, or "".
	Token func(name string, token Secret) (user string, err error)
	// Anonymous returns the user name for a client that uses ANONYMOUS. The trace is the text that the client has sent.
	Anonymous func(trace string) (user string, err error)
	// External is the user that the connection identifies, for example the name in the client's certificate. "" means
	// that it identifies no user.
	External string
	// Authorize returns nil if user may act as authzid, another user. If Authorize is nil, no user may act as another.
	Authorize func(user, authzid string) error

	// TLS is the state of the connection, for channel binding. Nil means that the connection does not use TLS, and then
	// no -PLUS mechanism is available. A server that offers SCRAM but no -PLUS mechanism must leave TLS nil. With TLS,
	// SCRAM refuses a client that supports channel binding and has seen no -PLUS mechanism, because an attacker may have
	// removed it from the list (RFC 5802 §6).
	TLS *tls.ConnectionState
	// Certificate is the server's certificate, for the channel binding tls-server-end-point.
	Certificate *x509.Certificate

	// Bindings lists the types of channel binding that the server accepts. Nil means all types that the connection has.
	Bindings []string

	Service string // for DIGEST-MD5; "imap" if empty
	Host    string // the server's name; if "", DIGEST-MD5 and OAUTHBEARER accept any
	Port    int    // the server's port; if 0, OAUTHBEARER accepts any
	Realm   string // for DIGEST-MD5; Host if empty

	// Iterations is the iteration count of SCRAM for users whose passwords Password returns, and for users whom Keys does
	// not know; 0 means 4096. With Keys, it should be the count of the stored keys, so that a client does not learn which
	// users exist.
	Iterations int
	// SaltKey is a key from which the server derives the salts of users without stored keys, and of unknown users. So a
	// user has the same salt in each exchange. If it is empty, salts are random. It should be long and secret.
	SaltKey Secret
}

// A Server is the server's half of one exchange.
type Server struct {
	hide
	cfg       *ServerConfig
	mech      string
	half      serverHalf
	nonce     string // replaces the random nonce in tests
	responses int
	done      bool
	err       error

	authenticated, user string
}

var _ sasl.Server = (*Server)(nil)

// A serverHalf is the server's half of one mechanism. At the first call of next, response is nil if the client has sent
// no initial response.
type serverHalf interface {
	next(response []byte) (challenge []byte, done bool, err error)
}

// NewServer returns the server's half of a mechanism for one exchange. If cfg does not have the functions for it, the
// error is an ErrNoMechanism. The caller must not change cfg during the exchange.
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

// Mechanisms returns the names of the mechanisms for which cfg has the functions, the strongest first. It includes
// PLAIN, LOGIN, OAUTHBEARER and XOAUTH2 even if others can read the connection; see Reveals.
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

// Next takes a response of the client. It returns the next challenge, which the caller owns. If the client is
// authenticated, done is true. At the first call, response is nil if the client has sent no initial response. If a
// mechanism has a last message for the client, Next returns that message as a challenge, and done is true only after
// the client's answer.
//
// If the credentials are wrong, the error is an ErrRefused. If a response breaks the rules of the mechanism, the error
// is an ErrResponse. After an error, all further calls return that error.
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

// User returns the name of the user that the client acts as. Before the end of the exchange, and after a failure, it
// returns "".
func (s *Server) User() string {
	if !s.done {
		return ""
	}
	return s.user
}

// Authenticated returns the user who has logged in. The result differs from that of User if the client acts as another
// user. Before the end of the exchange, and after a failure, it returns "".
func (s *Server) Authenticated() string {
	if !s.done {
		return ""
	}
	return s.authenticated
}

// A refusedError is an error of a function in ServerConfig. The server may log it, but must not send it to the client.
type refusedError struct{ why error }

func (e *refusedError) Error() string        { return ErrRefused.Error() + ": " + e.why.Error() }
func (e *refusedError) Unwrap() error        { return e.why }
func (e *refusedError) Is(target error) bool { return target == ErrRefused }

// clientName prepares a user's name that the client has sent, by Username. If Username fails, clientName returns the
// name unchanged. ok is false if the name is not UTF-8, or has NUL, CR or LF.
func clientName(s string) (name string, ok bool) {
	return prepareOrKeep(Username, s), utf8.ValidString(s) && !strings.ContainsAny(s, "\x00\r\n")
}

// authorize notes that user has logged in and acts as authzid. It returns an error if user may not act as authzid.
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

// password checks a password that was sent in clear text.
func (s *Server) password(user, authzid string, password Secret) error {
	if s.cfg.Check != nil {
		if err := s.cfg.Check(user, password); err != nil {
			return err
		}
		return s.authorize(user, authzid)
	}
	want, err := s.lookup(user)
	good := want.Equal(password)
	if !good {
		// The client may compose characters in another way (RFC 4616 §2, RFC 8265 §4.2).
		prepare := func(s Secret) Secret { return NewSecret(prepareOrKeep(OpaqueString, s.Reveal())) }
		good = prepare(want).Equal(prepare(password))
	}
	if err != nil || !good {
		return cmp.Or(err, ErrRefused)
	}
	return s.authorize(user, authzid)
}

// lookup returns the password of a user. An empty password is an error. Together with an error, lookup returns a random
// password, so that the check for an unknown user takes as long as the check for a known user.
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
