package serve

import (
	"context"
	"io"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
)

// A Backend has the mailboxes of all users. All connections use it at the same time.
//
// If an error of a back end's method is an *Error, or wraps a parser.CodeName, the client gets that error. Otherwise
// the client only learns that something went wrong, and the log has the error.
type Backend interface {
	// Types returns a value of the type that Login returns, and one of the type that its Open returns. They may be nil
	// pointers: (*user)(nil), (*mailbox)(nil). Their methods show which capabilities the server has, before anybody has
	// logged in.
	Types() (User, Mailbox)

	// Login returns the mailboxes of a user who has logged in. ctx ends with the connection, like that of all other
	// methods. If the User has a method Close() error, it is called when the user leaves.
	Login(ctx context.Context, name string, c *Conn) (User, error)
}

// A User is one user's mailboxes, as one connection sees them. One goroutine at a time calls its methods. Names of
// mailboxes are UTF-8, with INBOX in capitals, and Server.Delimiter separates their levels.
//
// Further methods show what else a User can do: see Creator, Subscriber, Statuser, MultiAppender, Namespacer,
// QuotaHaver, ACLHaver and MetadataHaver.
type User interface {
	// Mailboxes returns all mailboxes that the user may see, including INBOX, in the order of LIST.
	Mailboxes(ctx context.Context) ([]MailboxInfo, error)

	// Open opens a mailbox. If it does not exist, the error is parser.CodeNonExistent.
	Open(ctx context.Context, name string, opt OpenOptions) (Mailbox, error)

	// Append adds a message to a mailbox and returns its UID and the mailbox's UIDVALIDITY. When it returns nil, the
	// message must be safe, whatever happens to the computer; when it fails, nothing of the message may be left. It
	// must read m.Body to its end, and fail if that fails. If the mailbox does not exist, the error is
	// parser.CodeTryCreate.
	Append(ctx context.Context, mailbox string, m *NewMessage) (validity, uid uint32, err error)
}

// MailboxInfo is what LIST reports about a mailbox.
type MailboxInfo struct {
	Name        string
	NoSelect    bool                 // it is only a name
	NonExistent bool                 // there is no such mailbox, but the name is subscribed
	NoAccess    bool                 // the user may see it, but not open it
	NoInferiors bool                 // no mailbox can be below it
	Subscribed  bool                 // ignored if the User is not a Subscriber: then all mailboxes are subscribed
	SpecialUse  []parser.MailboxAttr // RFC 6154
}

// OpenOptions says how to open a mailbox.
type OpenOptions struct {
	ReadOnly bool // by EXAMINE

	// Changed tells the connection that Changes has news. The back end may call it at any time, from any
	// goroutine, with locks held, and also without news. It never waits. It may be nil.
	Changed func()
}

// A Mailbox is a mailbox that one connection has open. One goroutine at a time calls its methods, and does not call
// them within the yield of Fetch.
//
// The machine knows which messages the client knows, and what the client may be told when. A Mailbox does not keep a
// client's view: it has the current messages, and reports changes by Changes. With further methods it says what else it
// can do: see CondStorer, FlagStorer, ChangeFinder, Resyncer, Mover, Copier, Identifier, SaveDater, Recenter and Keeper.
type Mailbox interface {
	// Changes returns what has happened since its last call, whoever did it, including this Mailbox. The first call
	// returns all messages. The result is the machine's until the next call, except New, which the machine may keep,
	// but does not change: Mailboxes may share a New that never changes.
	Changes(ctx context.Context) (*Changes, error)

	// Fetch yields the messages with these UIDs, in this order, with the fields that need names. It leaves out messages
	// that are gone, and ends when yield returns false. yield may take long, because the client may read slowly: Fetch
	// should not hold a lock that others wait for. As in the other methods, uids is borrowed for the call, and a back
	// end must not change it: it may be the New that Mailboxes share.
	Fetch(ctx context.Context, uids []uint32, need Need, yield func(*Message) bool) error

	// Store changes the flags of messages. It does not change messages that have the flags already, or their
	// mod-sequences.
	Store(ctx context.Context, uids []uint32, change *FlagChange) error

	// Expunge removes the messages with these UIDs that have \Deleted, or all in the mailbox that have it if uids is
	// nil.
	Expunge(ctx context.Context, uids []uint32) error

	// Close closes the mailbox. The machine calls no other method after it.
	Close() error
}

// Changes tells what has happened to a mailbox.
type Changes struct {
	UIDValidity   uint32 // never 0
	UIDNext       uint32 // never 0
	HighestModSeq uint64 // for a CondStorer: all changes up to it are in this Changes or an earlier one
	ReadOnly      bool   // the user may not change anything

	// Flags are the flags that the mailbox has, and PermanentFlags those that a client can change for good, with `\*`
	// if it can make new ones. nil means that they have not changed. At the first call, nil means the system flags for
	// Flags, and these with `\*` for PermanentFlags.
	Flags, PermanentFlags []string

	New      []uint32 // UIDs, ascending, higher than all before
	Expunged []uint32 // UIDs, ascending
	Changed  []uint32 // UIDs of messages that have other flags, or another mod-sequence

	Gone bool // the mailbox was deleted
}

// A Known is a message as a Mailbox last reported it, for Compare.
type Known struct {
	UID    uint32
	ModSeq uint64 // or anything else that changes with the flags
}

// Compare sets New, Expunged and Changed from the messages at the last call of Changes and the messages now, both by
// ascending UID. It is for back ends that get no report of changes, so that they have to look for them.
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

// Need says which fields of messages are needed. A back end may fill in more.
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

// A Message is a message that Fetch yields. It is the back end's, and valid only within yield.
type Message struct {
	UID    uint32
	Flags  []string // without \Recent
	Recent bool     // for a Recenter: it is \Recent in this session
	Gone   bool     // for a Keeper: it is expunged, and the client has not been told
	ModSeq uint64
	Date   time.Time // INTERNALDATE
	Size   int64     // RFC822.SIZE, which is the size of Content

	EmailID, ThreadID string    // for an Identifier (RFC 8474)
	Saved             time.Time // for a SaveDater (RFC 8514)

	// Content returns the message itself, valid within yield. The machine calls it at most once for a message, during
	// yield, and only if it needs the content: one function suffices for all messages of a Fetch.
	Content func() (*message.Message, error)
}

// FlagChange is a change of flags.
type FlagChange struct {
	Op    parser.StoreOp
	Flags []string // each once
}

// NewMessage is a message to add to a mailbox.
type NewMessage struct {
	Flags []string
	Date  time.Time // INTERNALDATE; now, if the client did not say
	Size  int64     // in octets

	// Body reads the message while the client sends it. It returns io.EOF when the command is known to be whole and
	// well-formed; after any other error, Append must give up. Body is valid until Append returns.
	Body io.Reader

	UTF8   bool // the header may hold UTF-8 (RFC 6855)
	Binary bool // the message may hold NUL, and lines of any length (RFC 3516)
}
