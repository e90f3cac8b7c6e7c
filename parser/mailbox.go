package parser

import (
	"bytes"
	"unicode/utf8"

	"github.com/imapstack/imapstack/utils/mutf7"
	"github.com/imapstack/imapstack/wire"
)

// Inbox is the name of the mailbox that every user has, in whatever case it is written (RFC 9051 §5.1).
const Inbox = "INBOX"

// DecodeMailbox returns the name of a mailbox as a user reads it, from the octets that a server sent. utf8 says
// whether names are in UTF-8, as they are once IMAP4rev2 or UTF8=ACCEPT is enabled; else they are in modified
// UTF-7 (RFC 3501 §5.1.3). INBOX is in upper case.
//
// It never fails: what cannot be decoded is left as it is. So a name is not always what its server would take
// back, and the types that hold names keep the octets too.
func DecodeMailbox(raw []byte, utf8 bool) string {
	if wire.EqualFold(raw, Inbox) {
		return Inbox
	}
	if utf8 || bytes.IndexByte(raw, '&') < 0 || !isUTF8(raw) {
		return string(raw) // in the last case it is in no encoding that could be gone back to
	}
	name := mutf7.DecodeLenient(raw)
	if len(name) == len(Inbox) && wire.EqualFold([]byte(name), Inbox) {
		// Some encoding of INBOX that is none to the server.
		return string(raw)
	}
	return name
}

// isUTF8 is utf8.Valid, where a parameter has the package's name.
func isUTF8(b []byte) bool { return utf8.Valid(b) }

// AppendMailbox appends to dst the octets by which a server names a mailbox: the reverse of DecodeMailbox. A name
// that is no UTF-8 has come from a server so, and is left as it is. The result is the caller's, valid until dst is written to.
func AppendMailbox(dst []byte, name string, utf8Names bool) []byte {
	if utf8Names || !utf8.ValidString(name) {
		return append(dst, name...)
	}
	return mutf7.AppendEncode(dst, name)
}

// EncodeMailbox writes the name of a mailbox, in UTF-8 if the mode says so and else in modified UTF-7.
func EncodeMailbox(e *wire.Encoder, name string) { e.AString(mailboxOf(e, name)) }

// EncodeListMailbox writes a pattern of names, as LIST has it, in the encoding of EncodeMailbox.
func EncodeListMailbox(e *wire.Encoder, pattern string) { e.ListMailbox(mailboxOf(e, pattern)) }

func mailboxOf(e *wire.Encoder, name string) string {
	switch {
	case len(name) == len(Inbox) && wire.EqualFold([]byte(name), Inbox):
		return Inbox
	case e.Mode().UTF8 || !utf8.ValidString(name):
		return name
	}
	return mutf7.Encode(name)
}
