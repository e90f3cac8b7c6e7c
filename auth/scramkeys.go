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

// These are the names of the SCRAM mechanisms. With "-PLUS" at its end, a name stands for the mechanism with channel
// binding.
const (
	SCRAMSHA1   = "SCRAM-SHA-1"   // RFC 5802
	SCRAMSHA256 = "SCRAM-SHA-256" // RFC 7677
	SCRAMSHA512 = "SCRAM-SHA-512" // draft-melnikov-scram-sha-512
)

var scramHashes = map[string]func() hash.Hash{
	SCRAMSHA1:   sha1.New,
	SCRAMSHA256: sha256.New,
	SCRAMSHA512: sha512.New,
}

// SCRAMKeys has the keys that a client computes from a password, a salt and an iteration count. The time of the
// computation is proportional to the iteration count. With the keys, a client can log in without the password, until
// the server changes the salt or the count.
type SCRAMKeys struct {
	Client, Server Secret // ClientKey and ServerKey of RFC 5802 §3
}

// KeyID identifies the SCRAMKeys of a password.
type KeyID struct {
	Mechanism  string // without "-PLUS"
	User       string
	Salt       string // any octets
	Iterations int
}

// KeyCache keeps keys, so that a client that logs in several times computes them once. SCRAM stores keys only after the
// server has proved that they are right. A KeyCache must be safe for use by several goroutines at once.
type KeyCache interface {
	// Load returns the keys for id, if the cache has them and they were made from password. If password is empty, the
	// client has no password, and the cache may return the keys without a check.
	Load(id KeyID, password Secret) (SCRAMKeys, bool)
	// Store adds to the cache the keys for id, which were made from password.
	Store(id KeyID, password Secret, keys SCRAMKeys)
}

// NewKeyCache returns a cache that keeps up to 256 SCRAMKeys in memory, one for each user and mechanism. Its Load
// returns keys only for the password from which they were made.
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
		// The older keys of the account are of no use after a change of the salt.
		if old.Mechanism == id.Mechanism && old.User == id.User || len(m.kept) >= maxKept {
			delete(m.kept, old)
		}
	}
	m.kept[id] = keptKeys{password, keys}
}

// NewSCRAMKeys computes keys from a prepared password (see OpaqueString), with the hash of the mechanism.
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

// StoredKeys has the keys that a server stores for SCRAM instead of a password. With them, the server can check a
// client's proof and prove itself to the client. An attacker who has them cannot log in with them.
type StoredKeys struct {
	Salt       string // any octets
	Iterations int
	Stored     Secret // StoredKey of RFC 5802 §3: the hash of ClientKey
	Server     Secret // ServerKey
}

// NewStoredKeys computes the keys that a server stores. It prepares the password by OpaqueString; if that fails, it
// uses the password unchanged.
func NewStoredKeys(mechanism string, password Secret, salt string, iterations int) (StoredKeys, error) {
	k, err := NewSCRAMKeys(mechanism, NewSecret(prepareOrKeep(OpaqueString, password.Reveal())), salt, iterations)
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

// proofOf returns key XOR ClientSignature. If key is ClientKey, the result is the client's proof. If key is the proof,
// the result is ClientKey.
func proofOf(h func() hash.Hash, key []byte, stored Secret, authMessage string) []byte {
	p := hmacOf(h, []byte(stored.Reveal()), authMessage)
	for i := range p {
		p[i] ^= key[i]
	}
	return p
}
