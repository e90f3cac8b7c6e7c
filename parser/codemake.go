package parser

import (
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// makeCode returns a code with the arguments that f writes. If the grammar cannot express them, encoding the result
// fails.
func makeCode(name CodeName, f func(e *wire.Encoder)) Code {
	e := wire.NewEncoder(wire.Mode{Server: true, UTF8: true})
	if f(e); e.Err() != nil {
		return Code{name, []byte{0}}
	}
	return Code{name, e.Bytes()}
}

// NumberCode returns a code whose argument is one number, such as UIDNEXT, UIDVALIDITY, HIGHESTMODSEQ or
// MESSAGELIMIT.
func NumberCode(name CodeName, n uint64) Code {
	return makeCode(name, func(e *wire.Encoder) { e.Number64(n) })
}

// AppendUIDCode returns APPENDUID (RFC 9051 §7.1). See Code.AppendUID.
func AppendUIDCode(validity uint32, uids numset.Set) Code {
	return makeCode(CodeAppendUID, func(e *wire.Encoder) { e.Number(validity).SP(); encodeSet(e, uids, numset.UID) })
}

// CopyUIDCode returns COPYUID (RFC 9051 §7.1). See Code.CopyUID.
func CopyUIDCode(validity uint32, src, dst []numset.Range) Code {
	return makeCode(CodeCopyUID, func(e *wire.Encoder) {
		e.Number(validity).SP()
		encodeRanges(e, src)
		e.SP()
		encodeRanges(e, dst)
	})
}

// ModifiedCode returns MODIFIED (RFC 7162 §3.1.3).
func ModifiedCode(set numset.Set) Code {
	return makeCode(CodeModified, func(e *wire.Encoder) { encodeSet(e, set, set.Kind()) })
}

// PermanentFlagsCode returns PERMANENTFLAGS (RFC 9051 §7.1).
func PermanentFlagsCode(flags []Flag) Code {
	return makeCode(CodePermanentFlags, func(e *wire.Encoder) { EncodeFlags(e, flags) })
}

// CapabilityCode returns CAPABILITY (RFC 9051 §7.1).
func CapabilityCode(x *Capabilities) Code { return makeCode(CodeCapability, x.Encode) }

// BadCharsetCode returns BADCHARSET (RFC 9051 §7.1). charsets are the names of the charsets that the server supports,
// if it wants to name any.
func BadCharsetCode(charsets ...string) Code {
	return makeCode(CodeBadCharset, func(e *wire.Encoder) {
		if len(charsets) > 0 {
			e.List(len(charsets), func(i int) { e.AString(charsets[i]) })
		}
	})
}

// MailboxIDCode returns MAILBOXID (RFC 8474 §4.1).
func MailboxIDCode(id string) Code {
	return makeCode(CodeMailboxID, func(e *wire.Encoder) { e.Byte('(').Atom(id).Byte(')') })
}

// ProgressCode returns INPROGRESS (RFC 9585 §3).
func ProgressCode(p Progress) Code {
	return makeCode(CodeInProgress, func(e *wire.Encoder) {
		e.Byte('(').String(p.Tag).SP().Number(p.Done).SP()
		if p.Goal == 0 {
			e.NIL()
		} else {
			e.Number(p.Goal)
		}
		e.Byte(')')
	})
}
