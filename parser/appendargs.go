package parser

import (
	"errors"
	"io"
	"time"

	"github.com/imapstack/imapstack/wire"
)

// AppendArgs reads the arguments of APPEND (RFC 9051 §6.3.12). The command may have several messages (RFC 3502), and a
// message may be assembled from parts (RFC 4469). AppendArgs reads from a CommandReader and not from a wire.Decoder,
// because a message that is too big for memory is streamed:
//
//	var a parser.AppendArgs
//	if err := a.Decode(r); err != nil {
//		return err
//	}
//	for msg, err := range a.Messages {
//		if err != nil {
//			return err
//		}
//		for part, err := range msg.Parts {
//			if err != nil {
//				return err
//			}
//			io.Copy(file, part.Body)
//		}
//	}
//
// An AppendArgs is valid until the next command is read.
type AppendArgs struct {
	Mailbox []byte // as received, see DecodeMailbox; valid until the next command is read

	commands *CommandReader
	name     string
	msg      AppendMessage
	phase    appendPhase
	once     bool // the command can have only one message, because it is REPLACE
	count    int
}

type appendPhase uint8

const (
	appendBetween appendPhase = iota // the space before a message, or the end of the line, is next
	appendWithin                     // the parts of a message are next
	appendDone
)

// ReplaceArgs reads the arguments of REPLACE and UID REPLACE (RFC 8508 §3): the number of a message, and then the
// arguments of an APPEND with one message. It is valid until the next command is read.
type ReplaceArgs struct {
	Num uint32 // number of the message to replace, which is a UID in UID REPLACE; 0 means "*"
	AppendArgs
}

// Decode reads the name of the mailbox. Its error is a BadCommand.
func (a *AppendArgs) Decode(r *CommandReader) error {
	a.begin(r, "APPEND")
	return a.mailbox()
}

// Decode reads the number of the message and the name of the mailbox. Its error is a BadCommand.
func (a *ReplaceArgs) Decode(r *CommandReader) error {
	a.begin(r, "REPLACE")
	a.once = true
	if a.Num = 0; !r.d.Got('*') {
		a.Num = r.d.NzNumber()
	}
	r.d.SP()
	return a.mailbox()
}

func (a *AppendArgs) begin(r *CommandReader, name string) {
	*a = AppendArgs{commands: r, name: name, msg: a.msg}
	a.msg.args = a
}

func (a *AppendArgs) mailbox() error {
	a.Mailbox = a.commands.d.AString()
	return a.bad()
}

// bad returns the decoder's error as a BadCommand.
func (a *AppendArgs) bad() error {
	if err := at(a.name, a.commands.d.Err()); err != nil {
		a.phase = appendDone
		return a.commands.Bad(err)
	}
	return nil
}

// Messages calls yield with each message, in the order of the command. It skips the parts of a message that yield has
// not read. If reading fails, yield gets the error, which is a BadCommand or an error of the stream. If a deadline
// interrupts the loop, call Messages again to continue.
//
// The command is known to be well-formed only after the loop has ended without an error and without a break. Append
// nothing before that, because RFC 3502 requires that the server appends all messages or none.
func (a *AppendArgs) Messages(yield func(*AppendMessage, error) bool) {
	for a.phase != appendDone {
		if a.phase == appendWithin {
			if err := a.msg.finish(); err != nil {
				yield(nil, err)
				return
			}
			a.phase = appendBetween
		}
		d := &a.commands.d
		if a.count > 0 && (a.once || d.AtEnd()) {
			d.CRLF()
			err := a.bad()
			a.phase = appendDone
			if err != nil {
				yield(nil, err)
			}
			return
		}
		d.SP()
		a.msg.decode(d)
		a.count++
		if err := a.bad(); err != nil {
			yield(nil, err)
			return
		}
		a.phase = appendWithin
		if !yield(&a.msg, nil) {
			return
		}
	}
}

// AppendMessage is one message of APPEND or REPLACE. Its fields have the flags, the date and other data; Parts reads
// the octets. It is valid until the next iteration of the loop over AppendArgs.Messages.
type AppendMessage struct {
	Flags []Flag    // nil if the client sent no list; valid until the next message
	Date  time.Time // the internal date; zero if the client sent none
	// Dated says whether the client sent a date. If Dated is false, Encode still writes Date unless Date is zero.
	Dated       bool
	Annotations []EntryAtt // to set for the message (RFC 5257 §4.7); valid until the next command is read
	// Ext is other data in the form of append-ext in RFC 4466. It is valid until the next command is read.
	Ext      []ExtData
	Catenate bool // whether the message is assembled from parts (RFC 4469)

	args   *AppendArgs
	flags  []Flag
	part   AppendPart
	count  int
	open   bool // a streamed literal is being read
	closes bool // the closing parenthesis of UTF8 (…) is next
	done   bool
}

// AppendPart is a part of a message of APPEND. A message has one part unless Catenate is set.
type AppendPart struct {
	// URL is the URL of the part's data, for CATENATE only. A part with a URL has no octets.
	URL  string
	UTF8 bool // whether the octets came within UTF8 (…), which means that the header has UTF-8 (RFC 6855 §4)
	// Binary says whether the octets come as a literal8. They may then contain NUL (RFC 3516).
	Binary bool
	// Size is the number of octets. A client sends 0 to cancel the command (RFC 3502, RFC 9051 §6.3.12).
	Size int64
	// Body reads the octets. In a message that is read from a client, it is a *wire.Literal, which is valid until the
	// next iteration of the loop.
	Body io.Reader
}

// decode reads what comes before the octets of the message, such as the flags and the date.
func (m *AppendMessage) decode(d *wire.Decoder) {
	*m = AppendMessage{args: m.args, flags: reuse(m.flags)}
	if d.Is('(') {
		m.flags = takeFlags(d, m.flags)
		m.Flags = m.flags
		if m.Flags == nil {
			m.Flags = []Flag{}
		}
		d.SP()
	}
	if d.Is('"') {
		m.Date, m.Dated = dateTime(d), true
		d.SP()
	}
	for d.Err() == nil && !d.Is('{') && !d.Is('~') {
		at := d.Pos()
		switch name := label(d); name {
		case "CATENATE":
			m.Catenate = true
			d.SP()
			d.Want('(')
			return
		case "UTF8":
			// UTF8 begins a part, which the method take reads
			d.Seek(at)
			return
		case "ANNOTATION":
			d.SP()
			m.Annotations = entryAtts(d, m.Annotations)
			d.SP()
		default:
			m.Ext = option(d, m.Ext, name)
			if d.Err() == nil && m.Ext[len(m.Ext)-1].Value == nil {
				d.Seek(at)
				d.Expected("append-data")
			}
			d.SP()
		}
	}
}

// Parts calls yield with each part of the message. A message has one part unless Catenate is set. A small part is in
// memory. A large one is read from the client while yield runs; Parts skips the octets that yield has not read. If
// reading fails, yield gets the error, which is a BadCommand or an error of the stream.
func (m *AppendMessage) Parts(yield func(*AppendPart, error) bool) {
	for {
		ok, err := m.next()
		if err != nil {
			yield(nil, err)
			return
		}
		if !ok || !yield(&m.part, nil) {
			return
		}
	}
}

// finish drops the parts that were not read.
func (m *AppendMessage) finish() error {
	for {
		if ok, err := m.next(); !ok || err != nil {
			return err
		}
	}
}

// next moves to the next part, and reports whether there is one.
func (m *AppendMessage) next() (ok bool, err error) {
	if m.done || m.args.phase != appendWithin {
		return false, nil
	}
	if m.open {
		if err := m.args.commands.Continue(); err != nil {
			if bad := (*BadCommand)(nil); errors.As(err, &bad) {
				m.args.phase = appendDone
			}
			return false, err
		}
		m.open = false
	}
	d := &m.args.commands.d
	if m.closes {
		d.Want(')')
		m.closes = false
	}
	switch {
	case d.Err() != nil:
	case !m.Catenate && m.count == 1, m.Catenate && m.count > 0 && d.Got(')'):
		m.done = true
		return false, nil
	default:
		if m.count > 0 {
			d.SP()
		}
		m.take(d)
		m.count++
	}
	if err := m.args.bad(); err != nil {
		return false, err
	}
	return true, nil
}

// take reads one part, up to its octets.
func (m *AppendMessage) take(d *wire.Decoder) {
	m.part = AppendPart{}
	switch {
	case d.Is('{') || d.Is('~'):
		if m.Catenate {
			d.Expected("cat-part")
		}
	case gotWord(d, "UTF8"):
		d.SP()
		d.Want('(')
		m.part.UTF8, m.closes = true, true
		if !d.Is('~') {
			d.Expected("literal8")
		}
	case m.Catenate && gotWord(d, "TEXT"):
		d.SP()
	case m.Catenate && gotWord(d, "URL"):
		d.SP()
		m.part.URL = string(d.AString())
		if m.part.URL == "" {
			d.Expected("url")
		}
		return
	default:
		d.Expected("append-data")
	}
	m.open = d.AtStreamed()
	l := d.Literal()
	if l == nil {
		m.open = false
		return
	}
	m.part.Body, m.part.Size, m.part.Binary = l, l.Size(), l.Binary()
}

// Encode writes what follows the name of the mailbox in APPEND: the flags, the date, other data, and the octets, each
// after a space. The encoder copies the octets from the bodies of the parts while it sends them. Without Catenate,
// parts must have exactly one element, which has octets. With Catenate, parts must have one or more elements, each with
// octets or with a URL.
func (m *AppendMessage) Encode(e *wire.Encoder, parts ...AppendPart) {
	m.encodeHead(e)
	switch {
	case len(parts) == 0 || !m.Catenate && (len(parts) > 1 || parts[0].URL != ""):
		e.Fail(&wire.ArgumentError{What: "append-data", Reason: "is not one literal"})
	case m.Catenate:
		e.Atom("CATENATE").SP().List(len(parts), func(i int) { parts[i].encode(e, "TEXT") })
	default:
		parts[0].encode(e, "")
	}
}

// encodeHead writes what comes before the message's octets, and the space before them.
func (m *AppendMessage) encodeHead(e *wire.Encoder) {
	if m.Flags != nil {
		e.SP()
		EncodeFlags(e, m.Flags)
	}
	if m.Dated || !m.Date.IsZero() {
		e.SP()
		encodeDateTime(e, m.Date)
	}
	if len(m.Annotations) > 0 {
		e.SP().Atom("ANNOTATION").SP()
		encodeEntryAtts(e, m.Annotations)
	}
	for _, x := range m.Ext {
		e.SP()
		encodeExt(e, x)
	}
	e.SP()
}

func (p *AppendPart) encode(e *wire.Encoder, text string) {
	switch {
	case p.URL != "":
		e.Atom("URL").SP().AString(p.URL)
	case p.UTF8:
		e.Atom("UTF8").SP().Byte('(').Literal(p.Size, true, p.Body).Byte(')')
	case text != "":
		e.Atom(text).SP().Literal(p.Size, p.Binary, p.Body)
	default:
		e.Literal(p.Size, p.Binary, p.Body)
	}
}
