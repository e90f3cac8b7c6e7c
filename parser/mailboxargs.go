package parser

import (
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// NoArgs is for a command without arguments: CAPABILITY, NOOP, LOGOUT, STARTTLS, NAMESPACE, IDLE, CHECK, CLOSE,
// UNSELECT, UNAUTHENTICATE (RFC 8437) and GETJMAPACCESS (RFC 9698).
type NoArgs struct{}

// Decode reads the end of the line.
func (NoArgs) Decode(d *wire.Decoder) error { return ended(d, "arguments") }

// Encode writes nothing.
func (NoArgs) Encode(*wire.Encoder) {}

// MailboxArgs holds the argument of a command whose only argument is the name of a mailbox: DELETE, SUBSCRIBE,
// UNSUBSCRIBE, GETACL, MYRIGHTS (RFC 4314), GETQUOTAROOT (RFC 9208).
type MailboxArgs struct {
	Mailbox []byte // as received, see DecodeMailbox; valid until the next command is read
}

// Decode reads the argument.
func (a *MailboxArgs) Decode(d *wire.Decoder) error {
	a.Mailbox = d.AString()
	return ended(d, "mailbox")
}

// Encode writes the argument.
func (a *MailboxArgs) Encode(e *wire.Encoder) { e.SP().AStringBytes(a.Mailbox) }

// CreateArgs holds the arguments of CREATE (RFC 9051 §6.3.4).
type CreateArgs struct {
	Mailbox []byte // as received, see DecodeMailbox; valid until the next command is read
	// Use has the special uses of the mailbox (RFC 6154 §3), such as AttrSent. It is nil if the client sent no USE.
	// It is valid until the next command is read.
	Use    []MailboxAttr
	Params []ExtData // options without a field of their own; valid until the next command is read
}

// Decode reads the arguments.
func (a *CreateArgs) Decode(d *wire.Decoder) error {
	*a = CreateArgs{Params: reuse(a.Params)}
	a.Mailbox = d.AString()
	if d.GotSP() {
		a.Params = options(d, a.Params, func(name string) bool {
			if name != "USE" {
				return false
			}
			d.SP()
			a.Use = []MailboxAttr{}
			for range d.List {
				if !room(d, len(a.Use), maxOptions, "special uses") {
					break
				}
				at := d.Pos()
				use := decodeMailboxAttr(d)
				if d.Err() == nil && (len(use) < 2 || use[0] != '\\') {
					d.Seek(at)
					d.Expected("use-attr")
				}
				a.Use = append(a.Use, use)
			}
			return true
		})
	}
	return ended(d, "CREATE")
}

// Encode writes the arguments.
func (a *CreateArgs) Encode(e *wire.Encoder) {
	e.SP().AStringBytes(a.Mailbox)
	if a.Use == nil && len(a.Params) == 0 {
		return
	}
	e.SP().Byte('(')
	var sep separator
	if a.Use != nil {
		sep.word(e, "USE")
		e.SP().List(len(a.Use), func(i int) { e.Flag(string(a.Use[i])) })
	}
	encodeOptions(e, &sep, a.Params)
	e.Byte(')')
}

// RenameArgs holds the arguments of RENAME (RFC 9051 §6.3.6).
type RenameArgs struct {
	From   []byte    // as received, see DecodeMailbox; valid until the next command is read
	To     []byte    // as received; valid until the next command is read
	Params []ExtData // RFC 4466 §2.1; valid until the next command is read
}

// Decode reads the arguments.
func (a *RenameArgs) Decode(d *wire.Decoder) error {
	*a = RenameArgs{Params: reuse(a.Params)}
	a.From = d.AString()
	d.SP()
	a.To = d.AString()
	if d.GotSP() {
		a.Params = options(d, a.Params, func(string) bool { return false })
	}
	return ended(d, "RENAME")
}

// Encode writes the arguments.
func (a *RenameArgs) Encode(e *wire.Encoder) {
	e.SP().AStringBytes(a.From).SP().AStringBytes(a.To)
	if len(a.Params) > 0 {
		e.SP().List(len(a.Params), func(i int) { encodeExt(e, a.Params[i]) })
	}
}

// CopyArgs holds the arguments of COPY and MOVE, and of their UID forms (RFC 9051 §6.4.7 and §6.4.8).
type CopyArgs struct {
	UID     bool       // whether Set holds UIDs; set by CommandReader.Decode
	Set     numset.Set // owned by the caller
	Mailbox []byte     // as received, see DecodeMailbox; valid until the next command is read
}

func (a *CopyArgs) setUID(uid bool) { a.UID = uid }

// Decode reads the arguments.
func (a *CopyArgs) Decode(d *wire.Decoder) error {
	a.Set = sequenceSet(d, kindOf(a.UID))
	d.SP()
	a.Mailbox = d.AString()
	return ended(d, "arguments")
}

// Encode writes the arguments.
func (a *CopyArgs) Encode(e *wire.Encoder) {
	e.SP()
	encodeSet(e, a.Set, kindOf(a.UID))
	e.SP().AStringBytes(a.Mailbox)
}

// ExpungeArgs holds the argument of UID EXPUNGE (RFC 9051 §6.4.9). EXPUNGE has none.
type ExpungeArgs struct {
	UID bool       // whether the command is UID EXPUNGE; set by CommandReader.Decode
	Set numset.Set // only for UID EXPUNGE; owned by the caller
}

func (a *ExpungeArgs) setUID(uid bool) { a.UID = uid }

// Decode reads the argument of UID EXPUNGE, and the end of the line.
func (a *ExpungeArgs) Decode(d *wire.Decoder) error {
	a.Set = numset.Set{}
	if a.UID {
		a.Set = sequenceSet(d, numset.UID)
	}
	return ended(d, "EXPUNGE")
}

// Encode writes the argument of UID EXPUNGE. It writes nothing for EXPUNGE.
func (a *ExpungeArgs) Encode(e *wire.Encoder) {
	if a.UID {
		e.SP()
		encodeSet(e, a.Set, numset.UID)
	}
}
