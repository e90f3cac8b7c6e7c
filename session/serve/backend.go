package serve

import (
	"context"
	"io"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
)

// A Backend has the mailboxes of all users. All connections use it concurrently.
//
// If the error of a back end's method wraps an *Error or a parser.CodeName, the client gets that code and text. For any
// other error the client gets NO without details, and the server logs the error.
type Backend interface {
	// Types returns a User of the type that Login returns, and a Mailbox of the type that User.Open returns. They may
	// be nil pointers: (*user)(nil), (*mailbox)(nil). The server looks at their methods to determine its capabilities,
	// before anybody has logged in.
	Types() (User, Mailbox)

	// Login returns the mailboxes of a user who has logged in. ctx ends when the connection ends. The context of most
	// other methods also ends when the command has run for Server.CommandTimeout. If the User has a method Close()
	// error, the server calls it when the user logs out or the connection ends.
	Login(ctx context.Context, name string, c *Conn) (User, error)
}

// A User is one user's mailboxes, as one connection sees them. One goroutine at a time calls its methods. Names of
// mailboxes are UTF-8, with INBOX in capitals, and Server.Delimiter separates their levels.
//
// A User can also implement optional interfaces: see Creator, Subscriber, Statuser, MultiAppender, Namespacer,
// QuotaHaver, QuotaSetter, ACLHaver, MetadataHaver, Notifier and URLAuther.
type User interface {
	// Mailboxes returns all mailboxes that the user may see, including INBOX, in the order in which LIST reports
	// them.
	Mailboxes(ctx context.Context) ([]MailboxInfo, error)

	// Open opens a mailbox. If it does not exist, the error is parser.CodeNonExistent.
	Open(ctx context.Context, name string, opt OpenOptions) (Mailbox, error)

	// Append adds a message to a mailbox and returns its UID and the mailbox's UIDVALIDITY. When it returns without an
	// error, the message must be stored durably, so that a crash cannot lose it. When it fails, nothing of the message
	// may be left. It must read m.Body to its end, and fail if reading fails. If the mailbox does not exist, the error
	// is parser.CodeTryCreate.
	Append(ctx context.Context, mailbox string, m *NewMessage) (validity, uid uint32, err error)
}

// MailboxInfo is what LIST reports about a mailbox.
type MailboxInfo struct {
	Name        string
	NoSelect    bool                 // it cannot be opened
	NonExistent bool                 // there is no such mailbox, but the name is subscribed
	NoAccess    bool                 // the user may see it, but not open it
	NoInferiors bool                 // no mailbox can be below it
	Subscribed  bool                 // ignored if the User is not a Subscriber: then all mailboxes are subscribed
	SpecialUse  []parser.MailboxAttr // RFC 6154
}

// OpenOptions says how to open a mailbox.
type OpenOptions struct {
	ReadOnly bool // the command is EXAMINE

	// Changed makes the connection call Changes soon. The back end calls it when the mailbox has changed. The back end
	// may call Changed at any time, from any goroutine, with locks held, and also if nothing has changed. Changed never
	// waits. It may be nil.
	Changed func()
}

// A Mailbox is a mailbox that one connection has open. One goroutine at a time calls its methods, and calls none of
// them while Fetch waits for yield to return.
//
// The server remembers which messages the client knows, and decides when the client is told of changes. So a Mailbox
// has only the current messages, and reports changes with Changes. It can also implement optional interfaces: see
// CondStorer, FlagStorer, ChangeFinder, Resyncer, Mover, Copier, Replacer, Identifier, SaveDater, Recenter and Keeper.
type Mailbox interface {
	// Changes returns what has changed since its last call, whoever has changed it, including this Mailbox. The first
	// call returns all messages as new. The server uses the result until the next call. It may keep the slice New for
	// longer, but does not change it, so that several Mailboxes may share it.
	Changes(ctx context.Context) (*Changes, error)

	// Fetch yields the messages with these UIDs, in this order, and fills in the fields that the parameter need names.
	// It omits messages that no longer exist, and ends when yield returns false. yield may take long, because the
	// client may read slowly, so Fetch should not hold a lock that others wait for. As in the other methods, the back
	// end must neither change uids nor use it after the call, because several Mailboxes may share the slice as
	// Changes.New.
	Fetch(ctx context.Context, uids []uint32, need Need, yield func(*Message) bool) error

	// Store changes the flags of messages. It leaves a message and its mod-sequence alone if the change would not alter
	// the message's flags.
	Store(ctx context.Context, uids []uint32, change *FlagChange) error

	// Expunge removes the messages with these UIDs that have \Deleted. If uids is nil, it removes all messages in the
	// mailbox that have \Deleted. CLOSE cannot fail (RFC 9051 §6.4.1): if Expunge fails during CLOSE, the server closes
	// the mailbox, and tells the client of the error in an untagged NO, unless the error wraps parser.CodeNoPerm.
	Expunge(ctx context.Context, uids []uint32) error

	// Close closes the mailbox. The server calls no other method after it.
	Close() error
}

// Changes says what has changed in a mailbox.
type Changes struct {
	UIDValidity   uint32 // never 0
	UIDNext       uint32 // never 0
	HighestModSeq uint64 // for a CondStorer: all changes up to this mod-sequence have been returned
	ReadOnly      bool   // the user may not change anything

	// Flags are the flags that messages in the mailbox can have. PermanentFlags are those that a client can change
	// permanently, with `\*` if it can create new ones. nil means that they have not changed. In the result of the
	// first call of Changes, nil Flags means the system flags, and nil PermanentFlags the system flags and `\*`.
	Flags, PermanentFlags []string

	New      []uint32 // UIDs, ascending and higher than all earlier ones
	Expunged []uint32 // UIDs, ascending
	Changed  []uint32 // UIDs of messages whose flags or mod-sequence have changed

	Gone bool   // the mailbox was deleted
	Name string // the name that the mailbox has now, if it may have been renamed; "" means that it was not
}

// A Known has the UID and the mod-sequence of a message. Changes.Compare compares two lists of them.
type Known struct {
	UID    uint32
	ModSeq uint64 // the mod-sequence, or another value that changes whenever the flags change
}

// Compare sets New, Expunged and Changed to the difference between before, the messages at the last call of Changes,
// and now, the current messages. Both lists must be sorted by UID. Compare is for a back end that is not told what has
// changed in its store.
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

// Need says which fields of messages are needed. A back end may fill in more than these.
type Need uint8

// The groups of fields that can be needed.
const (
	NeedFlags   Need = 1 << iota // Flags, and ModSeq of a CondStorer
	NeedDate                     // Date
	NeedSize                     // Size
	NeedContent                  // Content
	NeedIDs                      // EmailID and ThreadID
	NeedSaved                    // Saved
)

// A Message is a message that Fetch yields. It belongs to the back end, and is valid only until yield returns.
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

	// Content returns the message itself, which is valid until yield returns. The server calls Content only during yield,
	// at most once for each message, and only if it needs the content. So a Fetch can use one function for all messages.
	// If the message has been expunged since, Content, or the first read of its octets, may return fs.ErrNotExist. The
	// server then treats the message as one that Fetch has omitted. After any other error, a FETCH returns nothing of the
	// message, and ends with NO. But the server reads a section of more than 4 KiB while it sends the literal. If that
	// fails, the connection ends.
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
	Date  time.Time // INTERNALDATE; the current time if the client gave none
	Size  int64     // in octets

	// Body reads the message, usually while the client sends it. In Append and Replace, it returns io.EOF only after
	// the whole command has arrived without a mistake. After any other error, nothing may be stored. Body is valid
	// until Append or Replace returns, and in AppendAll until the sequence yields the next message.
	Body io.Reader

	UTF8   bool // the header may contain UTF-8 (RFC 6855)
	Binary bool // the message may contain NUL, and lines of any length (RFC 3516)
}
