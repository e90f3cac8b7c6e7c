package message

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"github.com/imapstack/imapstack/parser"
)

// What a message may hold; what is beyond is not looked into.
const (
	MaxDepth     = 50     // parts within parts
	MaxParts     = 10_000 // parts of all levels
	MaxAddresses = 10_000 // addresses in one field of an envelope
	MaxParams    = 200    // parameters of one field
)

// A Message is the octets of a message and what is known of them. Use New.
type Message struct {
	raw []byte

	structure sync.Once
	root      *Part

	envelope sync.Once
	env      *parser.Envelope

	body      sync.Once
	bodyStr   *parser.BodyStructure
	identity  sync.Once
	id        string
	threading sync.Once
	thread    Thread
	dating    sync.Once
	sent      time.Time
	viewing   sync.Once
	preview   string
	searching sync.Once
	text      text

	sentEnvelope, sentStructure encoding
}

// New returns a message of the octets raw, which now belong to it and must not be changed. It does not look at them yet.
func New(raw []byte) *Message { return &Message{raw: raw} }

// Raw returns the octets; valid until the program ends, and not to be changed.
func (m *Message) Raw() []byte { return m.raw }

// Size returns the number of octets: RFC822.SIZE.
func (m *Message) Size() int64 { return int64(len(m.raw)) }

// ID returns an identifier that messages of the same octets share, and no others: an EMAILID (RFC 8474 §5.1).
func (m *Message) ID() string {
	m.identity.Do(func() {
		sum := sha256.Sum256(m.raw)
		m.id = "M" + hex.EncodeToString(sum[:12])
	})
	return m.id
}

// Root returns the message as a part: the top of its structure.
func (m *Message) Root() *Part {
	m.structure.Do(func() { m.root = parse(m.raw) })
	return m.root
}
