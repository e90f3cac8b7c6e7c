package parser

import (
	"bytes"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// Flag is a system flag such as \Seen, a keyword such as $Forwarded, or \* (RFC 9051 §2.3.2). If a constant exists for
// a system flag, the decoded flag has the case of the constant, so compare it with ==. Other flags keep their case, so
// compare them with Equal.
type Flag string

// These are the system flags of RFC 9051 §2.3.2 and RFC 3501 §2.3.2.
const (
	FlagAnswered Flag = `\Answered`
	FlagFlagged  Flag = `\Flagged`
	FlagDeleted  Flag = `\Deleted`
	FlagSeen     Flag = `\Seen`
	FlagDraft    Flag = `\Draft`
	FlagRecent   Flag = `\Recent` // RFC 3501; a client cannot set it
	FlagWildcard Flag = `\*`      // in PERMANENTFLAGS only: the client can create keywords
)

// These are the keywords in the IANA registry (RFC 5788) that have a meaning in RFC 9051 or another RFC.
const (
	FlagForwarded     Flag = "$Forwarded"
	FlagMDNSent       Flag = "$MDNSent" // RFC 3503
	FlagJunk          Flag = "$Junk"
	FlagNotJunk       Flag = "$NotJunk"
	FlagPhishing      Flag = "$Phishing"
	FlagImportant     Flag = "$Important"     // RFC 8457
	FlagSubmitPending Flag = "$SubmitPending" // RFC 5550
	FlagSubmitted     Flag = "$Submitted"     // RFC 5550
)

// These are the keywords of RFC 9979. The three MailFlagBits together encode the colour of a message with \Flagged.
const (
	FlagMailFlagBit0    Flag = "$MailFlagBit0"
	FlagMailFlagBit1    Flag = "$MailFlagBit1"
	FlagMailFlagBit2    Flag = "$MailFlagBit2"
	FlagNotify          Flag = "$notify"
	FlagMuted           Flag = "$muted"
	FlagFollowed        Flag = "$followed"
	FlagMemo            Flag = "$memo"
	FlagHasMemo         Flag = "$hasmemo"
	FlagHasAttachment   Flag = "$hasattachment"
	FlagHasNoAttachment Flag = "$hasnoattachment"
	FlagAutoSent        Flag = "$autosent"
	FlagUnsubscribed    Flag = "$unsubscribed"
	FlagCanUnsubscribe  Flag = "$canunsubscribe"
	FlagImported        Flag = "$imported"
	FlagIsTrusted       Flag = "$istrusted"
	FlagMaskedEmail     Flag = "$maskedemail"
	FlagNew             Flag = "$new"
)

// Equal reports whether f and g are the same flag. It ignores case (RFC 9051 §2.3.2).
func (f Flag) Equal(g Flag) bool { return f == g || strings.EqualFold(string(f), string(g)) }

// IsKeyword reports whether f is a keyword and not a system flag.
func (f Flag) IsKeyword() bool { return f != "" && f[0] != '\\' }

// Valid reports whether f can be sent as a flag.
func (f Flag) Valid() bool { return wire.IsFlag(string(f)) }

// HasFlag reports whether list contains f, ignoring case.
func HasFlag(list []Flag, f Flag) bool {
	for _, g := range list {
		if g.Equal(f) {
			return true
		}
	}
	return false
}

// DecodeFlag reads one flag. It returns "" for a value that a rule drops: NIL, or a backslash without a name.
func DecodeFlag(d *wire.Decoder) Flag { return flag(d, false) }

// DecodeFlags reads a parenthesised list of flags, which is the flag-list of FLAGS and FETCH. It appends to dst.
func DecodeFlags(d *wire.Decoder, dst []Flag) []Flag { return flags(d, dst, false) }

// DecodePermanentFlags reads a parenthesised list of flags that may contain \*. It appends to dst.
func DecodePermanentFlags(d *wire.Decoder, dst []Flag) []Flag { return flags(d, dst, true) }

func flags(d *wire.Decoder, dst []Flag, wildcard bool) []Flag {
	for range d.List {
		at := d.Pos()
		if f := flag(d, wildcard); f != "" {
			if dst == nil {
				dst = make([]Flag, 0, 8) // most servers list at most 8
			}
			dst = appendLimited(d, dst, f)
		} else if d.Err() != nil {
			skipInvalid(d, at)
		}
	}
	return dst
}

// EncodeFlags writes a parenthesised list of flags.
func EncodeFlags(e *wire.Encoder, list []Flag) {
	e.List(len(list), func(i int) { e.Flag(string(list[i])) })
}

func flag(d *wire.Decoder, wildcard bool) Flag {
	rest := d.Rest()
	i := 0
	if len(rest) > 0 && rest[0] == '\\' {
		i = 1
	}
	for i < len(rest) && flagChars[rest[i]] {
		i++
	}
	if i == len(rest) || endsValue(rest[i]) {
		switch {
		case i > 1 && rest[0] == '\\':
			if d.Err() != nil {
				return ""
			}
			d.Seek(d.Pos() + i)
			return systemFlag(d, rest[:i])
		case i > 0 && rest[0] != '\\' && !isNilWord(rest[:i]):
			if d.Err() != nil {
				return ""
			}
			d.Seek(d.Pos() + i)
			return Flag(d.Intern(rest[:i]))
		}
	}
	return oddFlag(d, wildcard)
}

// flagChars has the octets that an atom may contain (RFC 9051 §9 ATOM-CHAR).
var flagChars = func() (t [256]bool) {
	for c := 0x21; c < 0x7f; c++ {
		t[c] = strings.IndexByte("(){%*\"\\]", byte(c)) < 0
	}
	return t
}()

// systemFlag returns b as a string. If a constant exists for the flag, the string has the case of the constant.
func systemFlag(d *wire.Decoder, b []byte) Flag {
	var f Flag
	switch len(b) {
	case len(FlagSeen):
		f = FlagSeen
	case len(FlagDraft):
		f = FlagDraft
	case len(FlagRecent):
		f = FlagRecent
	case len(FlagFlagged):
		if f = FlagFlagged; b[1]|0x20 == 'd' {
			f = FlagDeleted
		}
	case len(FlagAnswered):
		f = FlagAnswered
	}
	if wire.EqualFold(b, string(f)) {
		return f
	}
	return Flag(d.Intern(b))
}

// oddFlag reads \*, or a flag that the grammar does not accept.
func oddFlag(d *wire.Decoder, wildcard bool) Flag {
	rest := d.Rest()
	switch {
	case d.Err() != nil:
		return ""
	case bytes.HasPrefix(rest, []byte(FlagWildcard)) && (len(rest) == 2 || endsValue(rest[2])):
		if wildcard || d.Tolerate(RuleFlagWildcard) {
			d.Seek(d.Pos() + 2)
			return FlagWildcard
		}
	case d.Is('"') || d.Is('{'):
		if d.Tolerate(RuleFlagString) {
			return flagOfWord(d, d.String())
		}
	case len(rest) >= 3 && isNilWord(rest[:3]) && (len(rest) == 3 || endsValue(rest[3])):
		// NIL is a keyword by the grammar, but nobody uses it as one.
		d.Seek(d.Pos() + 3)
		if d.Tolerate(RuleFlagNil) {
			return ""
		}
		return Flag(d.Intern(rest[:3]))
	default:
		i := oddWord(rest)
		if i > 0 && d.Tolerate(RuleFlagWord) {
			d.Seek(d.Pos() + i)
			return flagOfWord(d, rest[:i])
		}
	}
	d.Expected("flag")
	return ""
}

// oddWord returns the length of the word at the beginning of b. The word ends at a blank or at the closing
// parenthesis of its list. Pairs of parentheses belong to the word.
func oddWord(b []byte) (i int) {
	depth := 0
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ')' && depth == 0 || c == '(' && i == 0:
			if depth > 0 {
				return bytes.IndexByte(b, '(')
			}
			return i
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
	}
	return i
}

// flagOfWord returns b as a flag. It returns "" if b is empty or a backslash alone.
func flagOfWord(d *wire.Decoder, b []byte) Flag {
	if len(b) == 0 || len(b) == 1 && b[0] == '\\' {
		return ""
	}
	if b[0] == '\\' {
		return systemFlag(d, b)
	}
	return Flag(d.Intern(b))
}

func endsValue(c byte) bool { return c == ' ' || c == ')' || c == '\r' || c == '\n' }

func isNilWord(b []byte) bool {
	return len(b) == 3 && b[0]|0x20 == 'n' && b[1]|0x20 == 'i' && b[2]|0x20 == 'l'
}

// ParseFlags finds the flags in a FETCH or FLAGS response or a piece of it, or in text such as
// `1 (FLAGS (\Seen $Junk) UID 4)`, in which the word FETCH is missing. If
// FLAGS comes more than once, the last one counts. If FLAGS does not come at all, the result is empty and the error
// is nil. The caller owns the strings.
func ParseFlags(resp []byte) ([]Flag, error) {
	i := -1
	for j := 0; j+len("FLAGS (") <= len(resp); j++ {
		if wire.EqualFold(resp[j:j+len("FLAGS (")], "FLAGS (") {
			i = j
		}
	}
	if i < 0 {
		return nil, nil
	}
	d := wire.NewDecoder(resp[i+len("FLAGS (")-1:])
	list := DecodePermanentFlags(d, nil)
	if d.Err() != nil {
		return nil, at("FLAGS", d.Err())
	}
	return list, nil
}
