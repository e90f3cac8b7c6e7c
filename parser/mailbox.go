package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/imapstack/imapstack/utils/mutf7"
	"github.com/imapstack/imapstack/wire"
)

// Inbox is the name of the mailbox that every user has, in whatever case it is written (RFC 9051 §5.1).
const Inbox = "INBOX"

// rawName is what a name begins with whose octets are in no encoding, or not in the one form that its server would take back. No UTF-8 has it.
const rawName = "\xff"

// DecodeMailbox returns the name of a mailbox, from the octets that a server sent. utf8 says whether names are in UTF-8, as they are
// once IMAP4rev2 or UTF8=ACCEPT is enabled; else they are in modified UTF-7 (RFC 3501 §5.1.3). INBOX is in upper case.
//
// A name is as a user reads it, and good for every command: what is sent of it are the octets that came. It never fails. Octets that no name
// encodes to, as there are on servers that do not know the encoding, or have no one form of it, are the name as they came: behind an octet
// 255 if they could be taken for something else. DisplayMailbox is for showing those to people.
func DecodeMailbox(raw []byte, utf8 bool) string {
	if wire.EqualFold(raw, Inbox) {
		return Inbox
	}
	if !utf8 && !plainName(raw) {
		if !isUTF8(raw) {
			return asItCame(raw)
		}
		name := mutf7.DecodeLenient(raw)
		if string(mutf7.AppendEncode(nil, name)) != string(raw) || len(name) == len(Inbox) && wire.EqualFold([]byte(name), Inbox) {
			return rawName + string(raw)
		}
		return name
	}
	return asItCame(raw)
}

// MailboxName takes the name of a mailbox, in the encoding that d has been told of; see DecodeMailbox.
func MailboxName(d *wire.Decoder) string { return DecodeMailbox(d.AString(), d.UTF8()) }

// DisplayMailbox returns the name of a mailbox for people to read, decoded as far as that goes. It may not be good for a command.
func DisplayMailbox(name string) string {
	raw, ok := strings.CutPrefix(name, rawName)
	if !ok || !utf8.ValidString(raw) {
		return strings.ToValidUTF8(raw, "\uFFFD")
	}
	return mutf7.DecodeLenient([]byte(raw))
}

// asItCame returns raw as a name that is sent as it is.
func asItCame(raw []byte) string {
	if len(raw) > 0 && raw[0] == rawName[0] {
		return rawName + string(raw)
	}
	return string(raw)
}

// plainName reports whether b is of octets that stand for themselves in modified UTF-7.
func plainName(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' || c == '&' {
			return false
		}
	}
	return true
}

// isUTF8 is utf8.Valid, where a parameter has the package's name.
func isUTF8(b []byte) bool { return utf8.Valid(b) }

// AppendMailbox appends to dst the octets by which a server names a mailbox: the reverse of DecodeMailbox. A name
// that is no UTF-8 has come from a server so, and is sent as it came. The result is the caller's, valid until dst is written to.
func AppendMailbox(dst []byte, name string, utf8Names bool) []byte {
	if raw, ok := strings.CutPrefix(name, rawName); ok {
		return append(dst, raw...)
	}
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
	if raw, ok := strings.CutPrefix(name, rawName); ok {
		return raw
	}
	switch {
	case len(name) == len(Inbox) && wire.EqualFold([]byte(name), Inbox):
		return Inbox
	case e.Mode().UTF8 || !utf8.ValidString(name):
		return name
	}
	return mutf7.Encode(name)
}
