package auth

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"sync"
)

// The SCRAM mechanisms. Each has a form that binds to the TLS connection, with "-PLUS" after the name.
const (
	SCRAMSHA1   = "SCRAM-SHA-1"   // RFC 5802
	SCRAMSHA256 = "SCRAM-SHA-256" // RFC 7677
	SCRAMSHA512 = "SCRAM-SHA-512" // as the other two; draft-melnikov-scram-sha-512
)

var scramHashes = map[string]func() hash.Hash{
	SCRAMSHA1:   sha1.New,
	SCRAMSHA256: sha256.New,
	SCRAMSHA512: sha512.New,
}

// SCRAMKeys are what a client makes of a password, a salt and an iteration count, at the cost of that many hashes. Who has them can log
// in without the password, while salt and count stay the same.
type SCRAMKeys struct {
	Client, Server Secret // ClientKey and ServerKey of RFC 5802 §3
}

// KeyID names a pair of keys.
type KeyID struct {
	Mechanism  string // without "-PLUS"
	User       string
	Salt       string // octets
	Iterations int
}

// KeyCache keeps keys, so that a client that logs in again, or over many connections, need not make them again. It is given
// keys only after the server has proved that they are right. It may be used from several goroutines.
type KeyCache interface {
	// Load returns the keys, if they are there and of the password. An empty password is that of a client which has
	// kept nothing but keys.
	Load(id KeyID, password Secret) (SCRAMKeys, bool)
	// Store keeps keys.
	Store(id KeyID, password Secret, keys SCRAMKeys)
}

// NewKeyCache returns a cache that keeps the keys of as many as 256 accounts in memory. It returns keys only for the password
// that made them.
func NewKeyCache() KeyCache { return &memoryKeys{kept: map[KeyID]keptKeys{}} }

const maxKept = 256

type memoryKeys struct {
	hide
	mu   sync.Mutex
	kept map[KeyID]keptKeys
}

type keptKeys struct {
	password Secret
	keys     SCRAMKeys
}

func (m *memoryKeys) Load(id KeyID, password Secret) (SCRAMKeys, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.kept[id]
	if !ok || password.Empty() || !k.password.Equal(password) {
		return SCRAMKeys{}, false
	}
	return k.keys, true
}

func (m *memoryKeys) Store(id KeyID, password Secret, keys SCRAMKeys) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for old := range m.kept {
		// A new salt makes what was kept of the account useless.
		if old.Mechanism == id.Mechanism && old.User == id.User || len(m.kept) >= maxKept {
			delete(m.kept, old)
		}
	}
	m.kept[id] = keptKeys{password, keys}
}

// NewSCRAMKeys makes the keys of a password, which has been prepared (see OpaqueString), with the mechanism's hash.
func NewSCRAMKeys(mechanism string, password Secret, salt string, iterations int) (SCRAMKeys, error) {
	h := scramHashes[mechanism]
	if h == nil || salt == "" || iterations < 1 {
		return SCRAMKeys{}, fmt.Errorf("auth: no keys for %.32q with %d octets of salt and %d iterations", mechanism, len(salt), iterations)
	}
	salted, err := pbkdf2.Key(h, password.Reveal(), []byte(salt), iterations, h().Size())
	if err != nil {
		return SCRAMKeys{}, fmt.Errorf("auth: %s: %w", mechanism, err)
	}
	return SCRAMKeys{
		Client: NewSecret(string(hmacOf(h, salted, "Client Key"))),
		Server: NewSecret(string(hmacOf(h, salted, "Server Key"))),
	}, nil
}

// StoredKeys are what a server keeps of a password for SCRAM: it can check the password with them, and prove that it knows it,
// but nobody can log in with them.
type StoredKeys struct {
	Salt       string // octets
	Iterations int
	Stored     Secret // StoredKey of RFC 5802 §3: the hash of ClientKey
	Server     Secret // ServerKey
}

// NewStoredKeys makes what a server keeps. The password is prepared by OpaqueString, and taken as it is if that fails.
func NewStoredKeys(mechanism string, password Secret, salt string, iterations int) (StoredKeys, error) {
	k, err := NewSCRAMKeys(mechanism, NewSecret(orAsIs(OpaqueString, password.Reveal())), salt, iterations)
	if err != nil {
		return StoredKeys{}, err
	}
	return StoredKeys{Salt: salt, Iterations: iterations, Stored: storedKey(scramHashes[mechanism], k.Client), Server: k.Server}, nil
}

func storedKey(h func() hash.Hash, client Secret) Secret {
	m := h()
	m.Write([]byte(client.Reveal()))
	return NewSecret(string(m.Sum(nil)))
}

func hmacOf(h func() hash.Hash, key []byte, message string) []byte {
	m := hmac.New(h, key)
	m.Write([]byte(message))
	return m.Sum(nil)
}

// proofOf is ClientKey XOR ClientSignature, which is its own inverse: of ClientKey it makes the proof, and of the proof ClientKey.
func proofOf(h func() hash.Hash, key []byte, stored Secret, authMessage string) []byte {
	p := hmacOf(h, []byte(stored.Reveal()), authMessage)
	for i := range p {
		p[i] ^= key[i]
	}
	return p
}
