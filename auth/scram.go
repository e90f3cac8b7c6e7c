package auth

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"hash"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-sasl"
)

// These are the default bounds of SCRAM's iteration count. MinIterations is the least count that RFC 5802 §5.1 and RFC
// 7677 §3 allow servers. With MaxIterations, a client computes for about a second.
const (
	MinIterations = 4096
	MaxIterations = 1_000_000
)

// SCRAMOptions has the options of SCRAM. A nil *SCRAMOptions stands for the zero value.
type SCRAMOptions struct {
	Authzid string // the user to act as; "" is the user who logs in

	// TLS is the state of the connection. The -PLUS mechanisms use its channel binding. The other mechanisms use it to
	// send the flag "y" of RFC 5802 §6. The flag says that the client supports channel binding, but that the server's
	// list had no -PLUS mechanism. A server that did offer a -PLUS mechanism then knows that an attacker has removed it
	// from the list.
	TLS *tls.ConnectionState
	// Binding is the type of channel binding; "" means the first of Bindings.
	Binding string
	// PlusOffered means that the server offers a -PLUS mechanism, although the client uses another one (the flag "n").
	PlusOffered bool

	MinIterations, MaxIterations int // bounds of the iteration count; 0 means the default

	// Prepare prepares the password. If Prepare fails, nothing is sent. If Prepare is nil, OpaqueString prepares the
	// password, and a password that OpaqueString does not allow is used unchanged. See SASLprep.
	Prepare func(password string) (string, error)

	// Keys, if not nil, is a cache of keys. SCRAM uses keys from the cache instead of computing them from the password,
	// and adds new keys to the cache after the server has proved them right. With Keys, the password may be empty.
	Keys KeyCache
}

// SCRAM returns a SCRAM mechanism (RFC 5802, RFC 7677). The argument mechanism is its name, such as SCRAMSHA256 or
// SCRAMSHA256+"-PLUS". The client does not send the password, and the server must prove that it knows the password. The
// mechanism is a Verifier and a Failer.
//
// SCRAM prepares the user's name by Username; if that fails, it sends the name unchanged. If the name is empty, has a
// NUL or is not UTF-8, Start returns an ErrArgument. Next returns an ErrChallenge if a challenge is malformed or has a
// mandatory extension, a bad iteration count, or a nonce that does not begin with the client's nonce. It checks the
// server's first message before it computes keys from the password. If the server's signature is wrong, Next returns
// an ErrUnverified.
func SCRAM(mechanism, user string, password Secret, opts *SCRAMOptions) sasl.Client {
	s := &scram{mech: mechanism, user: user, password: password}
	if opts != nil {
		s.opts = *opts
	}
	return s
}

type scram struct {
	hide
	mech, user string
	password   Secret
	opts       SCRAMOptions

	state    int // which message comes next
	hash     func() hash.Hash
	base     string // the mechanism without "-PLUS"
	prepared Secret
	nonce    string
	fixed    string // replaces the random nonce in tests
	header   string // the GS2 header
	bound    []byte
	bare     string

	id        KeyID
	keys      SCRAMKeys
	cached    bool
	signature []byte // the signature that the server must send; nil before the proof was sent
	failed    *ServerError
}

// These are the states of a scram.
const (
	scramFirst = iota
	scramFinal
	scramVerified
	scramFailed
)

func (s *scram) Start() (mech string, ir []byte, err error) {
	s.state, s.failed, s.signature, s.keys, s.bound = scramFirst, nil, nil, SCRAMKeys{}, nil
	base, plus := strings.CutSuffix(s.mech, "-PLUS")
	if s.base, s.hash = base, scramHashes[base]; s.hash == nil {
		return "", nil, badArgument("SCRAM", "no such mechanism")
	}
	user := prepareOrKeep(Username, s.user)
	if user == "" || !utf8.ValidString(user+s.opts.Authzid) || strings.Contains(user+s.opts.Authzid, "\x00") {
		return "", nil, badArgument(s.mech, "needs a user, of UTF-8 without NUL")
	}
	if s.prepared, err = s.prepare(); err != nil {
		return "", nil, err
	}
	flag, err := s.bind(plus)
	if err != nil {
		return "", nil, err
	}
	s.header = flag + ","
	if s.opts.Authzid != "" {
		s.header += "a=" + saslName(s.opts.Authzid)
	}
	s.header += ","
	s.nonce = cmp.Or(s.fixed, rand.Text())
	s.id = KeyID{Mechanism: s.base, User: user}
	s.bare = "n=" + saslName(user) + ",r=" + s.nonce
	return s.mech, []byte(s.header + s.bare), nil
}

func (s *scram) prepare() (Secret, error) {
	if s.password.Empty() {
		if s.opts.Keys == nil {
			return Secret{}, badArgument(s.mech, "needs a password")
		}
		return Secret{}, nil
	}
	if s.opts.Prepare == nil {
		return NewSecret(prepareOrKeep(OpaqueString, s.password.Reveal())), nil
	}
	p, err := s.opts.Prepare(s.password.Reveal())
	if err != nil || p == "" {
		return Secret{}, badArgument(s.mech, "the password cannot be prepared")
	}
	return NewSecret(p), nil
}

// bind returns the flag of the GS2 header, and sets s.bound to the channel binding data.
func (s *scram) bind(plus bool) (string, error) {
	have := Bindings(s.opts.TLS)
	if !plus {
		if len(have) > 0 && !s.opts.PlusOffered {
			return "y", nil
		}
		return "n", nil
	}
	typ := s.opts.Binding
	if typ == "" {
		if len(have) == 0 {
			return "", &reasonError{s.mech, "the connection has no channel binding", ErrBinding}
		}
		typ = have[0]
	}
	var server *x509.Certificate
	if s.opts.TLS != nil && len(s.opts.TLS.PeerCertificates) > 0 {
		server = s.opts.TLS.PeerCertificates[0]
	}
	data, err := ChannelBinding(typ, s.opts.TLS, server)
	s.bound = data
	return "p=" + typ, err
}

func (s *scram) Next(challenge []byte) ([]byte, error) {
	switch s.state {
	case scramFirst:
		return s.first(string(challenge))
	case scramFinal:
		return s.final(string(challenge))
	}
	return nil, badChallenge(s.mech, "the exchange is over")
}

// first returns the client's proof, the answer to the server's first message.
func (s *scram) first(message string) ([]byte, error) {
	s.state = scramFailed
	if strings.HasPrefix(message, "e=") {
		return s.final(message)
	}
	m, err := parseServerFirst(message)
	if err != nil {
		return nil, badChallenge(s.mech, err.Error())
	}
	// The server's nonce must begin with the client's nonce, and add to it. Otherwise an impostor could replay messages
	// of an earlier exchange.
	if !strings.HasPrefix(m.nonce, s.nonce) || len(m.nonce) == len(s.nonce) {
		return nil, badChallenge(s.mech, "the nonce does not extend the client's")
	}
	lo, hi := s.opts.MinIterations, s.opts.MaxIterations
	if lo <= 0 {
		lo = MinIterations
	}
	if hi <= 0 {
		hi = MaxIterations
	}
	if m.iterations < lo || m.iterations > min(hi, math.MaxInt-1) { // MaxInt may stand for a greater count
		return nil, &IterationError{Mechanism: s.mech, Count: m.iterations, Min: lo, Max: hi}
	}
	s.id.Salt, s.id.Iterations = m.salt, m.iterations
	if err := s.makeKeys(); err != nil {
		return nil, err
	}
	without := "c=" + strictBase64.EncodeToString(append([]byte(s.header), s.bound...)) + ",r=" + m.nonce
	authMessage := s.bare + "," + message + "," + without
	s.signature = hmacOf(s.hash, []byte(s.keys.Server.Reveal()), authMessage)
	proof := proofOf(s.hash, []byte(s.keys.Client.Reveal()), storedKey(s.hash, s.keys.Client), authMessage)
	s.state = scramFinal
	return []byte(without + ",p=" + strictBase64.EncodeToString(proof)), nil
}

func (s *scram) makeKeys() (err error) {
	if s.opts.Keys != nil {
		size := s.hash().Size()
		s.keys, s.cached = s.opts.Keys.Load(s.id, s.password)
		if s.cached && len(s.keys.Client.Reveal()) == size && len(s.keys.Server.Reveal()) == size {
			return nil
		}
	}
	if s.cached = false; s.prepared.Empty() {
		return badArgument(s.mech, "needs a password or keys")
	}
	s.keys, err = NewSCRAMKeys(s.base, s.prepared, s.id.Salt, s.id.Iterations)
	return err
}

// final checks the server's signature in its last message.
func (s *scram) final(message string) ([]byte, error) {
	s.state = scramFailed
	signature, value, err := parseServerFinal(message)
	if err != nil {
		return nil, badChallenge(s.mech, err.Error())
	}
	if value != "" {
		// Continue with an empty answer. After it, the server refuses the command.
		s.failed = &ServerError{Mechanism: s.mech, Value: value}
		return []byte{}, nil
	}
	if s.signature == nil || !hmac.Equal(signature, s.signature) {
		return nil, &reasonError{s.mech, "the server's proof is wrong", ErrUnverified}
	}
	s.state = scramVerified
	if s.opts.Keys != nil && !s.cached {
		s.opts.Keys.Store(s.id, s.password, s.keys)
	}
	return []byte{}, nil
}

// Verified returns nil if the server has sent the right signature.
func (s *scram) Verified() error {
	switch {
	case s.state == scramVerified:
		return nil
	case s.failed != nil:
		return errors.Join(ErrUnverified, s.failed)
	}
	return &reasonError{s.mech, "the server has proved nothing", ErrUnverified}
}

// Judged reports whether the client has sent its proof.
func (s *scram) Judged() bool { return s.signature != nil }

// Failed returns the error that the server has reported, or nil.
func (s *scram) Failed() error {
	if s.failed == nil {
		return nil
	}
	return s.failed
}
