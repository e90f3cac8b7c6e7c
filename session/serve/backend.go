package serve

import (
	"context"
	"io"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
)

// A Backend has the mailboxes of users. It is used by all connections at once.
//
// Errors of a back end's methods are told to the client as they are if they are an *Error, or if they wrap a
// parser.CodeName; otherwise the client hears that something went wrong, and the log what.
type Backend interface {
	// Types returns a value of the type that Login returns, and one of the type that its Open returns, which may be nil
	// pointers: (*user)(nil), (*mailbox)(nil). Their methods say which capabilities the server has, before
	// anybody has logged in.
	Types() (User, Mailbox)

	// Login returns the mailboxes of a user who has proved who he is. ctx ends with the connection, and so it does for all methods
	// that are given one. If the User has a method Close() error, it is called when he leaves.
	Login(ctx context.Context, name string, c *Conn) (User, error)
}

// A User is one user's mailboxes, as one connection sees them. Its methods are called by one goroutine at a time. Names of mailboxes
// are UTF-8, with INBOX in capitals, and their levels are separated by Server.Delimiter.
//
// What more a User can do he says by further methods: see Creator, Subscriber, Statuser, MultiAppender, Namespacer,
// QuotaHaver, ACLHaver and MetadataHaver.
type User interface {
	// Mailboxes returns all mailboxes that the user may see, in the order in which they are to be listed. INBOX is one.
	Mailboxes(ctx context.Context) ([]MailboxInfo, error)

	// Open opens a mailbox. A mailbox that is not there is parser.CodeNonExistent.
	Open(ctx context.Context, name string, opt OpenOptions) (Mailbox, error)

	// Append adds a message to a mailbox and returns its UID and the mailbox's UIDVALIDITY. The message is there for certain,
	// whatever happens to the machine, when it returns; nothing of it is there if it fails. It must read m.Body to its end,
	// and fail if that fails. A mailbox that is not there is parser.CodeTryCreate.
	Append(ctx context.Context, mailbox string, m *NewMessage) (validity, uid uint32, err error)
}

// MailboxInfo is what LIST tells of a mailbox.
type MailboxInfo struct {
	Name        string
	NoSelect    bool                 // it is a name only
	NoInferiors bool                 // there can be none below it
	Subscribed  bool                 // of no importance if the User is no Subscriber: all are then
	SpecialUse  []parser.MailboxAttr // RFC 6154
}

// OpenOptions is how a mailbox is opened.
type OpenOptions struct {
	ReadOnly bool // by EXAMINE

	// Changed tells the connection that Changes has something new. The back end may call it at any time, from any
	// goroutine, with locks held, and more often than there is something. It never waits. It may be nil.
	Changed func()
}

// A Mailbox is a mailbox that one connection has open. Its methods are called by one goroutine at a time, and none within
// the yield of Fetch.
//
// The machine knows which messages the client knows of, and when it may hear what. A Mailbox has no view of its own: it has the
// messages that there are, and says by Changes what has become of them. What more it can do it says by further
// methods: see CondStorer, Resyncer, Mover, Copier, Identifier and SaveDater.
type Mailbox interface {
	// Changes returns what has happened since it was called last, whoever did it, this Mailbox too. The first call returns all
	// that there is. The result is the machine's until the next call.
	Changes(ctx context.Context) (*Changes, error)

	// Fetch yields the messages with these UIDs, in their order, with what is needed of each. Messages that are gone are left
	// out. It ends when yield returns false. yield may take its time, as a client takes it to read: no lock should be held that
	// others wait for.
	Fetch(ctx context.Context, uids []uint32, need Need, yield func(*Message) bool) error

	// Store changes the flags of messages. Messages that have the flags already are left as they are, their mod-sequences too.
	Store(ctx context.Context, uids []uint32, change *FlagChange) error

	// Expunge removes those of the messages that have \Deleted; of all messages in the mailbox, if uids is nil.
	Expunge(ctx context.Context, uids []uint32) error

	// Close is the end of it.
	Close() error
}

// Changes is what has become of a mailbox.
type Changes struct {
	UIDValidity   uint32 // never 0
	UIDNext       uint32 // never 0
	HighestModSeq uint64 // of a CondStorer: all changes up to it are in this Changes or an earlier one
	ReadOnly      bool   // the user may not change anything

	// Flags is the flags that the mailbox has, and PermanentFlags those that a client can change for good, with `\*` if
	// it can make new ones. Nil is what they were; at the first call, the system flags, and those and `\*`.
	Flags, PermanentFlags []string

	New      []uint32 // UIDs, ascending, higher than all before
	Expunged []uint32 // UIDs, ascending
	Changed  []uint32 // UIDs of messages that have other flags, or another mod-sequence

	Gone bool // the mailbox was deleted
}

// A Known is a message as a Mailbox last told of it, for Compare.
type Known struct {
	UID    uint32
	ModSeq uint64 // or anything else that changes with the flags
}

// Compare sets New, Expunged and Changed from what there was when Changes was called last, and what there is, both by ascending UID. It is for
// back ends that do not hear of changes, but look.
func (ch *Changes) Compare(before, now []Known) {
	i, k := 0, 0
	for i < len(before) || k < len(now) {
		switch {
		case k == len(now) || i < len(before) && before[i].UID < now[k].UID:
			ch.Expunged = append(ch.Expunged, before[i].UID)
			i++
		case i == len(before) || before[i].UID > now[k].UID:
			ch.New = append(ch.New, now[k].UID)
			k++
		default:
			if before[i].ModSeq != now[k].ModSeq {
				ch.Changed = append(ch.Changed, now[k].UID)
			}
			i, k = i+1, k+1
		}
	}
}

// Need says what is needed of messages. More may be given.
type Need uint8

// What can be needed.
const (
	NeedFlags   Need = 1 << iota // Flags, and ModSeq of a CondStorer
	NeedDate                     // Date
	NeedSize                     // Size
	NeedContent                  // Content
	NeedIDs                      // EmailID and ThreadID
	NeedSaved                    // Saved
)

// A Message is what is known of a message. It belongs to the back end, and is valid within yield.
type Message struct {
	UID    uint32
	Flags  []string // without \Recent, which this package's servers do not have
	ModSeq uint64
	Date   time.Time // INTERNALDATE
	Size   int64     // RFC822.SIZE, which is that of Content

	EmailID, ThreadID string    // of an Identifier (RFC 8474)
	Saved             time.Time // of a SaveDater (RFC 8514)

	// Content returns the message itself, valid within yield. It is called at most once for a message, when what is asked
	// for needs it: one function will do for all messages of a Fetch.
	Content func() (*message.Message, error)
}

// FlagChange is a change of flags.
type FlagChange struct {
	Op    parser.StoreOp
	Flags []string // each once
}

// NewMessage is a message to be added to a mailbox.
type NewMessage struct {
	Flags []string
	Date  time.Time // INTERNALDATE; now, if the client did not say
	Size  int64     // in octets

	// Body reads the message, as the client sends it. It gives io.EOF when the command is known to be whole and well-formed;
	// any other error is one to give up by. It is valid until Append returns.
	Body io.Reader

	UTF8   bool // there may be UTF-8 in the header (RFC 6855)
	Binary bool // there may be NUL in it, and lines of any length (RFC 3516)
}
