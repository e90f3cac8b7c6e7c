package auth

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"hash"
	"slices"
	"strconv"
	"strings"
)

// scramServer is the server's half of SCRAM.
type scramServer struct {
	*Server
	hash  func() hash.Hash
	base  string
	plus  bool
	state int

	first       clientFirst
	message     string // the server's first message
	nonce       string // the client's nonce, followed by the server's
	keys        StoredKeys
	unknownUser error
	failed      error
}

// These are the states of a scramServer.
const (
	scramServerFirst = iota
	scramServerFinal
	scramServerDone
)

func newSCRAMServer(s *Server) *scramServer {
	base, plus := strings.CutSuffix(s.mech, "-PLUS")
	return &scramServer{Server: s, base: base, plus: plus, hash: scramHashes[base]}
}

func (s *scramServer) next(response []byte) ([]byte, bool, error) {
	switch {
	case s.failed != nil:
		return nil, false, s.failed
	case response == nil:
		return []byte{}, false, nil
	case s.state == scramServerFirst:
		return s.begin(string(response))
	case s.state == scramServerFinal:
		return s.finish(string(response))
	}
	// The client answers the signature with an empty response.
	if len(response) > 0 {
		return nil, false, ErrResponse
	}
	return nil, true, nil
}

// fail returns a challenge that tells the client an error value (RFC 5802 §7). When the client has answered the
// challenge, next returns err.
func (s *scramServer) fail(value string, err error) ([]byte, bool, error) {
	s.failed = err
	return []byte("e=" + value), false, nil
}

func (s *scramServer) begin(message string) ([]byte, bool, error) {
	var err error
	if s.first, err = parseClientFirst(message); err != nil {
		if errors.Is(err, errSCRAMExtension) {
			return s.fail("extensions-not-supported", ErrResponse)
		}
		return s.fail("invalid-encoding", ErrResponse)
	}
	have := s.cfg.bindings()
	switch {
	case s.plus && s.first.flag != 'p', !s.plus && s.first.flag == 'p':
		return s.fail(valueBindingUnsupported, ErrResponse)
	case s.first.flag == 'p' && !slices.Contains(have, s.first.binding):
		return s.fail(valueBindingType, ErrRefused)
	case s.first.flag == 'y' && len(have) > 0:
		return s.fail(valueBindingStripped, ErrRefused)
	}
	var ok1, ok2 bool
	s.first.user, ok1 = clientName(s.first.user)
	s.first.authzid, ok2 = clientName(s.first.authzid)
	if !ok1 || !ok2 {
		return s.fail("invalid-username-encoding", ErrResponse)
	}
	s.keys, s.unknownUser = s.lookupKeys(s.first.user)
	s.nonce = s.first.nonce + s.freshNonce()
	s.message = "r=" + s.nonce + ",s=" + strictBase64.EncodeToString([]byte(s.keys.Salt)) + ",i=" + strconv.Itoa(s.keys.Iterations)
	s.state = scramServerFinal
	return []byte(s.message), false, nil
}

// lookupKeys returns the stored keys of a user. For an unknown user it also returns keys, together with an error. So
// the exchange goes on to its end, and the client does not learn that the user is unknown.
func (s *scramServer) lookupKeys(user string) (StoredKeys, error) {
	salt, iterations := s.salt(user), s.cfg.Iterations
	if iterations <= 0 {
		iterations = MinIterations
	}
	if s.cfg.Keys != nil {
		k, err := s.cfg.Keys(s.base, user)
		if size := s.hash().Size(); err == nil && k.Salt != "" && k.Iterations > 0 && len(k.Stored.Reveal()) == size && len(k.Server.Reveal()) == size {
			return k, nil
		}
		if err == nil {
			err = ErrRefused
		}
		return StoredKeys{Salt: salt, Iterations: iterations}, err
	}
	password, unknown := s.lookup(user)
	k, err := NewStoredKeys(s.base, password, salt, iterations)
	return k, errors.Join(unknown, err)
}

func (s *scramServer) salt(user string) string {
	if s.cfg.SaltKey.Empty() {
		return rand.Text()[:16]
	}
	return string(hmacOf(sha256.New, []byte(s.cfg.SaltKey.Reveal()), s.base+"\x00"+user)[:16])
}

func (s *scramServer) finish(message string) ([]byte, bool, error) {
	m, err := parseClientFinal(message)
	if err != nil || m.nonce != s.nonce || len(m.proof) != s.hash().Size() {
		if errors.Is(err, errSCRAMExtension) {
			return s.fail("extensions-not-supported", ErrResponse)
		}
		return s.fail("other-error", ErrResponse)
	}
	bound := []byte(s.first.header)
	if s.first.flag == 'p' {
		data, err := ChannelBinding(s.first.binding, s.cfg.TLS, s.cfg.Certificate)
		if err != nil {
			return s.fail(valueBindingType, ErrRefused)
		}
		bound = append(bound, data...)
	}
	if m.binding != strictBase64.EncodeToString(bound) {
		return s.fail(valueBindingMismatch, ErrRefused)
	}
	authMessage := s.first.bare + "," + s.message + "," + m.without
	client := proofOf(s.hash, m.proof, s.keys.Stored, authMessage)
	if s.unknownUser != nil || !hmac.Equal([]byte(storedKey(s.hash, NewSecret(string(client))).Reveal()), []byte(s.keys.Stored.Reveal())) {
		return s.fail("invalid-proof", cmp.Or(s.unknownUser, ErrRefused))
	}
	if err := s.authorize(s.first.user, s.first.authzid); err != nil {
		return s.fail("other-error", err)
	}
	s.state = scramServerDone
	return []byte("v=" + strictBase64.EncodeToString(hmacOf(s.hash, []byte(s.keys.Server.Reveal()), authMessage))), false, nil
}
