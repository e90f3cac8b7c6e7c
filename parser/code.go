package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// A CodeName is the name of a response code, in upper case (RFC 9051 §7.1). It is an error, so that errors.Is(err,
// parser.CodeOverQuota) tells why a command failed.
type CodeName string

// Error returns the name. A CodeName is there for errors.Is to compare with; no function returns it as its error.
func (c CodeName) Error() string { return string(c) }

// The response codes of RFC 9051, RFC 5530 and the registered extensions.
const (
	CodeAlert                CodeName = "ALERT"
	CodeAlreadyExists        CodeName = "ALREADYEXISTS"
	CodeAnnotate             CodeName = "ANNOTATE"    // RFC 5257
	CodeAnnotations          CodeName = "ANNOTATIONS" // RFC 5257
	CodeAppendUID            CodeName = "APPENDUID"
	CodeAuthenticationFailed CodeName = "AUTHENTICATIONFAILED"
	CodeAuthorizationFailed  CodeName = "AUTHORIZATIONFAILED"
	CodeBadCharset           CodeName = "BADCHARSET"
	CodeBadComparator        CodeName = "BADCOMPARATOR" // RFC 5255
	CodeBadEvent             CodeName = "BADEVENT"      // RFC 5465
	CodeBadURL               CodeName = "BADURL"        // RFC 4469
	CodeCannot               CodeName = "CANNOT"
	CodeCapability           CodeName = "CAPABILITY"
	CodeClientBug            CodeName = "CLIENTBUG"
	CodeClosed               CodeName = "CLOSED"
	CodeCompressionActive    CodeName = "COMPRESSIONACTIVE" // RFC 4978
	CodeContactAdmin         CodeName = "CONTACTADMIN"
	CodeCopyUID              CodeName = "COPYUID"
	CodeCorruption           CodeName = "CORRUPTION"
	CodeExpired              CodeName = "EXPIRED"
	CodeExpungeIssued        CodeName = "EXPUNGEISSUED"
	CodeHasChildren          CodeName = "HASCHILDREN"
	CodeHighestModSeq        CodeName = "HIGHESTMODSEQ" // RFC 7162
	CodeInProgress           CodeName = "INPROGRESS"    // RFC 9585
	CodeInUse                CodeName = "INUSE"
	CodeLimit                CodeName = "LIMIT"
	CodeMailboxID            CodeName = "MAILBOXID" // RFC 8474
	CodeMaxConvertMessages   CodeName = "MAXCONVERTMESSAGES"
	CodeMaxConvertParts      CodeName = "MAXCONVERTPARTS"
	CodeMessageLimit         CodeName = "MESSAGELIMIT" // RFC 9738
	CodeMetadata             CodeName = "METADATA"     // RFC 5464
	CodeModified             CodeName = "MODIFIED"     // RFC 7162
	CodeNewName              CodeName = "NEWNAME"      // RFC 2060
	CodeNoModSeq             CodeName = "NOMODSEQ"     // RFC 7162
	CodeNonExistent          CodeName = "NONEXISTENT"
	CodeNoPerm               CodeName = "NOPERM"
	CodeNotificationOverflow CodeName = "NOTIFICATIONOVERFLOW" // RFC 5465
	CodeNotSaved             CodeName = "NOTSAVED"
	CodeNoUpdate             CodeName = "NOUPDATE" // RFC 5267
	CodeObjectID             CodeName = "OBJECTID"
	CodeOverQuota            CodeName = "OVERQUOTA"
	CodeParse                CodeName = "PARSE"
	CodePermanentFlags       CodeName = "PERMANENTFLAGS"
	CodePrivacyRequired      CodeName = "PRIVACYREQUIRED"
	CodeReadOnly             CodeName = "READ-ONLY"
	CodeReadWrite            CodeName = "READ-WRITE"
	CodeReferral             CodeName = "REFERRAL" // RFC 2221
	CodeServerBug            CodeName = "SERVERBUG"
	CodeTempFail             CodeName = "TEMPFAIL"
	CodeTooBig               CodeName = "TOOBIG"
	CodeTooFew               CodeName = "TOOFEW"  // RFC 10022
	CodeTooMany              CodeName = "TOOMANY" // RFC 10022
	CodeTryCreate            CodeName = "TRYCREATE"
	CodeUIDNext              CodeName = "UIDNEXT"
	CodeUIDNotSticky         CodeName = "UIDNOTSTICKY"
	CodeUIDRequired          CodeName = "UIDREQUIRED" // RFC 9586
	CodeUIDValidity          CodeName = "UIDVALIDITY"
	CodeUnavailable          CodeName = "UNAVAILABLE"
	CodeUndefinedFilter      CodeName = "UNDEFINED-FILTER" // RFC 5466
	CodeUnknownCTE           CodeName = "UNKNOWN-CTE"
	CodeUnseen               CodeName = "UNSEEN"  // RFC 3501
	CodeURLMech              CodeName = "URLMECH" // RFC 4467
	CodeUseAttr              CodeName = "USEATTR" // RFC 6154
	CodeWebAlert             CodeName = "WEBALERT"
)

// Code is a response code: what a server sends in brackets before the text of a status response. The zero Code means
// that there was none.
type Code struct {
	Name CodeName
	Args []byte // what follows the name, as it came; valid until the next response is read
}

// Decode reads the arguments with f, and returns what is wrong with them or follows them.
func (c Code) Decode(f func(d *wire.Decoder)) error {
	d := wire.NewDecoder(c.Args)
	f(d)
	if d.Err() == nil && !d.AtEnd() {
		d.Expected("the end of the response code")
	}
	return at(string(c.Name), d.Err())
}

// Clone returns a copy that the caller owns.
func (c Code) Clone() Code { return Code{c.Name, bytes.Clone(c.Args)} }

// Encode writes the code in its brackets, and nothing for the zero Code.
func (c Code) Encode(e *wire.Encoder) {
	if c.Name == "" {
		return
	}
	e.Byte('[').Atom(string(c.Name))
	if len(c.Args) > 0 {
		e.SP().RawBytes(c.Args)
	}
	e.Byte(']')
}

// Number returns the argument of a code that has one number, such as UIDNEXT or HIGHESTMODSEQ. With 0, ok is false:
// servers that send 0 do not know the number.
func (c Code) Number(name CodeName) (n uint64, ok bool) {
	if c.Name != name {
		return 0, false
	}
	err := c.Decode(func(d *wire.Decoder) { n = d.Number64() })
	return n, err == nil && n != 0
}

// UIDValidity returns the argument of UIDVALIDITY (RFC 9051 §7.1).
func (c Code) UIDValidity() (uint32, bool) { return c.number32(CodeUIDValidity) }

// UIDNext returns the argument of UIDNEXT (RFC 9051 §7.1).
func (c Code) UIDNext() (uint32, bool) { return c.number32(CodeUIDNext) }

// Unseen returns the argument of UNSEEN (RFC 3501 §7.1).
func (c Code) Unseen() (uint32, bool) { return c.number32(CodeUnseen) }

// HighestModSeq returns the argument of HIGHESTMODSEQ (RFC 7162 §3.1.2.1).
func (c Code) HighestModSeq() (uint64, bool) { return c.Number(CodeHighestModSeq) }

func (c Code) number32(name CodeName) (uint32, bool) {
	n, ok := c.Number(name)
	return uint32(n), ok && n < 1<<32
}

// PermanentFlags appends the argument of PERMANENTFLAGS to dst (RFC 9051 §7.1).
func (c Code) PermanentFlags(dst []Flag) (flags []Flag, ok bool) {
	if c.Name != CodePermanentFlags {
		return dst, false
	}
	err := c.Decode(func(d *wire.Decoder) { dst = DecodePermanentFlags(d, dst) })
	return dst, err == nil
}

// AppendUID returns the argument of APPENDUID (RFC 9051 §7.1): the UIDVALIDITY of the target mailbox, and the UIDs of
// the new messages.
func (c Code) AppendUID() (validity uint32, uids numset.Set, ok bool) {
	if c.Name != CodeAppendUID {
		return 0, uids, false
	}
	err := c.Decode(func(d *wire.Decoder) {
		validity = d.Number()
		d.SP()
		uids = decodeSet(d, numset.UID)
	})
	return validity, uids, err == nil
}

// CopyUID returns the argument of COPYUID (RFC 9051 §7.1): the UIDVALIDITY of the target mailbox, the UIDs of the source
// messages and those of the copies. The nth UID of src was copied to the nth of dst. If their counts differ, ok is
// false.
func (c Code) CopyUID() (validity uint32, src, dst []numset.Range, ok bool) {
	if c.Name != CodeCopyUID {
		return 0, nil, nil, false
	}
	err := c.Decode(func(d *wire.Decoder) {
		validity = d.Number()
		d.SP()
		src = decodeRanges(d)
		d.SP()
		dst = decodeRanges(d)
	})
	if err != nil || count(src) != count(dst) {
		return 0, nil, nil, false
	}
	return validity, src, dst, true
}

// count returns how many numbers the ranges have.
func count(ranges []numset.Range) (n uint64) {
	for _, r := range ranges {
		n += uint64(max(r.Start, r.Stop)) - uint64(min(r.Start, r.Stop)) + 1
	}
	return n
}

// BadCharset returns the charsets that the server offers instead (RFC 9051 §7.1).
func (c Code) BadCharset() (charsets []string, ok bool) {
	if c.Name != CodeBadCharset {
		return nil, false
	}
	if len(c.Args) == 0 {
		return nil, true
	}
	err := c.Decode(func(d *wire.Decoder) {
		for range d.List {
			charsets = append(charsets, string(d.AString()))
		}
	})
	return charsets, err == nil
}

// Modified returns the argument of MODIFIED (RFC 7162 §3.1.3). kind is the kind of numbers in the STORE.
func (c Code) Modified(kind numset.Kind) (set numset.Set, ok bool) {
	if c.Name != CodeModified {
		return set, false
	}
	err := c.Decode(func(d *wire.Decoder) { set = decodeSet(d, kind) })
	return set, err == nil
}

// MailboxID returns the argument of MAILBOXID (RFC 8474 §4.1).
func (c Code) MailboxID() (id string, ok bool) {
	if c.Name != CodeMailboxID {
		return "", false
	}
	err := c.Decode(func(d *wire.Decoder) {
		for range d.List {
			id = string(d.AString())
		}
	})
	return id, err == nil && id != ""
}

// Referral returns the argument of REFERRAL: URLs, any one of which is enough (RFC 2221 §4, RFC 2193 §4).
func (c Code) Referral() (urls []string, ok bool) {
	if c.Name != CodeReferral {
		return nil, false
	}
	for word := range bytes.FieldsSeq(c.Args) {
		urls = append(urls, string(word))
	}
	return urls, len(urls) > 0
}

// Progress is the argument of INPROGRESS (RFC 9585 §3). Goal is 0 if it is not known.
type Progress struct {
	Tag        string
	Done, Goal uint32
}

// Progress returns the argument of INPROGRESS.
func (c Code) Progress() (p Progress, ok bool) {
	if c.Name != CodeInProgress {
		return p, false
	}
	if len(c.Args) == 0 {
		return p, true
	}
	err := c.Decode(func(d *wire.Decoder) {
		i := 0
		for range d.List {
			switch i {
			case 0:
				p.Tag = string(d.NString())
			case 1:
				if !d.Nil() {
					p.Done = d.Number()
				}
			default:
				if !d.Nil() {
					p.Goal = d.Number()
				}
			}
			i++
		}
	})
	return p, err == nil
}

// decodeSet reads a sequence-set without "*", which no server sends.
func decodeSet(d *wire.Decoder, kind numset.Kind) numset.Set {
	b := setBytes(d)
	if d.Err() != nil {
		return numset.Set{}
	}
	set, err := numset.Parse(kind, b)
	if err != nil || bytes.IndexByte(b, '*') >= 0 {
		d.Expected("sequence-set")
		return numset.Set{}
	}
	return set
}

// decodeRanges reads a uid-set, and keeps its order.
func decodeRanges(d *wire.Decoder) []numset.Range {
	b := setBytes(d)
	if d.Err() != nil {
		return nil
	}
	ranges, err := numset.ParseList(b)
	if err != nil || bytes.IndexByte(b, '*') >= 0 {
		d.Expected("uid-set")
		return nil
	}
	return ranges
}

// setBytes reads the octets that a sequence-set may consist of.
func setBytes(d *wire.Decoder) []byte {
	rest := d.Rest()
	i := 0
	for i < len(rest) {
		c := rest[i]
		if c-'0' > 9 && c != ',' && c != ':' && c != '*' && c != '$' {
			break
		}
		i++
	}
	if i == 0 {
		d.Expected("sequence-set")
		return nil
	}
	d.Seek(d.Pos() + i)
	return rest[:i:i]
}
