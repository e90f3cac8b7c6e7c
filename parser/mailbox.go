package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/imapstack/imapstack/utils/mutf7"
	"github.com/imapstack/imapstack/wire"
)

// Inbox is the name of the mailbox that every user has. Its case does not matter (RFC 9051 §5.1).
const Inbox = "INBOX"

// rawName is the prefix of a name whose octets are sent unchanged. These octets cannot be decoded, or AppendMailbox
// would produce other octets for the decoded name. rawName is an octet that valid UTF-8 does not contain.
const rawName = "\xff"

// DecodeMailbox returns the name of a mailbox from the octets that a server sent. utf8 says whether names are in
// UTF-8, which they are after IMAP4rev2 or UTF8=ACCEPT is enabled. Otherwise they are in modified UTF-7 (RFC 3501
// §5.1.3). INBOX is returned in upper case.
//
// The name is in the form that a user reads and that every command takes. A command that gets this name sends the
// original octets. DecodeMailbox never fails. Some servers do not know the encoding. Others encode a name in a form
// that the RFC does not allow. If no name encodes to the octets, the result is the octets themselves. If they could be
// mistaken for an encoded name, an octet 255 comes before them. DisplayMailbox makes such names readable.
func DecodeMailbox(raw []byte, utf8 bool) string {
	if wire.EqualFold(raw, Inbox) {
		return Inbox
	}
	if !utf8 && !plainName(raw) {
		if !isUTF8(raw) {
			return verbatimName(raw)
		}
		name := mutf7.DecodeLenient(raw)
		if string(mutf7.AppendEncode(nil, name)) != string(raw) || len(name) == len(Inbox) && wire.EqualFold([]byte(name), Inbox) {
			return rawName + string(raw)
		}
		return name
	}
	return verbatimName(raw)
}

// MailboxName reads the name of a mailbox in the encoding that is set in d; see DecodeMailbox.
func MailboxName(d *wire.Decoder) string { return DecodeMailbox(d.AString(), d.UTF8()) }

// DisplayMailbox returns the name of a mailbox for display, decoded as far as possible. Do not use the result in a
// command.
func DisplayMailbox(name string) string {
	raw, ok := strings.CutPrefix(name, rawName)
	if !ok || !utf8.ValidString(raw) {
		return strings.ToValidUTF8(raw, "\uFFFD")
	}
	return mutf7.DecodeLenient([]byte(raw))
}

// verbatimName returns a name for which commands send exactly raw.
func verbatimName(raw []byte) string {
	if len(raw) > 0 && raw[0] == rawName[0] {
		return rawName + string(raw)
	}
	return string(raw)
}

// plainName reports whether all octets of b stand for themselves in modified UTF-7.
func plainName(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' || c == '&' {
			return false
		}
	}
	return true
}

// isUTF8 calls utf8.Valid. A function that has a parameter named utf8 cannot call utf8.Valid itself.
func isUTF8(b []byte) bool { return utf8.Valid(b) }

// AppendMailbox appends to dst the octets that stand for the name of a mailbox in the protocol. It is the reverse of
// DecodeMailbox. A name that is not valid UTF-8 must have come from a server, so its octets are sent unchanged. The
// caller owns the result, which shares memory with dst.
func AppendMailbox(dst []byte, name string, utf8Names bool) []byte {
	if raw, ok := strings.CutPrefix(name, rawName); ok {
		return append(dst, raw...)
	}
	if utf8Names || !utf8.ValidString(name) {
		return append(dst, name...)
	}
	return mutf7.AppendEncode(dst, name)
}

// EncodeMailbox writes the name of a mailbox. The octets are in UTF-8 if the encoder's mode has UTF8, and otherwise in
// modified UTF-7.
func EncodeMailbox(e *wire.Encoder, name string) { e.AString(mailboxOf(e, name)) }

// EncodeListMailbox writes a pattern of LIST in the same encoding as EncodeMailbox.
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
