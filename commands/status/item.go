package status

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Item is what commands.Status asks for: an [Attr], or an [Ext] of an extension.
type Item interface {
	// Attribute is the item's name, in upper case.
	Attribute() string
	// Capability is the capability that the item needs: "A|B" means either, "" means none.
	Capability() string
}

// Attr is an item of STATUS. parser.StatusData has a field for its value.
type Attr string

// The items of RFC 9051 §6.3.11 and RFC 3501 §6.3.10, and of extensions.
const (
	Messages       Attr = "MESSAGES"
	Recent         Attr = "RECENT" // RFC 3501
	UIDNext        Attr = "UIDNEXT"
	UIDValidity    Attr = "UIDVALIDITY"
	Unseen         Attr = "UNSEEN"
	Deleted        Attr = "DELETED"         // RFC 9051, RFC 9208
	Size           Attr = "SIZE"            // RFC 8438
	DeletedStorage Attr = "DELETED-STORAGE" // RFC 9208
	HighestModSeq  Attr = "HIGHESTMODSEQ"   // RFC 7162
	AppendLimit    Attr = "APPENDLIMIT"     // RFC 7889
	MailboxID      Attr = "MAILBOXID"       // RFC 8474
)

// Attribute returns the item's name.
func (a Attr) Attribute() string { return string(a) }

// Capability returns the capability that the item needs, or "".
func (a Attr) Capability() string {
	switch a {
	case Deleted:
		return "IMAP4REV2|QUOTA=RES-MESSAGE"
	case Size:
		return "STATUS=SIZE"
	case DeletedStorage:
		return "QUOTA=RES-STORAGE"
	case HighestModSeq:
		return "CONDSTORE|QRESYNC"
	case AppendLimit:
		return "APPENDLIMIT"
	case MailboxID:
		return "OBJECTID"
	}
	return ""
}

// Ext is an item of an extension. Its value is of type T. An extension, in this module or in another, defines its
// items as variables.
type Ext[T any] struct {
	Name  string // in upper case
	Needs string // the capability; "A|B" means either
	Read  func(*wire.Decoder) T
}

// Attribute returns the item's name.
func (x Ext[T]) Attribute() string { return x.Name }

// Capability returns the capability that the item needs, or "".
func (x Ext[T]) Capability() string { return x.Needs }

// Of returns the item's value in data. It returns false if data does not contain the item, or if its value cannot be
// read.
func (x Ext[T]) Of(data *parser.StatusData) (v T, ok bool) {
	for _, t := range data.Ext {
		if t.Name == x.Name {
			d := wire.NewDecoder(t.Value)
			v = x.Read(d)
			return v, d.Err() == nil
		}
	}
	return v, false
}
