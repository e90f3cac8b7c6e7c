package commands

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// ErrNoSize reports that the size of a message was not given, and cannot be found out without reading the message.
var ErrNoSize = errors.New("commands: APPEND: the size of the message is not known")

// AppendUID holds the UIDs of appended messages (RFC 9051 §7.1 APPENDUID). The AppendUID is zero if the server did not
// send the UIDs.
type AppendUID struct {
	UIDValidity uint32
	UIDs        numset.Set
}

// Message is a message for [AppendAll] or [Replace].
type Message struct {
	// Body supplies the octets of the message, and must have at least as many as Size says. A goroutine of the session
	// reads it, but only while a goroutine of the program drives the session (see package session). A Read may still be
	// running when the wait for the command ends: see session.Config.BodyWait.
	Body io.Reader
	// Size is the number of octets. -1 means all octets that Body has left; in that case, Body must have a method Len
	// or be an io.Seeker.
	Size int64
	// Flags are the message's flags.
	Flags []parser.Flag
	// Date is the message's INTERNALDATE. If it is zero, the server chooses the date.
	Date time.Time
	// Binary sends the message as literal8, which may contain NUL (RFC 3516 §4.4).
	Binary bool
	// UTF8 says that the header contains UTF-8 (RFC 6855 §4). UTF8=ACCEPT or IMAP4rev2 must have been enabled.
	UTF8 bool
	// Annotations are the message's annotations (RFC 5257 §4.6).
	Annotations []parser.EntryAtt
	// Ext are arguments of extensions.
	Ext []AppendExt
	// Parts are the parts from which the server assembles the message (RFC 4469). If there are any, Body, Size,
	// Binary and UTF8 are ignored.
	Parts []Part
}

// AppendOption changes a message that Append sends.
type AppendOption func(*Message)

// WithFlags sets flags on the message.
func WithFlags(flags ...parser.Flag) AppendOption { return func(m *Message) { m.Flags = flags } }

// WithDate sets the message's INTERNALDATE. If t is zero, the server chooses the date. So t may be the result of
// parser.Fetch.Received, which is zero if the date is not known.
func WithDate(t time.Time) AppendOption { return func(m *Message) { m.Date = t } }

// AsBinary sends the message as literal8; see Message.Binary.
func AsBinary() AppendOption { return func(m *Message) { m.Binary = true } }

// AsUTF8 says that the message's header contains UTF-8; see Message.UTF8.
func AsUTF8() AppendOption { return func(m *Message) { m.UTF8 = true } }

// WithAnnotations sets annotations on the message (RFC 5257 §4.6).
func WithAnnotations(entries ...parser.EntryAtt) AppendOption {
	return func(m *Message) { m.Annotations = entries }
}

// AppendExt is an argument that an extension adds to APPEND, for one message (RFC 4466 §2.7). A program that implements
// an extension makes an AppendExt for each such argument.
type AppendExt struct {
	Needs string              // the capability; "A|B" means either
	Write func(*wire.Encoder) // writes the argument's name, and its value after a space
}

// WithExt sets the arguments of extensions for the message.
func WithExt(ext ...AppendExt) AppendOption { return func(m *Message) { m.Ext = ext } }

// Append adds a message to a mailbox (RFC 9051 §6.3.12). It reads msg while it sends it, and does not hold it in
// memory. size is the number of octets, or -1; see Message.Size. If the server refuses the message before it is sent,
// Append reads nothing of msg. If the server refuses the message while it is being sent, the session sends the rest of
// msg, too, and then Wait returns.
//
// If msg has more than size octets, Append sends the first size octets, and returns no error. If msg has fewer, the
// session ends, because the server waits for the rest. The session also ends if the context of Wait ends while msg is
// being sent. If a Read of msg is running at that time, Wait returns at most session.Config.BodyWait later.
func Append(s *session.Session, mailbox string, msg io.Reader, size int64, opts ...AppendOption) *session.Call[AppendUID] {
	m := Message{Body: msg, Size: size}
	for _, f := range opts {
		f(&m)
	}
	return appendAll(s, mailbox, []Message{m})
}

// AppendAll adds several messages in one command: the server adds all or none (RFC 3502). Unlike Append, AppendAll
// also sends messages that the server assembles (Message.Parts). For a single message, the server need not support
// MULTIAPPEND.
func AppendAll(s *session.Session, mailbox string, messages ...Message) *session.Call[AppendUID] {
	return appendAll(s, mailbox, messages)
}

func appendAll(s *session.Session, mailbox string, messages []Message) *session.Call[AppendUID] {
	fail := func(err error) *session.Call[AppendUID] { return session.Failed[AppendUID](s, "APPEND", err) }
	if len(messages) == 0 {
		return fail(invalid("APPEND", "", "needs a message"))
	}
	out := new(AppendUID)
	cmd := session.Command{
		Name: "APPEND", In: loggedIn, Changes: mailbox, Answers: session.TaggedOnly,
		// Some servers send APPENDUID in an untagged OK.
		Claim: func(r *response) bool { return r.Status == parser.OK && r.Code.Name == parser.CodeAppendUID },
		Data:  func(r *response) error { out.read(r.Code); return nil },
		Done:  func(r *response) error { out.read(r.Code); return nil },
	}
	if len(messages) > 1 {
		cmd.Needs = "MULTIAPPEND"
	}
	messages = slices.Clone(messages)
	for i := range messages {
		if err := messages[i].prepare(s, &cmd); err != nil {
			return fail(err)
		}
	}
	cmd.Args = func(e *wire.Encoder) {
		parser.EncodeMailbox(e.SP(), mailbox)
		for i := range messages {
			messages[i].encode(e)
		}
	}
	return session.Start(s, cmd, out)
}

// read sets u from the code APPENDUID.
func (u *AppendUID) read(code parser.Code) {
	if v, uids, ok := code.AppendUID(); ok {
		*u = AppendUID{v, uids}
	}
}

// prepare finds out sizes that were not given. It returns an error if the message is larger than the server allows,
// or needs a capability that the server does not have or that is not enabled. It copies m.Parts.
func (m *Message) prepare(s *session.Session, cmd *session.Command) error {
	caps, on := s.Caps(), s.Enabled()
	check := func(size int64, binary, utf8 bool) error {
		switch limit := LimitsOf(caps).AppendSize; {
		case limit != 0 && uint64(size) > limit:
			return &wire.LimitError{What: "message", Limit: int64(limit), Size: size}
		case utf8 && !on.Has("UTF8=ACCEPT") && !on.Has("IMAP4REV2"):
			return &session.CapabilityError{Command: cmd.Name, Needs: "UTF8=ACCEPT enabled"}
		case binary && !caps.HasAny("BINARY|IMAP4REV2"):
			return &session.CapabilityError{Command: cmd.Name, Needs: "BINARY"}
		}
		return nil
	}
	if len(m.Annotations) > 0 && !caps.Has("ANNOTATE-EXPERIMENT-1") {
		cmd.Needs = "ANNOTATE-EXPERIMENT-1"
	}
	for _, x := range m.Ext {
		if x.Needs != "" && !caps.HasAny(x.Needs) {
			cmd.Needs = x.Needs
		}
	}
	if len(m.Parts) == 0 {
		if err := measure(m.Body, &m.Size); err != nil {
			return err
		}
		return check(m.Size, m.Binary, m.UTF8)
	}
	if !caps.Has("CATENATE") {
		cmd.Needs = "CATENATE"
	}
	m.Parts = slices.Clone(m.Parts)
	var size int64
	for i := range m.Parts {
		p := &m.Parts[i]
		if err := p.measure(); err != nil {
			return err
		}
		if p.URL != "" {
			continue
		}
		if size += p.Size; size < 0 {
			return invalid("message", "", "has more octets than 63 bits can count")
		}
		if err := check(size, p.Binary, p.UTF8); err != nil {
			return err
		}
	}
	return nil
}

// measure sets *size to the number of octets that body has left, if *size is negative.
func measure(body io.Reader, size *int64) error {
	if body == nil {
		return fmt.Errorf("%w: no body", ErrNoSize)
	}
	if *size >= 0 {
		return nil
	}
	switch b := body.(type) {
	case interface{ Len() int }:
		*size = int64(b.Len())
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
		*size = max(0, end-at)
	default:
		return ErrNoSize
	}
	return nil
}

// checkDate returns an error if t cannot be written as a date-time (RFC 9051 §9), which has four digits for the year
// and two for the hours of the zone's offset.
func checkDate(t time.Time) error {
	_, offset := t.Zone()
	switch y := t.Year(); {
	case y < 0 || y > 9999:
		return &wire.ArgumentError{What: "date-time", Reason: "has a year of more than four digits"}
	case offset <= -100*3600 || offset >= 100*3600:
		return &wire.ArgumentError{What: "date-time", Reason: "is in a zone of more than 99 hours"}
	}
	return nil
}

func (m *Message) encode(e *wire.Encoder) {
	// Courier accepts UTF8 only after a list of flags, which may be empty.
	if len(m.Flags) > 0 || m.UTF8 && len(m.Parts) == 0 {
		encodeFlags(e.SP(), m.Flags)
	}
	if !m.Date.IsZero() {
		if err := checkDate(m.Date); err != nil {
			e.Fail(err)
			return
		}
		e.SP().Byte('"').Append(func(dst []byte) []byte { return imapdate.AppendFormat(dst, m.Date) }).Byte('"')
	}
	if len(m.Annotations) > 0 {
		e.SP().Raw("ANNOTATION").SP()
		encodeAnnotations(e, m.Annotations)
	}
	for _, x := range m.Ext {
		x.Write(e.SP())
	}
	e.SP()
	switch {
	case len(m.Parts) > 0:
		e.Raw("CATENATE").SP().List(len(m.Parts), func(i int) { m.Parts[i].encode(e) })
	case m.UTF8:
		encodeUTF8(e, m.Size, m.Body)
	default:
		e.Literal(m.Size, m.Binary, m.Body)
	}
}
