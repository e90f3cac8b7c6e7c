package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/imapstack/imapstack/utils/mutf7"
	"github.com/imapstack/imapstack/wire"
)

// Inbox is the name of the mailbox that every user has. Its case does not matter (RFC 9051 §5.1).
const Inbox = "INBOX"

// rawName comes before the octets of a name that are in no encoding, or not in the one form that the server would
// accept. No UTF-8 has this octet.
const rawName = "\xff"

// DecodeMailbox returns the name of a mailbox, from the octets that a server sent. utf8 says whether names are in UTF-8,
// as they are after IMAP4rev2 or UTF8=ACCEPT is enabled; before that they are in modified UTF-7 (RFC 3501 §5.1.3). INBOX
// is in upper case.
//
// The name is as a user reads it, and every command takes it: commands send the octets that came. DecodeMailbox never
// fails. Some servers do not know the encoding, or do not keep to its one form. If no name encodes to the octets, the
// name is the octets as they came; if they could be mistaken for something else, it begins with an octet 255.
// DisplayMailbox shows such names to people.
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

// MailboxName reads the name of a mailbox, in the encoding for which d is set; see DecodeMailbox.
func MailboxName(d *wire.Decoder) string { return DecodeMailbox(d.AString(), d.UTF8()) }

// DisplayMailbox returns the name of a mailbox for people to read, decoded as far as possible. Do not use the result in
// a command.
func DisplayMailbox(name string) string {
	raw, ok := strings.CutPrefix(name, rawName)
	if !ok || !utf8.ValidString(raw) {
		return strings.ToValidUTF8(raw, "\uFFFD")
	}
	return mutf7.DecodeLenient([]byte(raw))
}

// asItCame returns raw as a name that commands send as it is.
func asItCame(raw []byte) string {
	if len(raw) > 0 && raw[0] == rawName[0] {
		return rawName + string(raw)
	}
	return string(raw)
}

// plainName reports whether b has only octets that stand for themselves in modified UTF-7.
func plainName(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' || c == '&' {
			return false
		}
	}
	return true
}

// isUTF8 is utf8.Valid, for functions in which a parameter hides the package.
func isUTF8(b []byte) bool { return utf8.Valid(b) }

// AppendMailbox appends to dst the octets by which a server names a mailbox: it is the reverse of DecodeMailbox. A name
// that is not UTF-8 came from a server in that form, and is sent as it came. The caller owns the result, which is valid
// until dst is written to.
func AppendMailbox(dst []byte, name string, utf8Names bool) []byte {
	if raw, ok := strings.CutPrefix(name, rawName); ok {
		return append(dst, raw...)
	}
	if utf8Names || !utf8.ValidString(name) {
		return append(dst, name...)
	}
	return mutf7.AppendEncode(dst, name)
}

// EncodeMailbox writes the name of a mailbox, in UTF-8 if the mode says so, and otherwise in modified UTF-7.
func EncodeMailbox(e *wire.Encoder, name string) { e.AString(mailboxOf(e, name)) }

// EncodeListMailbox writes a pattern of LIST, in the same encoding as EncodeMailbox.
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
