package serve

import (
	"context"
	"iter"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// A Creator is a User whose mailboxes can be made, renamed and deleted. Without these methods, the server refuses
// CREATE, DELETE and RENAME.
type Creator interface {
	// Create makes a mailbox. No level of its name is empty, and the server has removed a delimiter at the end. Create
	// need not make the mailboxes above the new one (RFC 9051 §6.3.4). If User.Mailboxes does not return them, LIST
	// reports them with \NonExistent, as names that only have mailboxes below them. The parameter use has the special uses
	// of the new mailbox (RFC 6154); for most mailboxes it is empty. If the mailbox exists, the error is
	// parser.CodeAlreadyExists. If it cannot have these uses, Create does not make it, and the error is
	// parser.CodeUseAttr.
	Create(ctx context.Context, name string, use []parser.MailboxAttr) error
	// Delete removes a mailbox with its messages. It does not remove the mailboxes below it (RFC 9051 §6.3.5): it
	// leaves them, or fails with parser.CodeHasChildren. If the mailbox does not exist, the error is
	// parser.CodeNonExistent. The server never calls Delete for INBOX.
	Delete(ctx context.Context, name string) error
	// Rename renames a mailbox and all mailboxes below it. The parameter from may also be a name that only has mailboxes
	// below it; Rename then renames these. As in Create, the mailboxes above the new name need not exist. If there is
	// nothing to rename, the error is parser.CodeNonExistent. If a mailbox has one of the new names, Rename changes
	// nothing, and the error is parser.CodeAlreadyExists. For INBOX, Rename only moves the messages to a new mailbox,
	// and does not rename the mailboxes below INBOX (RFC 9051 §6.3.6).
	Rename(ctx context.Context, from, to string) error
}

// A Subscriber is a User who has subscriptions.
type Subscriber interface {
	// Subscribe adds a name to the subscriptions if on is true, and otherwise removes it. A mailbox of that name need
	// not exist. If it does not, User.Mailboxes returns the name with NonExistent.
	Subscribe(ctx context.Context, name string, on bool) error
}

// A Statuser is a User who can answer STATUS without opening the mailbox.
type Statuser interface {
	// Status returns those of the items in want that it knows. The server opens the mailbox to find the others.
	Status(ctx context.Context, mailbox string, want parser.StatusItems) (*parser.StatusData, error)
}

// A MultiAppender is a User who can append several messages in one step, all or none (RFC 3502, capability
// MULTIAPPEND).
type MultiAppender interface {
	// AppendAll adds all messages, and returns their UIDs in order. The sequence may end with an error. AppendAll
	// then adds none.
	AppendAll(ctx context.Context, mailbox string, messages iter.Seq2[*NewMessage, error]) (validity uint32, uids []uint32, err error)
}

// A Namespacer is a User who has namespaces besides the one without a prefix (RFC 9051 §6.3.10).
type Namespacer interface {
	Namespaces(ctx context.Context) (*Namespaces, error)
}

// Namespaces holds the prefixes of the names in each kind of namespace.
type Namespaces struct {
	Personal, Other, Shared []string
}

// A QuotaHaver is a User who has quotas (RFC 9208, capability QUOTA).
type QuotaHaver interface {
	// QuotaRoots returns the quota roots of a mailbox. The roots are those of the mailbox's owner.
	QuotaRoots(ctx context.Context, mailbox string) ([]parser.Quota, error)
	// Quota returns the limited resources of one of the user's roots. STORAGE is in units of 1024 octets.
	Quota(ctx context.Context, root string) ([]parser.QuotaResource, error)
	// QuotaResources returns the names of the resources that can be limited, such as "STORAGE" and "MESSAGE".
	QuotaResources() []string
}

// A QuotaSetter is a QuotaHaver that can change limits (capability QUOTASET).
type QuotaSetter interface {
	QuotaHaver
	// SetQuota sets the limits of a root. It removes the limit of each resource that is not among limits.
	SetQuota(ctx context.Context, root string, limits []parser.ResourceLimit) error
}

// An ACLHaver is a User whose mailboxes have access control lists (RFC 4314, capability ACL). All methods of the back
// end must refuse what the user has no right to do: the server does not check rights.
type ACLHaver interface {
	ACL(ctx context.Context, mailbox string) ([]parser.ACLEntry, error)
	// SetACL changes the rights of an identifier: op '+' adds the rights, '-' removes them, and 0 replaces all rights
	// of the identifier by them.
	SetACL(ctx context.Context, mailbox, identifier string, op byte, rights parser.Rights) error
	DeleteACL(ctx context.Context, mailbox, identifier string) error
	// ListRights returns the rights that an identifier always has, and the groups of rights that can be granted to
	// it.
	ListRights(ctx context.Context, mailbox, identifier string) (required parser.Rights, optional []parser.Rights, err error)
	MyRights(ctx context.Context, mailbox string) (parser.Rights, error)
}

// A MetadataHaver is a User who has annotations (RFC 5464, capability METADATA). The mailbox "" stands for the server.
type MetadataHaver interface {
	// Metadata returns all entries of a mailbox with their values, sorted by name. Names are in lower case.
	Metadata(ctx context.Context, mailbox string) ([]parser.EntryValue, error)
	// SetMetadata sets all entries, or none. A nil value removes the entry.
	SetMetadata(ctx context.Context, mailbox string, entries []parser.EntryValue) error
}

// A CondStorer is a Mailbox whose messages have mod-sequences (RFC 7162, capability CONDSTORE). Messages that are
// changed together get the same new mod-sequence, which is higher than all earlier ones. In a Resyncer, an expunge also
// gets a mod-sequence.
type CondStorer interface {
	// StoreUnchanged does what Store does, but only to messages whose mod-sequence is not higher than since. It returns
	// the UIDs of the messages that it has left alone because their mod-sequences are higher.
	StoreUnchanged(ctx context.Context, uids []uint32, change *FlagChange, since uint64) (modified []uint32, err error)
}

// A FlagStorer is a CondStorer that keeps track of which flags its client knows. The server then need not read the
// flags of the messages before and after a STORE and compare them.
//
// After StoreFlags, the client knows the flags of a message if the FlagChange now holds for the message, and in
// addition one of these is true:
//   - StoreOptions.Silent is false, because the server then reads the flags and reports them at once.
//   - The FlagChange replaces all flags.
//   - The client knew the flags before. Since the last call of Changes, only calls of StoreFlags have changed them, and
//     after each of these the client knew the flags.
//
// If the client knows a message's flags after StoreFlags, the change is not in Changes.Changed. Changes.Changed
// contains all other changes, including those that Store and StoreUnchanged make.
type FlagStorer interface {
	CondStorer
	// StoreFlags does what Store does, or what StoreUnchanged does if opt.Conditional is set.
	StoreFlags(ctx context.Context, uids []uint32, change *FlagChange, opt StoreOptions) (*Stored, error)
}

// StoreOptions are the options of a STORE.
type StoreOptions struct {
	Silent         bool   // the client does not get the flags
	Conditional    bool   // do not change messages whose mod-sequence is higher than UnchangedSince
	UnchangedSince uint64 // a mod-sequence
}

// Stored is the result of StoreFlags. The UIDs ascend, and the server may keep the slices.
type Stored struct {
	ModSeq   uint64         // the new mod-sequence of the messages in Changed
	Changed  []numset.Range // UIDs of messages whose flags have changed
	Modified []uint32       // UIDs of messages that were not changed because of UnchangedSince
	Gone     bool           // some of the messages no longer exist
}

// A ChangeFinder is a CondStorer that finds messages by their mod-sequence. Without this method, the server reads the
// mod-sequences of all messages for CHANGEDSINCE and QRESYNC.
type ChangeFinder interface {
	CondStorer
	// ChangedSince returns the UIDs of messages whose mod-sequence is higher than since, ascending. The result may
	// include other UIDs too. In a Keeper it must include expunged messages if the client does not know that they are
	// gone. The caller owns the slice.
	ChangedSince(ctx context.Context, since uint64) ([]uint32, error)
}

// A Resyncer is a CondStorer that remembers which messages were expunged (RFC 7162, capability QRESYNC).
type Resyncer interface {
	CondStorer
	// Vanished returns the UIDs of messages that were expunged after a mod-sequence. It may also return other UIDs: the
	// server ignores those of existing messages, and those from UIDNEXT on. If the Resyncer does not remember all
	// expunges since that mod-sequence, Vanished must return all UIDs below UIDNEXT that no message has, as RFC 7162
	// §3.2.6 requires.
	Vanished(ctx context.Context, since uint64) (numset.Set, error)
}

// A Mover is a Mailbox that can move messages to another mailbox, all or none (RFC 6851). Without this method, the
// server copies the messages and then removes them.
type Mover interface {
	Move(ctx context.Context, uids []uint32, to string) (*Copied, error)
}

// A Copier is a Mailbox that can copy messages to another mailbox, all or none. Without this method, the server
// appends them to the other mailbox one by one.
type Copier interface {
	Copy(ctx context.Context, uids []uint32, to string) (*Copied, error)
}

// Copied says where messages were copied or moved to. It omits messages that no longer existed.
type Copied struct {
	UIDValidity uint32   // UIDVALIDITY of the other mailbox
	From, To    []uint32 // old and new UIDs, in the same order
}

// An Identifier is a Mailbox that has identifiers (RFC 8474, capability OBJECTID). Its messages have an EmailID, and
// may have a ThreadID.
type Identifier interface {
	MailboxID(ctx context.Context) (string, error)
}

// A SaveDater is a Mailbox that knows when messages were saved in it (RFC 8514, capability SAVEDATE).
type SaveDater interface {
	// SavesDates reports whether this mailbox has save dates.
	SavesDates() bool
}

// A Recenter is a Mailbox that knows which messages are \Recent: no earlier session has been told about them (RFC 3501
// §2.3.2). Its Fetch sets Message.Recent. A client that has enabled IMAP4rev2 does not get \Recent. Without this
// method, no message is \Recent.
type Recenter interface {
	// Recent returns how many messages are \Recent in this session, among those that Changes has returned and that
	// are not expunged.
	Recent(ctx context.Context) (uint32, error)
}

// A Keeper is a Mailbox that can read a message after another session has expunged it, until its own client has been
// told of the expunge (RFC 2180 §4.1.1). Its Fetch yields such a message with Message.Gone, and its Store does not
// change it. If the Mailbox is not a Keeper, the answer to a command that needs such a message can have the code
// EXPUNGEISSUED.
type Keeper interface {
	// Forget says that the client has been told of the expunge of these messages. The UIDs ascend. The server does
	// not ask for these messages again.
	Forget(uids []uint32)
}
