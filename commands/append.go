package commands

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// ErrNoSize reports a message whose size is neither given nor can be found without reading it.
var ErrNoSize = errors.New("commands: APPEND: the size of the message is not known")

// AppendUID tells under which UIDs appended messages are found (RFC 9051 §7.1 APPENDUID). It is zero if
// the server did not tell.
type AppendUID struct {
	UIDValidity uint32
	UIDs        numset.Set
}

// Message is a message to be appended.
type Message struct {
	// Body gives its octets when they are sent, and must not end before Size. It is used only while
	// the session is driven.
	Body io.Reader
	// Size is how many octets it has. -1 is as many as Body has left, if it has a method Len or can seek.
	Size int64
	// Flags are set on it.
	Flags []parser.Flag
	// Date is its INTERNALDATE. Zero leaves that to the server.
	Date time.Time
	// Binary sends it as literal8, which may hold NUL (RFC 3516 §4.4).
	Binary bool
	// UTF8 says that its header has UTF-8 (RFC 6855 §4). It needs Enable of UTF8=ACCEPT.
	UTF8 bool
}

// AppendOption changes a message that Append sends.
type AppendOption func(*Message)

// WithFlags sets flags on the message.
func WithFlags(flags ...parser.Flag) AppendOption { return func(m *Message) { m.Flags = flags } }

// WithDate sets its INTERNALDATE.
func WithDate(t time.Time) AppendOption { return func(m *Message) { m.Date = t } }

// AsBinary sends it as literal8.
func AsBinary() AppendOption { return func(m *Message) { m.Binary = true } }

// AsUTF8 says that its header has UTF-8.
func AsUTF8() AppendOption { return func(m *Message) { m.UTF8 = true } }

// Append adds a message to a mailbox (RFC 9051 §6.3.12). msg is read as it is sent, and not held in memory; size is how many
// octets it has, -1 as many as it has left if it can tell. If the server refuses the message before it is
// sent, nothing of it is read. If msg ends early, the session ends, for the server waits for the rest.
func Append(s *session.Session, mailbox string, msg io.Reader, size int64, opts ...AppendOption) *session.Call[AppendUID] {
	m := Message{Body: msg, Size: size}
	for _, f := range opts {
		f(&m)
	}
	return appendAll(s, mailbox, "", []Message{m})
}

// AppendAll adds several messages in one command: all or none (RFC 3502).
func AppendAll(s *session.Session, mailbox string, messages ...Message) *session.Call[AppendUID] {
	return appendAll(s, mailbox, "MULTIAPPEND", messages)
}

func appendAll(s *session.Session, mailbox, needs string, messages []Message) *session.Call[AppendUID] {
	fail := func(err error) *session.Call[AppendUID] { return session.Failed[AppendUID](s, "APPEND", err) }
	if len(messages) == 0 {
		return fail(&wire.ArgumentError{What: "APPEND", Reason: "needs a message"})
	}
	messages = append([]Message(nil), messages...)
	for i := range messages {
		m := &messages[i]
		if err := m.measure(); err != nil {
			return fail(err)
		}
		if limit, ok := appendLimit(s.Caps()); ok && uint64(m.Size) > limit {
			return fail(&wire.LimitError{What: "message", Limit: int64(limit), Size: m.Size})
		}
		if m.UTF8 && !s.Enabled().Has("UTF8=ACCEPT") && !s.Enabled().Has("IMAP4REV2") {
			return fail(&session.CapabilityError{Command: "APPEND", Needs: "UTF8=ACCEPT enabled"})
		}
		if m.Binary && !s.Caps().HasAny("BINARY|IMAP4REV2") {
			return fail(&session.CapabilityError{Command: "APPEND", Needs: "BINARY"})
		}
	}
	out := new(AppendUID)
	return session.Start(s, session.Command{
		Name: "APPEND", In: loggedIn, Needs: needs,
		Args: func(e *wire.Encoder) {
			parser.EncodeMailbox(e.SP(), mailbox)
			for i := range messages {
				messages[i].encode(e)
			}
		},
		Done: func(r *response) error {
			if v, uids, ok := r.Code.AppendUID(); ok {
				*out = AppendUID{v, uids}
			}
			return nil
		},
	}, out)
}

// appendLimit returns the server's limit for all mailboxes, if it tells one (RFC 7889 §2).
func appendLimit(caps session.Caps) (n uint64, ok bool) {
	for _, v := range caps.Values("APPENDLIMIT=") {
		if n, err := strconv.ParseUint(v, 10, 63); err == nil {
			return n, true
		}
	}
	return 0, false
}

// measure finds the size that is not given.
func (m *Message) measure() error {
	if m.Body == nil {
		return fmt.Errorf("%w: no body", ErrNoSize)
	}
	if m.Size >= 0 {
		return nil
	}
	switch b := m.Body.(type) {
	case interface{ Len() int }:
		m.Size = int64(b.Len())
	case io.Seeker:
		at, err := b.Seek(0, io.SeekCurrent)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNoSize, err)
		}
		end, err := b.Seek(0, io.SeekEnd)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNoSize, err)
		}
		if _, err := b.Seek(at, io.SeekStart); err != nil {
			return fmt.Errorf("%w: %w", ErrNoSize, err)
		}
		m.Size = max(0, end-at)
	default:
		return ErrNoSize
	}
	return nil
}

func (m *Message) encode(e *wire.Encoder) {
	if len(m.Flags) > 0 {
		e.SP().List(len(m.Flags), func(i int) { e.Flag(string(m.Flags[i])) })
	}
	if !m.Date.IsZero() {
		if y := m.Date.Year(); y < 0 || y > 9999 {
			e.Fail(&wire.ArgumentError{What: "date-time", Reason: "has a year of more than four digits"})
			return
		}
		e.SP().Byte('"').Append(func(dst []byte) []byte { return imapdate.AppendFormat(dst, m.Date) }).Byte('"')
	}
	e.SP()
	if m.UTF8 {
		e.Raw("UTF8").SP().Byte('(').Literal(m.Size, true, m.Body).Byte(')')
		return
	}
	e.Literal(m.Size, m.Binary, m.Body)
}
