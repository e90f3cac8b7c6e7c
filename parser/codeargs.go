package parser

import (
	"bytes"
	"strings"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Number returns the argument of a code whose argument is one number, such as UIDNEXT or HIGHESTMODSEQ. ok is false if
// c has another name, or if its argument is not a number. ok is also false if the number is 0, because servers send 0
// for an unknown number.
func (c Code) Number(name CodeName) (n uint64, ok bool) {
	if c.Name != name {
		return 0, false
	}
	var d wire.Decoder
	d.Reset(c.Args)
	n = d.Number64()
	return n, n != 0 && d.Err() == nil && d.AtEnd()
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

// CopyUID returns the argument of COPYUID (RFC 9051 §7.1): the UIDVALIDITY of the target mailbox, the UIDs of the
// source messages, and the UIDs of the copies. The nth UID in dst is the copy of the nth UID in src. If src and dst do
// not have the same number of UIDs, ok is false.
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
	if err != nil || countNumbers(src) != countNumbers(dst) {
		return 0, nil, nil, false
	}
	return validity, src, dst, true
}

// countNumbers returns how many numbers are in ranges.
func countNumbers(ranges []numset.Range) (n uint64) {
	for _, r := range ranges {
		n += uint64(max(r.Start, r.Stop)) - uint64(min(r.Start, r.Stop)) + 1
	}
	return n
}

// BadCharset returns the argument of BADCHARSET (RFC 9051 §7.1): the charsets that the server supports, if it sent
// them.
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

// Modified returns the argument of MODIFIED (RFC 7162 §3.1.3). The caller passes the kind of numbers that STORE used.
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

// Referral returns the argument of REFERRAL. Its URLs are alternatives: any one of them is enough (RFC 2221 §4, RFC
// 2193 §4).
func (c Code) Referral() (urls []string, ok bool) {
	if c.Name != CodeReferral {
		return nil, false
	}
	for word := range bytes.FieldsSeq(c.Args) {
		urls = append(urls, string(word))
	}
	return urls, len(urls) > 0
}

// Progress is the argument of INPROGRESS (RFC 9585 §3). Goal is 0 if the server does not know the goal.
type Progress struct {
	Tag        string // of the command; "" if the server sent none
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

// BadEvent returns the argument of BADEVENT (RFC 5465 §5): the names of the events that the server supports, in upper
// case.
func (c Code) BadEvent() (events []string, ok bool) {
	if c.Name != CodeBadEvent {
		return nil, false
	}
	err := c.Decode(func(d *wire.Decoder) {
		for range d.List {
			events = append(events, d.Name())
		}
	})
	return events, err == nil
}

// URLMech returns the argument of URLMECH (RFC 4467 §7): the mechanisms by which the server authorizes URLs of the
// mailbox. The keys are the names of the mechanisms in upper case. The values are the data that the server sent with
// the names, in base64.
func (c Code) URLMech() (mechanisms map[string]string, ok bool) {
	if c.Name != CodeURLMech {
		return nil, false
	}
	mechanisms = map[string]string{}
	for word := range strings.FieldsSeq(string(c.Args)) {
		name, data, _ := strings.Cut(word, "=")
		mechanisms[strings.ToUpper(name)] = data
	}
	return mechanisms, len(mechanisms) > 0
}

// MailboxAnnotations is the argument of the code ANNOTATIONS. It says what annotations the messages of a mailbox
// can have (RFC 5257 §4.1).
type MailboxAnnotations struct {
	None      bool   // annotations are not supported
	ReadOnly  bool   // annotations cannot be changed
	MaxSize   uint64 // the largest size of a value, in octets; 0 if the server did not send it
	NoPrivate bool   // only shared annotations are supported
}

// Annotations returns the argument of ANNOTATIONS.
func (c Code) Annotations() (x MailboxAnnotations, ok bool) {
	if c.Name != CodeAnnotations {
		return x, false
	}
	err := c.Decode(func(d *wire.Decoder) {
		for {
			switch {
			case d.Peek()-'0' <= 9:
				x.MaxSize = d.Number64()
			default:
				switch d.Name() {
				case "NONE":
					x.None = true
				case "READ-ONLY":
					x.ReadOnly = true
				case "NOPRIVATE":
					x.NoPrivate = true
				default:
					d.Expected("ANNOTATIONS")
				}
			}
			if d.AtEnd() || !d.GotSP() {
				return
			}
		}
	})
	return x, err == nil
}

// decodeSet reads a sequence-set. It does not accept "*", because in a response "*" would not say which number it is.
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

// decodeRanges reads a uid-set, and returns its ranges in the order of the text.
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

// setBytes reads a sequence-set, up to the first octet that cannot occur in one.
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
