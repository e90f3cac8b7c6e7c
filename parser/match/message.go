package match

import (
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
)

// A Message is a message that is searched, sorted or threaded. The results of its methods must not change during a call
// of this package. ModSeqer, SaveDater and Identified are for data that only some servers have.
type Message interface {
	// Seq returns the sequence number.
	Seq() uint32
	// UID returns the unique identifier.
	UID() uint32
	// HasFlag reports whether a keyword or a system flag is set, including `\Recent`. The name may be in any case.
	HasFlag(name string) bool
	// Size returns RFC822.SIZE.
	Size() int64
	// InternalDate returns INTERNALDATE in its zone, which determines the day (RFC 9051 §6.4.4).
	InternalDate() time.Time
	// Content returns the content of the message, or nil if it cannot be read. If Content returns nil, a search key
	// that needs the content does not match the message.
	Content() Content
}

// A ModSeqer is a Message of a server with CONDSTORE (RFC 7162). The mod-sequence of any other Message counts as 0.
type ModSeqer interface {
	ModSeq() uint64
}

// A SaveDater is a Message of a server with SAVEDATE (RFC 8514). A message without a save date returns the zero
// time, or is not a SaveDater.
type SaveDater interface {
	SaveDate() time.Time
}

// Identified is a Message of a server with OBJECTID (RFC 8474).
type Identified interface {
	EmailID() string
	ThreadID() string
}

// A Content is the content of a message. *message.Message implements it.
type Content interface {
	// Envelope returns the envelope. It is valid until the message is changed or dropped.
	Envelope() *parser.Envelope
	// Header returns the decoded values of all fields with the given name, which may be in any case.
	Header(name string) []string
	// HeaderText returns the whole header, unfolded and decoded to UTF-8.
	HeaderText() string
	// BodyText returns the texts of the body, decoded to UTF-8.
	BodyText() string
	// Sent returns the time in the Date field, or the zero time.
	Sent() time.Time
	// Thread returns the links of the message to other messages.
	Thread() message.Thread
}

// A none is the Content of a message that cannot be read. It has no fields and no text.
type none struct{}

func (none) Envelope() *parser.Envelope { return &parser.Envelope{} }
func (none) Header(string) []string     { return nil }
func (none) HeaderText() string         { return "" }
func (none) BodyText() string           { return "" }
func (none) Sent() time.Time            { return time.Time{} }
func (none) Thread() message.Thread     { return message.Thread{} }

// content returns the content of the message. It is never nil.
func content(m Message) Content {
	if c := m.Content(); c != nil {
		return c
	}
	return none{}
}

func modSeq(m Message) uint64 {
	if x, ok := m.(ModSeqer); ok {
		return x.ModSeq()
	}
	return 0
}

func saved(m Message) (t time.Time) {
	if x, ok := m.(SaveDater); ok {
		t = x.SaveDate()
	}
	return t
}
