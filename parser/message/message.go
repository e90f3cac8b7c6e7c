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

// Limits on a message. What exceeds them is not parsed.
const (
	MaxDepth     = 50     // parts within parts
	MaxParts     = 10_000 // parts on all levels
	MaxAddresses = 10_000 // addresses in one field of an envelope
	MaxParams    = 200    // parameters of one field

	MaxHeader  = 1 << 20  // octets of one header in which fields are looked for
	MaxText    = 16 << 20 // octets of text, after decoding, that a search looks at
	maxHeaders = 8 << 20  // octets of all headers of a message
)

// A Message is the octets of a message and what is known about them. New, Open and Restore make one.
type Message struct {
	src   *octets
	saved *saved // what Restore was given; nil otherwise

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

// New returns a message with the octets raw, which it keeps and which must not be changed. New does not parse them.
func New(raw []byte) *Message { return &Message{src: &octets{raw: raw, size: int64(len(raw))}} }

// Open returns a message with the first size octets of r, such as a file, and reads it once to find its parts. It keeps
// only the headers in memory and reads everything else from r when a method asks for it, so r must stay open that long.
// Several goroutines may use r at once, which io.ReaderAt allows. The error is the reader's. Err reports a later one.
func Open(r io.ReaderAt, size int64) (*Message, error) {
	m := &Message{src: &octets{r: r, size: size}}
	m.Root()
	if err := m.Err(); err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	return m, nil
}

// Err returns the first error of reading the message's octets. Results computed after it may be wrong.
func (m *Message) Err() error { return m.src.failure() }

// Raw returns the octets if they are in memory, otherwise nil; valid until the program ends, and not to be changed.
func (m *Message) Raw() []byte { return m.src.raw }

// All returns the octets.
func (m *Message) All() Section { return sectionOf(m.src, 0, m.src.size) }

// Size returns the number of octets: RFC822.SIZE.
func (m *Message) Size() int64 { return m.src.size }

// ID returns an identifier that all messages with the same octets have, and no others: an EMAILID (RFC 8474 §5.1).
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

// Root returns the message as a part: the top of its structure.
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
