package serve

import (
	"context"
	"iter"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// A Creator is a User whose mailboxes can be made, renamed and deleted. Without it, CREATE, DELETE and RENAME are
// refused.
type Creator interface {
	// Create makes a mailbox, and those above it if necessary. use is its special uses; most have none. If the mailbox
	// exists, the error is parser.CodeAlreadyExists.
	Create(ctx context.Context, name string, use []parser.MailboxAttr) error
	// Delete removes a mailbox with its messages. The machine never calls it for INBOX.
	Delete(ctx context.Context, name string) error
	// Rename renames a mailbox and all below it. For INBOX it moves the messages, and the mailboxes below it stay (RFC
	// 9051 §6.3.6).
	Rename(ctx context.Context, from, to string) error
}

// A Subscriber is a User who has subscriptions.
type Subscriber interface {
	// Subscribe adds a name to the subscriptions, or removes it. A mailbox of that name need not exist; then Mailboxes
	// lists the name with NonExistent.
	Subscribe(ctx context.Context, name string, on bool) error
}

// A Statuser is a User who can answer STATUS without opening the mailbox.
type Statuser interface {
	// Status returns the items of want that it knows; the machine finds the others.
	Status(ctx context.Context, mailbox string, want parser.StatusItems) (*parser.StatusData, error)
}

// A MultiAppender is a User who can append several messages, all or none (RFC 3502): capability MULTIAPPEND.
type MultiAppender interface {
	// AppendAll adds all messages, and returns their UIDs in order. If the sequence yields an error, at its end,
	// AppendAll adds none.
	AppendAll(ctx context.Context, mailbox string, messages iter.Seq2[*NewMessage, error]) (validity uint32, uids []uint32, err error)
}

// A Namespacer is a User who has other namespaces than the one without a prefix (RFC 9051 §6.3.10).
type Namespacer interface {
	Namespaces(ctx context.Context) (*Namespaces, error)
}

// Namespaces are the prefixes of mailboxes' names.
type Namespaces struct {
	Personal, Other, Shared []string
}

// A QuotaHaver is a User who has quotas (RFC 9208): capability QUOTA.
type QuotaHaver interface {
	// QuotaRoots returns the quota roots of a mailbox, which are its owner's.
	QuotaRoots(ctx context.Context, mailbox string) ([]parser.Quota, error)
	// Quota returns the limited resources of one of the user's roots, storage in units of 1024 octets.
	Quota(ctx context.Context, root string) ([]parser.QuotaResource, error)
	// QuotaResources returns the names of the resources that can be limited: "STORAGE", "MESSAGE".
	QuotaResources() []string
}

// A QuotaSetter is a QuotaHaver who may set limits: capability QUOTASET.
type QuotaSetter interface {
	QuotaHaver
	// SetQuota sets the limits of a root. A resource that is not among limits has none.
	SetQuota(ctx context.Context, root string, limits []parser.ResourceLimit) error
}

// An ACLHaver is a User whose mailboxes have access control lists (RFC 4314): capability ACL. It must itself
// refuse what the user has no right to.
type ACLHaver interface {
	ACL(ctx context.Context, mailbox string) ([]parser.ACLEntry, error)
	// SetACL changes the rights of an identifier: op '+' adds rights, '-' removes them, and 0 replaces all others.
	SetACL(ctx context.Context, mailbox, identifier string, op byte, rights parser.Rights) error
	DeleteACL(ctx context.Context, mailbox, identifier string) error
	// ListRights returns the rights that an identifier always has, and the groups of rights that can be granted.
	ListRights(ctx context.Context, mailbox, identifier string) (required parser.Rights, optional []parser.Rights, err error)
	MyRights(ctx context.Context, mailbox string) (parser.Rights, error)
}

// A MetadataHaver is a User who has annotations (RFC 5464): capability METADATA. The mailbox "" is the server.
type MetadataHaver interface {
	// Metadata returns all entries of a mailbox with their values, sorted by name. Names are in lower case.
	Metadata(ctx context.Context, mailbox string) ([]parser.EntryValue, error)
	// SetMetadata sets all entries, or none. A nil value removes the entry.
	SetMetadata(ctx context.Context, mailbox string, entries []parser.EntryValue) error
}

// A CondStorer is a Mailbox whose messages have mod-sequences (RFC 7162): capability CONDSTORE. All messages that are
// changed together get the same new mod-sequence, which is higher than all before. With a Resyncer, an expunge gets one
// too.
type CondStorer interface {
	// StoreUnchanged is Store for the messages whose mod-sequence is not higher than since. It returns the UIDs of the
	// others.
	StoreUnchanged(ctx context.Context, uids []uint32, change *FlagChange, since uint64) (modified []uint32, err error)
}

// A FlagStorer is a CondStorer that knows which flags its client knows, so that STORE need not read messages before and
// after the change. Without it, the machine compares their flags.
//
// The client knows a message's flags after StoreFlags if StoreFlags has left them as the FlagChange says, and
//   - StoreOptions.Silent is false: the machine reads the flags and reports them at once,
//   - or the FlagChange replaces all flags,
//   - or the client knew the flags before: they have not changed since the last call of Changes, other than by StoreFlags
//     in one of these ways.
//
// Such a change is not in Changes.Changed. All others are, including those of Store and StoreUnchanged.
type FlagStorer interface {
	CondStorer
	// StoreFlags is Store, or StoreUnchanged if Conditional is set.
	StoreFlags(ctx context.Context, uids []uint32, change *FlagChange, opt StoreOptions) (*Stored, error)
}

// StoreOptions are the parts of a STORE besides the flags.
type StoreOptions struct {
	Silent         bool   // the client does not get the flags
	Conditional    bool   // leave alone messages whose mod-sequence is higher than UnchangedSince
	UnchangedSince uint64 // a mod-sequence
}

// Stored is what StoreFlags has done. UIDs ascend, and the machine may keep the slices.
type Stored struct {
	ModSeq   uint64         // of the messages in Changed
	Changed  []numset.Range // UIDs of messages that have other flags now
	Modified []uint32       // UIDs of messages that were left alone because of UnchangedSince
	Gone     bool           // some of the messages are gone
}

// A ChangeFinder is a CondStorer that finds messages by their mod-sequence. Without it, the machine reads the
// mod-sequences of all messages for CHANGEDSINCE and QRESYNC.
type ChangeFinder interface {
	CondStorer
	// ChangedSince returns the UIDs of messages whose mod-sequence is higher than since, ascending. They may include
	// others. For a Keeper they include messages that are gone without the client's knowledge. The slice is the
	// machine's.
	ChangedSince(ctx context.Context, since uint64) ([]uint32, error)
}

// A Resyncer is a CondStorer who remembers what was expunged: capability QRESYNC.
type Resyncer interface {
	CondStorer
	// Vanished returns the UIDs of messages that were expunged after a mod-sequence. It may also return other UIDs that
	// no message has, and must do so if it does not remember that far back.
	Vanished(ctx context.Context, since uint64) (numset.Set, error)
}

// A Mover is a Mailbox that can move messages elsewhere, all or none (RFC 6851). Without it, the machine copies
// messages, and then removes them.
type Mover interface {
	Move(ctx context.Context, uids []uint32, to string) (*Copied, error)
}

// A Copier is a Mailbox that can copy messages elsewhere, all or none. Without it, the machine appends them to the
// other mailbox one by one.
type Copier interface {
	Copy(ctx context.Context, uids []uint32, to string) (*Copied, error)
}

// Copied tells where copied or moved messages went. It leaves out messages that were gone.
type Copied struct {
	UIDValidity uint32   // of the other mailbox
	From, To    []uint32 // old and new UIDs, in the same order
}

// An Identifier is a Mailbox that has identifiers (RFC 8474): capability OBJECTID. Its messages have an EmailID, and
// may have a ThreadID.
type Identifier interface {
	MailboxID(ctx context.Context) (string, error)
}

// A SaveDater is a Mailbox that knows when messages were saved in it (RFC 8514): capability SAVEDATE.
type SaveDater interface {
	// SavesDates reports whether this mailbox does.
	SavesDates() bool
}

// A Recenter is a Mailbox that knows which messages are \Recent, which means new to this session (RFC 3501 §2.3.2). Its
// messages have Message.Recent. Clients of IMAP4rev2 are not told. Without it, no message is \Recent.
type Recenter interface {
	// Recent returns how many of the messages that Changes has told of, and that are not expunged, are \Recent in this
	// session.
	Recent(ctx context.Context) (uint32, error)
}

// A Keeper is a Mailbox that can still read a message which another session has expunged, as long as its own client has
// not been told (RFC 2180 §4.1.1). Its Fetch yields such messages with Message.Gone, and its Store leaves them as they
// are. Without it, a command that needs such a message says EXPUNGEISSUED.
type Keeper interface {
	// Forget says that the client has been told of the expunge of these messages, by UID, ascending. The machine asks
	// for them no more.
	Forget(uids []uint32)
}
