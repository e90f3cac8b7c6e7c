package commands

import (
	"bytes"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// StatusItem is what Status asks for: one of the items that parser.StatusData knows, or StatusExt of an extension.
type StatusItem interface {
	statusName() string
	need() string
}

// StatusAttr is an item that parser.StatusData knows.
type StatusAttr string

// The items of RFC 9051 §6.3.11 and RFC 3501 §6.3.10, and of extensions.
const (
	Messages       StatusAttr = "MESSAGES"
	Recent         StatusAttr = "RECENT" // RFC 3501
	UIDNext        StatusAttr = "UIDNEXT"
	UIDValidity    StatusAttr = "UIDVALIDITY"
	Unseen         StatusAttr = "UNSEEN"
	Deleted        StatusAttr = "DELETED"         // RFC 9051, RFC 9208
	MailboxSize    StatusAttr = "SIZE"            // RFC 8438
	DeletedStorage StatusAttr = "DELETED-STORAGE" // RFC 9208
	HighestModSeq  StatusAttr = "HIGHESTMODSEQ"   // RFC 7162
	AppendLimit    StatusAttr = "APPENDLIMIT"     // RFC 7889
	MailboxID      StatusAttr = "MAILBOXID"       // RFC 8474
)

func (a StatusAttr) statusName() string { return string(a) }

func (a StatusAttr) need() string {
	switch a {
	case Deleted:
		return "IMAP4REV2|QUOTA=RES-MESSAGE"
	case MailboxSize:
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

// StatusExt is an item of an extension, with a value of type T. It is defined where the extension is.
type StatusExt[T any] struct {
	Name  string // in upper case
	Needs string // the capability; "A|B" is either
	Read  func(*wire.Decoder) T
}

func (x StatusExt[T]) statusName() string { return x.Name }
func (x StatusExt[T]) need() string       { return x.Needs }

// Of returns the item's value in data, and false if the server did not tell it or it cannot be read.
func (x StatusExt[T]) Of(data *parser.StatusData) (v T, ok bool) {
	for _, t := range data.Ext {
		if t.Name == x.Name {
			d := wire.NewDecoder(t.Value)
			v = x.Read(d)
			return v, d.Err() == nil
		}
	}
	return v, false
}

// Status asks for counts of a mailbox that need not be selected (RFC 9051 §6.3.11). The result is the caller's.
// Of the selected mailbox, session.Mailbox tells, and Status may be slow.
func Status(s *session.Session, mailbox string, items ...StatusItem) *session.Call[parser.StatusData] {
	return status(s, mailbox, func(e *wire.Encoder) { parser.EncodeMailbox(e, mailbox) }, func(name []byte) bool { return sameMailbox(s, name, mailbox) }, items)
}

// statusRaw is Status of a mailbox named by the octets that LIST gave.
func statusRaw(s *session.Session, mailbox []byte, items []StatusItem) *session.Call[parser.StatusData] {
	mine := func(name []byte) bool { return bytes.Equal(name, mailbox) }
	return status(s, parser.DecodeMailbox(mailbox, s.Mode().UTF8), func(e *wire.Encoder) { e.AStringBytes(mailbox) }, mine, items)
}

// status claims one STATUS response, for its mailbox, so that several may be in flight, and a server may tell of others
// unasked (RFC 5465 §5.4).
func status(s *session.Session, key string, name func(*wire.Encoder), mine func(name []byte) bool, items []StatusItem) *session.Call[parser.StatusData] {
	out := new(parser.StatusData)
	cmd := session.Command{Name: "STATUS", In: loggedIn, Asks: key, Answers: byName("STATUS", key)}
	for _, it := range items {
		if n := it.need(); n != "" && !s.Caps().HasAny(n) {
			cmd.Needs = n
		}
	}
	var data parser.StatusData
	var failed error
	got := false
	cmd.Args = func(e *wire.Encoder) {
		name(e.SP())
		e.SP()
		encodeStatusItems(e, items)
	}
	cmd.Claim = func(r *parser.Response) bool {
		if r.Name != "STATUS" || got {
			return false
		}
		// The whole is read, since only what stands behind a name without quotes says where it ends.
		failed = data.Decode(r.Decoder())
		return mine(data.Mailbox) || failed != nil && len(data.Mailbox) == 0
	}
	cmd.Data = func(r *parser.Response) error {
		got = true
		if failed != nil {
			return failed
		}
		*out = *data.Clone()
		return nil
	}
	cmd.Done = func(*response) error { return answered(got, cmd.Name) }
	return session.Start(s, cmd, out)
}

func encodeStatusItems(e *wire.Encoder, items []StatusItem) {
	if len(items) == 0 {
		e.Fail(&wire.ArgumentError{What: "STATUS", Reason: "needs an item"})
		return
	}
	e.List(len(items), func(i int) { e.Atom(items[i].statusName()) })
}
