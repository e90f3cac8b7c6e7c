package match

import (
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
)

// A Message is what SEARCH, SORT and THREAD look at. What it returns must not change while one call of this package lasts.
// ModSeqer, SaveDater and Identified are for what not every server has.
type Message interface {
	// Seq returns the sequence number.
	Seq() uint32
	// UID returns the unique identifier.
	UID() uint32
	// HasFlag reports whether a system flag or keyword is set, in whatever case the name is given. `\Recent` is one.
	HasFlag(name string) bool
	// Size returns RFC822.SIZE.
	Size() int64
	// InternalDate returns INTERNALDATE; its zone counts (RFC 9051 §6.4.4).
	InternalDate() time.Time
	// Content returns what is in the message, or nil if that cannot be read: no key that looks into the message is true of
	// it then.
	Content() Content
}

// A ModSeqer is a Message of a server with CONDSTORE (RFC 7162). Without it, MODSEQ finds nothing.
type ModSeqer interface {
	ModSeq() uint64
}

// A SaveDater is a Message of a server with SAVEDATE (RFC 8514). The zero time, or no SaveDater, is a message that has none.
type SaveDater interface {
	SaveDate() time.Time
}

// Identified is a Message of a server with OBJECTID (RFC 8474).
type Identified interface {
	EmailID() string
	ThreadID() string
}

// A Content is what is in a message. *message.Message is one.
type Content interface {
	// Envelope returns the envelope; valid until the message is changed or dropped.
	Envelope() *parser.Envelope
	// Header returns the decoded values of all fields of a name, which is in any case.
	Header(name string) []string
	// HeaderText returns the whole header, unfolded and decoded to UTF-8.
	HeaderText() string
	// BodyText returns the texts of the body, decoded to UTF-8.
	BodyText() string
	// Sent returns the time in the Date field, or the zero time.
	Sent() time.Time
	// Thread returns what ties the message to others.
	Thread() message.Thread
}

// none is the Content of a message that cannot be read: it has no field and no text.
type none struct{}

func (none) Envelope() *parser.Envelope { return &parser.Envelope{} }
func (none) Header(string) []string     { return nil }
func (none) HeaderText() string         { return "" }
func (none) BodyText() string           { return "" }
func (none) Sent() time.Time            { return time.Time{} }
func (none) Thread() message.Thread     { return message.Thread{} }

// content returns what is in the message, which is not nil.
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
