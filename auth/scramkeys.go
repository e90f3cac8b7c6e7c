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

// The SCRAM mechanisms. Each also has a form that binds to the TLS connection, with "-PLUS" after the name.
const (
	SCRAMSHA1   = "SCRAM-SHA-1"   // RFC 5802
	SCRAMSHA256 = "SCRAM-SHA-256" // RFC 7677
	SCRAMSHA512 = "SCRAM-SHA-512" // like the other two; draft-melnikov-scram-sha-512
)

var scramHashes = map[string]func() hash.Hash{
	SCRAMSHA1:   sha1.New,
	SCRAMSHA256: sha256.New,
	SCRAMSHA512: sha512.New,
}

// SCRAMKeys are what a client computes from a password, a salt and an iteration count, at the cost of that many hashes.
// They suffice to log in without the password as long as salt and count stay the same.
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

// KeyCache keeps keys, so that a client that logs in again, or over many connections, need not compute them again. It
// receives keys only after the server has proved that they are right. Several goroutines may use it.
type KeyCache interface {
	// Load returns the keys, if the cache has them and they belong to the password. The password is empty if the client
	// has kept only keys.
	Load(id KeyID, password Secret) (SCRAMKeys, bool)
	// Store keeps keys.
	Store(id KeyID, password Secret, keys SCRAMKeys)
}

// NewKeyCache returns a cache that keeps the keys of up to 256 accounts in memory. It returns keys only for the
// password from which they were made.
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
		// A new salt makes the account's older keys useless.
		if old.Mechanism == id.Mechanism && old.User == id.User || len(m.kept) >= maxKept {
			delete(m.kept, old)
		}
	}
	m.kept[id] = keptKeys{password, keys}
}

// NewSCRAMKeys computes the keys of a prepared password (see OpaqueString) with the mechanism's hash.
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

// StoredKeys are what a server stores of a password for SCRAM. With them it can check the password and prove that it
// knows it, but nobody can log in with them.
type StoredKeys struct {
	Salt       string // octets
	Iterations int
	Stored     Secret // StoredKey of RFC 5802 §3: the hash of ClientKey
	Server     Secret // ServerKey
}

// NewStoredKeys computes what a server stores. OpaqueString prepares the password; if that fails, it is used unchanged.
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

// proofOf is ClientKey XOR ClientSignature. It is its own inverse: it turns ClientKey into the proof, and the proof
// into ClientKey.
func proofOf(h func() hash.Hash, key []byte, stored Secret, authMessage string) []byte {
	p := hmacOf(h, []byte(stored.Reveal()), authMessage)
	for i := range p {
		p[i] ^= key[i]
	}
	return p
}
