package parser

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/imapstack/imapstack/wire"
)

// MailboxAttr is an attribute of a mailbox in LIST (RFC 9051 §7.3.1). If a constant exists for an attribute, the
// decoded attribute has the case of the constant, so compare it with ==. Other attributes keep their case, so compare
// them with Equal.
type MailboxAttr string

// These are the attributes of RFC 9051 §7.3.1 and RFC 3501 §7.2.2.
const (
	AttrNonExistent   MailboxAttr = `\NonExistent`
	AttrNoInferiors   MailboxAttr = `\Noinferiors`
	AttrNoSelect      MailboxAttr = `\Noselect`
	AttrHasChildren   MailboxAttr = `\HasChildren`
	AttrHasNoChildren MailboxAttr = `\HasNoChildren`
	AttrMarked        MailboxAttr = `\Marked`
	AttrUnmarked      MailboxAttr = `\Unmarked`
	AttrSubscribed    MailboxAttr = `\Subscribed`
	AttrRemote        MailboxAttr = `\Remote`
)

// These are the attributes for special uses (RFC 6154, RFC 8457, RFC 9979), and the attributes of Gmail's XLIST.
const (
	AttrAll       MailboxAttr = `\All`
	AttrArchive   MailboxAttr = `\Archive`
	AttrDrafts    MailboxAttr = `\Drafts`
	AttrFlagged   MailboxAttr = `\Flagged`
	AttrJunk      MailboxAttr = `\Junk`
	AttrSent      MailboxAttr = `\Sent`
	AttrTrash     MailboxAttr = `\Trash`
	AttrImportant MailboxAttr = `\Important` // RFC 8457
	AttrMemos     MailboxAttr = `\Memos`     // RFC 9979
	AttrScheduled MailboxAttr = `\Scheduled` // RFC 9979
	AttrSnoozed   MailboxAttr = `\Snoozed`   // RFC 9979
	AttrInbox     MailboxAttr = `\Inbox`     // XLIST
	AttrAllMail   MailboxAttr = `\AllMail`   // XLIST
	AttrSpam      MailboxAttr = `\Spam`      // XLIST
	AttrStarred   MailboxAttr = `\Starred`   // XLIST
)

var mailboxAttrs = [...]MailboxAttr{
	AttrHasNoChildren, AttrHasChildren, AttrNonExistent, AttrNoInferiors, AttrNoSelect, AttrMarked, AttrUnmarked,
	AttrSubscribed, AttrRemote, AttrAll, AttrArchive, AttrDrafts, AttrFlagged, AttrJunk, AttrSent, AttrTrash,
	AttrImportant, AttrMemos, AttrScheduled, AttrSnoozed, AttrInbox, AttrAllMail, AttrSpam, AttrStarred,
}

// Equal reports whether a and b are the same attribute, ignoring case.
func (a MailboxAttr) Equal(b MailboxAttr) bool {
	return a == b || strings.EqualFold(string(a), string(b))
}

// ListData is the payload of LIST (RFC 9051 §7.3.1), and of LSUB, XLIST, RLIST and RLSUB.
// It is valid until the next response is read; Clone returns a copy that the caller owns.
type ListData struct {
	Attrs     []MailboxAttr // as the server sent them, perhaps with duplicates; valid until the next response is read
	Delim     rune          // the hierarchy separator; 0 if the mailbox has none
	Mailbox   []byte        // the name as received, without quotes; valid until the next response is read
	ChildInfo []string      // value of CHILDINFO in upper case: "SUBSCRIBED", …; valid until the next response is read
	// OldName is the value of OLDNAME as received, or nil if the server did not send it. It is valid until the next
	// response is read.
	OldName []byte
	Ext     []ExtData // other extended data; valid until the next response is read

	attrs    []MailboxAttr
	children []string
	ext      []ExtData

	utf8 bool // whether Mailbox is in UTF-8
}

// Name returns the name of the mailbox in the form that commands take; see DecodeMailbox.
func (x *ListData) Name() string { return DecodeMailbox(x.Mailbox, x.utf8) }

// Has reports whether the mailbox has the attribute, or another one that implies it: \NonExistent implies
// \Noselect, and \Noinferiors implies \HasNoChildren (RFC 9051 §7.3.1).
func (x *ListData) Has(a MailboxAttr) bool {
	for _, b := range x.Attrs {
		if a.Equal(b) || b == AttrNonExistent && a.Equal(AttrNoSelect) || b == AttrNoInferiors && a.Equal(AttrHasNoChildren) {
			return true
		}
	}
	return false
}

// Decode reads what follows the response's name, up to the end of the line or of the mailbox list.
func (x *ListData) Decode(d *wire.Decoder) error {
	*x = ListData{attrs: reuse(x.attrs), children: reuse(x.children), ext: reuse(x.ext), utf8: d.UTF8()}
	x.allAttributes(d)
	d.SP()
	x.separator(d)
	if d.Is(' ') || d.Err() != nil || d.AtEnd() || !d.Tolerate(wire.RuleSpaces) {
		d.SP()
	}
	skipEmptyList(d)
	if d.Err() != nil {
		return d.Err()
	}
	from := d.Pos()
	if d.Is('"') || d.Is('{') {
		if x.Mailbox = d.AString(); d.Err() == nil {
			if x.extended(d); d.Err() != nil {
				x.ChildInfo, x.Ext = clip(x.children), clip(x.ext)
				skipRest(d)
			}
		}
		return d.Err()
	}
	// After a name without quotes, the line must end or extended data must begin. If neither follows, the server has
	// forgotten the quotes around a name that needs them, such as one with spaces. If
	// RuleListName tolerates that, the rest of the line is the name.
	x.Mailbox = d.AString()
	if d.Is('\t') {
		d.Expected("CRLF")
	} else {
		x.extended(d)
	}
	if err := d.Err(); err == nil && !d.AtEnd() || isSyntax(err) {
		x.restOfLine(d, from, err)
	}
	return d.Err()
}

// attributes reads the list of attributes.
func (x *ListData) attributes(d *wire.Decoder) {
	for range d.List {
		at := d.Pos()
		if a := decodeMailboxAttr(d); a != "" {
			x.attrs = appendLimited(d, x.attrs, a)
		} else if d.Err() != nil {
			skipInvalid(d, at)
		}
	}
}

// separator reads the hierarchy separator, or skips it if it is invalid.
func (x *ListData) separator(d *wire.Decoder) {
	at := d.Pos()
	if x.Delim = decodeDelim(d); d.Err() == nil && (d.Is(' ') || d.Is('"') || d.Raw()[d.Pos()-1] == '"') {
		return
	}
	if d.Err() == nil {
		x.Delim = 0
		d.Expected("SP")
	}
	skipDelim(d, at)
}

// restOfLine reads the rest of the line, beginning at d.Raw()[from], as the name of the mailbox.
func (x *ListData) restOfLine(d *wire.Decoder, from int, err error) {
	end := d.Pos()
	if isSyntax(err) {
		n := len(x.Mailbox)
		if b := d.Raw()[from:]; n > 0 && len(b) > n && extendedNext(b[n:]) {
			// Extended data follows the name, so the name ends there. The error is in the extended data.
			x.ChildInfo, x.Ext = clip(x.children), clip(x.ext)
			skipRest(d)
			return
		}
	}
	d.Rewind(from)
	if b := d.Rest(); len(b) > 0 && !endsValue(b[0]) && d.Tolerate(RuleListName) {
		x.Mailbox = bytes.TrimRight(d.Text(), " ")
		x.Mailbox = x.Mailbox[:len(x.Mailbox):len(x.Mailbox)]
		x.ChildInfo, x.OldName, x.Ext = nil, nil, nil
		return
	}
	d.Seek(end)
	if err != nil {
		d.Fail(err)
	}
}

// extendedNext reports whether b, which follows a name without quotes, is extended data and not part of the name.
func extendedNext(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte(" ()"))
	return len(b) > 2 && b[0] == ' ' && b[1] == '(' && (b[2] == '"' || b[2] == '(')
}

// decodeMailboxAttr reads one attribute. It returns "" for a value that a rule drops.
func decodeMailboxAttr(d *wire.Decoder) MailboxAttr {
	f := flag(d, false)
	for _, a := range mailboxAttrs {
		if len(a) == len(f) && strings.EqualFold(string(a), string(f)) {
			return a
		}
	}
	return MailboxAttr(f)
}

// decodeDelim reads a hierarchy separator: one character in quotes, or NIL.
func decodeDelim(d *wire.Decoder) rune {
	at := d.Pos()
	if b := d.Rest(); len(b) > 3 && b[0] == '"' && b[2] == '"' && b[3] > ' ' && b[3] != ')' && b[1] != '\\' && b[1] < 0x80 && d.Tolerate(wire.RuleSpaces) {
		if d.Seek(at + 3); b[3] == '"' && len(b) > 4 && b[4] == ' ' && d.Tolerate(wire.RuleQuoteInside) {
			d.Seek(at + 4) // skip a superfluous quote
		}
		return rune(b[1]) // the space after the separator is missing
	}
	b := d.NString()
	if b == nil || d.Err() != nil {
		return 0
	}
	if len(b) == 0 && d.Tolerate(RuleDelimiter) {
		return 0
	}
	r, n := utf8.DecodeRune(b)
	if n != len(b) || n == 0 || r == 0 {
		d.Seek(at)
		d.Expected("a hierarchy separator")
		return 0
	}
	return r
}

// extended reads the extended data, if any (RFC 9051 §9 mbox-list-extended).
func (x *ListData) extended(d *wire.Decoder) {
	if !d.Is(' ') || !d.GotSP() {
		return
	}
	if bytes.HasPrefix(d.Rest(), []byte("() (")) {
		skipEmptyList(d)
	}
	for range d.List {
		at := d.Pos()
		if d.Is('(') && toleratesInvalid(d) {
			skipValue(d) // the name of an item cannot begin with a parenthesis
			continue
		}
		name := d.InternUpper(d.AString())
		if d.Err() == nil && !d.Is(' ') && !d.Is('(') {
			d.Expected("SP")
		}
		if d.Err() != nil && skipInvalid(d, at) {
			valueSP(d)
			skipValue(d)
			continue
		}
		valueSP(d)
		switch {
		case name == "CHILDINFO" && d.Is('('):
			for range d.List {
				var s string
				if readValue(d, func() { s = d.InternUpper(d.AString()) }) {
					x.children = appendLimited(d, x.children, s)
				}
			}
		case name == "OLDNAME" && d.Is('('):
			for range d.List {
				x.OldName = d.AString()
			}
		default:
			x.ext = appendExt(d, x.ext, name)
		}
	}
	x.ChildInfo, x.Ext = clip(x.children), clip(x.ext)
}

// Encode writes what Decode reads. It writes the values in Ext unchanged and unchecked.
func (x *ListData) Encode(e *wire.Encoder) {
	e.List(len(x.Attrs), func(i int) { e.Flag(string(x.Attrs[i])) }).SP()
	encodeDelim(e, x.Delim)
	e.SP().AStringBytes(x.Mailbox)
	if x.ChildInfo == nil && x.OldName == nil && len(x.Ext) == 0 {
		return
	}
	e.SP().Byte('(')
	sep := new(separator)
	if x.ChildInfo != nil {
		sep.next(e)
		e.String("CHILDINFO").SP().List(len(x.ChildInfo), func(i int) { e.String(x.ChildInfo[i]) })
	}
	if x.OldName != nil {
		sep.next(e)
		e.String("OLDNAME").SP().Byte('(').AStringBytes(x.OldName).Byte(')')
	}
	for _, t := range x.Ext {
		sep.next(e)
		e.String(t.Name).SP().Verbatim(t.Value)
	}
	e.Byte(')')
}

func encodeDelim(e *wire.Encoder, delim rune) {
	if delim == 0 {
		e.NIL()
		return
	}
	e.String(string(delim))
}

// Clone returns a copy that the caller owns.
func (x *ListData) Clone() *ListData {
	var k keeper
	return &ListData{
		Attrs:     append([]MailboxAttr(nil), x.Attrs...),
		Delim:     x.Delim,
		Mailbox:   k.bytes(x.Mailbox),
		ChildInfo: append([]string(nil), x.ChildInfo...),
		OldName:   k.bytes(x.OldName),
		Ext:       k.ext(x.Ext),
		utf8:      x.utf8,
	}
}
