package parser

import (
	"bytes"
	"math"

	"github.com/imapstack/imapstack/wire"
)

// StatusItems says which items a StatusData has.
type StatusItems uint16

// These are the items of STATUS (RFC 9051 §6.3.11) and of its extensions.
const (
	StatusMessages       StatusItems = 1 << iota
	StatusRecent                     // RFC 3501
	StatusUIDNext                    //
	StatusUIDValidity                //
	StatusUnseen                     //
	StatusDeleted                    // RFC 9051, RFC 9208
	StatusSize                       // RFC 9051, RFC 8438
	StatusDeletedStorage             // RFC 9208
	StatusHighestModSeq              // RFC 7162
	StatusAppendLimit                // RFC 7889
	StatusMailboxID                  // RFC 8474
)

var statusNames = [...]string{"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "SIZE",
	"DELETED-STORAGE", "HIGHESTMODSEQ", "APPENDLIMIT", "MAILBOXID"}

// NoAppendLimit is the AppendLimit of a mailbox without a limit (RFC 7889 §4).
const NoAppendLimit = math.MaxUint64

// StatusData is the payload of STATUS (RFC 9051 §7.3.4): the counts of a mailbox, which need not be selected. A
// field is zero if its item is not in Items, or if the server does not know the number. It is valid until the next
// response is read; Clone returns a copy that the caller owns.
type StatusData struct {
	Mailbox        []byte // the name as received, without quotes; valid until the next response is read
	Items          StatusItems
	Messages       uint32
	Recent         uint32
	UIDNext        uint32
	UIDValidity    uint32
	Unseen         uint32 // messages without \Seen
	Deleted        uint32 // messages with \Deleted
	Size           uint64 // total size of the messages, in octets
	DeletedStorage uint64 // octets that expunging would free
	HighestModSeq  uint64
	AppendLimit    uint64 // octets in the largest message that can be appended, or NoAppendLimit
	MailboxID      string
	Ext            []ExtData // other items; valid until the next response is read

	ext   []ExtData
	order itemOrder

	utf8 bool // whether Mailbox is in UTF-8
}

// Has reports whether the server sent all of items.
func (x *StatusData) Has(items StatusItems) bool { return x.Items&items == items }

// Name returns the name of the mailbox in the form that commands take; see DecodeMailbox.
func (x *StatusData) Name() string { return DecodeMailbox(x.Mailbox, x.utf8) }

// Decode reads what follows the response's name.
func (x *StatusData) Decode(d *wire.Decoder) error {
	*x = StatusData{ext: reuse(x.ext), utf8: d.UTF8()}
	skipEmptyList(d)
	from := d.Pos()
	quoted := d.Is('"') || d.Is('{')
	x.Mailbox = d.AString()
	x.items(d)
	if !quoted && d.Err() == nil && !d.AtEnd() {
		d.Expected("CRLF")
	}
	if err := d.Err(); isSyntax(err) && !quoted {
		x.oddName(d, from, err)
	}
	return d.Err()
}

// oddName reads a payload again, because its name needs quotes and does not have them. The name ends before the last
// list of the line.
func (x *StatusData) oddName(d *wire.Decoder, from int, err error) {
	end := d.Pos()
	d.Rewind(from)
	i := lastList(d.Rest())
	if i < 2 || d.Rest()[i-1] != ' ' || !mailboxName(d) {
		d.Seek(end)
		d.Fail(err)
		return
	}
	*x = StatusData{Mailbox: bytes.TrimRight(d.Rest()[:i], " "), ext: reuse(x.ext), utf8: x.utf8}
	x.Mailbox = x.Mailbox[:len(x.Mailbox):len(x.Mailbox)]
	d.Seek(from + len(x.Mailbox))
	x.items(d)
}

func mailboxName(d *wire.Decoder) bool { return d.Tolerate(RuleMailboxName) }

// lastList returns the offset of the last list in b, or -1 if b has none.
func lastList(b []byte) int {
	depth := 0
	for i := len(b) - 1; i >= 0; i-- {
		switch b[i] {
		case ')':
			depth++
		case '(':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

func (x *StatusData) items(d *wire.Decoder) {
	if !d.Is('(') || !d.Tolerate(wire.RuleSpaces) {
		d.SP()
	}
	if b := d.Rest(); len(b) > 3 && b[3] == '(' {
		skipEmptyList(d)
	}
	for range d.List {
		x.nameAndValue(d)
	}
	if len(x.ext) > 0 || x.Items != 0 {
		skipRest(d)
	}
	x.Ext = clip(x.ext)
}

// nameAndValue reads the name of an item and its value. It skips anything that is not a name, to find the next item.
func (x *StatusData) nameAndValue(d *wire.Decoder) {
	at := d.Pos()
	if c := d.Peek(); c == '(' || c == '"' || c-'0' <= 9 {
		d.Expected("status-att")
		skipInvalid(d, at)
		return
	}
	name := d.Atom()
	if !d.Is(' ') && !d.Is('(') && !d.Is(')') {
		if d.Err() == nil {
			d.Expected("SP")
		}
		skipInvalid(d, at)
		if d.Pos() > at && d.Err() == nil && d.Is(' ') {
			d.SP()
			skipValue(d)
		}
		return
	}
	end := d.Pos()
	if d.Is(')') && toleratesInvalid(d) {
		return
	}
	if valueSP(d); bitOf(word(d), statusNames[:]) != 0 && toleratesInvalid(d) {
		d.Seek(end) // the next item follows: this one has no value
		return
	}
	d.Seek(end)
	valueSP(d)
	x.item(d, name)
}

// item reads the value of an item. It leaves out an item that it cannot read.
func (x *StatusData) item(d *wire.Decoder, name []byte) {
	item := StatusItems(bitOf(name, statusNames[:]))
	if readValue(d, func() { x.value(d, item, name) }) {
		x.Items |= item
		x.order.add(uint16(item))
		return
	}
	switch item {
	case StatusUIDNext:
		x.UIDNext = 0
	case StatusUIDValidity:
		x.UIDValidity = 0
	case StatusAppendLimit:
		x.AppendLimit = 0
	}
}

func (x *StatusData) value(d *wire.Decoder, item StatusItems, name []byte) {
	switch item {
	case StatusMessages:
		x.Messages = d.Number()
	case StatusRecent:
		x.Recent = d.Number()
	case StatusUIDNext:
		x.UIDNext = nzNumber(d)
	case StatusUIDValidity:
		x.UIDValidity = nzNumber(d)
	case StatusUnseen:
		x.Unseen = d.Number()
	case StatusDeleted:
		x.Deleted = d.Number()
	case StatusSize:
		x.Size = size(d)
	case StatusDeletedStorage:
		x.DeletedStorage = size(d)
	case StatusHighestModSeq:
		// Zero means that the mailbox has no mod-sequences (RFC 7162 §3.1.2.2).
		x.HighestModSeq = d.Number64()
	case StatusAppendLimit:
		if x.AppendLimit = NoAppendLimit; !d.Nil() {
			x.AppendLimit = size(d)
		}
	case StatusMailboxID:
		for range d.List {
			x.MailboxID = d.Intern(d.Atom())
		}
	default:
		x.ext = appendExt(d, x.ext, d.InternUpper(name))
	}
}

// Encode writes what Decode reads. The items are in the order in which they were received. A UIDNext or UIDValidity
// of 0 means that the value is not known. Encode writes it only if it was received. It writes the values in Ext
// unchanged and unchecked.
func (x *StatusData) Encode(e *wire.Encoder) {
	e.AStringBytes(x.Mailbox).SP().Byte('(')
	sep := new(separator)
	x.order.each(uint16(x.Items), len(x.Ext), func(bit int, came bool) {
		item := StatusItems(1) << bit
		if bit >= len(statusNames) || !came && (item == StatusUIDNext && x.UIDNext == 0 || item == StatusUIDValidity && x.UIDValidity == 0) {
			return
		}
		sep.word(e, statusNames[bit])
		x.encodeItem(e.SP(), item)
	}, func(i int) {
		sep.word(e, x.Ext[i].Name)
		e.SP().Verbatim(x.Ext[i].Value)
	})
	e.Byte(')')
}

func (x *StatusData) encodeItem(e *wire.Encoder, item StatusItems) {
	switch item {
	case StatusMessages:
		e.Number(x.Messages)
	case StatusRecent:
		e.Number(x.Recent)
	case StatusUIDNext:
		e.Number(x.UIDNext)
	case StatusUIDValidity:
		e.Number(x.UIDValidity)
	case StatusUnseen:
		e.Number(x.Unseen)
	case StatusDeleted:
		e.Number(x.Deleted)
	case StatusSize:
		e.Number64(x.Size)
	case StatusDeletedStorage:
		e.Number64(x.DeletedStorage)
	case StatusHighestModSeq:
		e.Number64(x.HighestModSeq)
	case StatusAppendLimit:
		if x.AppendLimit == NoAppendLimit {
			e.NIL()
		} else {
			e.Number64(x.AppendLimit)
		}
	case StatusMailboxID:
		e.Byte('(').Atom(x.MailboxID).Byte(')')
	}
}

// Clone returns a copy that the caller owns.
func (x *StatusData) Clone() *StatusData {
	var k keeper
	c := *x
	c.Mailbox, c.Ext, c.ext = k.bytes(x.Mailbox), k.ext(x.Ext), nil
	return &c
}
