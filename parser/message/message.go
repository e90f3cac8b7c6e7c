package message

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/imapstack/imapstack/parser"
)

// These are the limits on a message. What exceeds them is not parsed.
const (
	MaxDepth     = 50     // nested parts
	MaxParts     = 10_000 // parts of a message, on all levels
	MaxAddresses = 10_000 // addresses in one field of an envelope
	MaxParams    = 200    // parameters of one field

	MaxHeader  = 1 << 20  // octets of a header that are searched for fields
	MaxText    = 16 << 20 // octets of decoded text that a search reads
	maxHeaders = 8 << 20  // octets of all headers of a message
)

// A Message has the octets of a message, and what is known about them. New, Open and Restore make a Message.
type Message struct {
	src   *octets
	saved *saved // set by Restore, otherwise nil

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

// New returns the message whose octets are raw. It does not parse raw, but keeps it, so raw must not be changed.
func New(raw []byte) *Message { return &Message{src: &octets{raw: raw, size: int64(len(raw))}} }

// Open returns the message in the first size octets of r, which may be a file. It reads these octets once to find the
// parts of the message, and keeps only the headers in memory. Methods read everything else from r when they need it, so
// r must stay open. Several goroutines may read from r at once, as io.ReaderAt allows. The error is the one with which
// reading r has failed. The method Err reports errors of later reads.
func Open(r io.ReaderAt, size int64) (*Message, error) {
	m := &Message{src: &octets{r: r, size: size}}
	m.Root()
	if err := m.Err(); err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	return m, nil
}

// Err returns the first error of reading the message. Results that are computed after the error may be wrong.
func (m *Message) Err() error { return m.src.failure() }

// Raw returns the octets if they are in memory, otherwise nil. They are valid until the program ends, and must not
// be changed.
func (m *Message) Raw() []byte { return m.src.raw }

// All returns all octets of the message.
func (m *Message) All() Section { return sectionOf(m.src, 0, m.src.size) }

// Size returns the number of octets, which is RFC822.SIZE.
func (m *Message) Size() int64 { return m.src.size }

// ID returns an identifier that is made from the SHA-256 hash of the octets. Messages with the same octets have the
// same identifier. Other messages have different ones, as EMAILID requires (RFC 8474 §5.1).
func (m *Message) ID() string {
	m.identity.Do(func() {
		h := sha256.New()
		if _, err := io.Copy(h, m.All().Reader()); err != nil {
			m.src.fail(err)
		}
		m.id = "M" + hex.EncodeToString(h.Sum(nil)[:12])
	})
	return m.id
}

// Root returns the whole message as a part, which is the top of its structure.
func (m *Message) Root() *Part {
	m.structure.Do(func() {
		if m.saved != nil {
			m.root = m.saved.root
		} else {
			m.root = scan(m.src)
		}
	})
	return m.root
}
