package serve

import (
	"context"
	"iter"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// A Creator is a User whose mailboxes can be made, renamed and deleted. Without it, CREATE, DELETE and RENAME are refused.
type Creator interface {
	// Create makes a mailbox, and those above it if they are needed. use is its special uses, which are none for most. One
	// that is there is parser.CodeAlreadyExists.
	Create(ctx context.Context, name string, use []parser.MailboxAttr) error
	// Delete removes a mailbox with its messages. INBOX is never deleted.
	Delete(ctx context.Context, name string) error
	// Rename renames a mailbox and all below it. Of INBOX the messages are moved, and those below it stay (RFC 9051 §6.3.6).
	Rename(ctx context.Context, from, to string) error
}

// A Subscriber is a User who has subscriptions.
type Subscriber interface {
	// Subscribe adds a name to the subscriptions, or takes it out. The name may be of no mailbox; it is then among
	// Mailboxes with NoSelect.
	Subscribe(ctx context.Context, name string, on bool) error
}

// A Statuser is a User who knows what STATUS tells without the mailbox being opened.
type Statuser interface {
	// Status returns the items of want that it knows of; the machine finds out the others.
	Status(ctx context.Context, mailbox string, want parser.StatusItems) (*parser.StatusData, error)
}

// A MultiAppender is a User who can append several messages, all or none (RFC 3502): capability MULTIAPPEND.
type MultiAppender interface {
	// AppendAll adds all messages, and returns their UIDs in order, or none if the last of them is an error.
	AppendAll(ctx context.Context, mailbox string, messages iter.Seq2[*NewMessage, error]) (validity uint32, uids []uint32, err error)
}

// A Namespacer is a User who has more than the namespace without a prefix (RFC 9051 §6.3.10).
type Namespacer interface {
	Namespaces(ctx context.Context) (*Namespaces, error)
}

// Namespaces are the prefixes of mailboxes' names.
type Namespaces struct {
	Personal, Other, Shared []string
}

// A QuotaHaver is a User who has quotas (RFC 9208): capability QUOTA.
type QuotaHaver interface {
	// QuotaRoots returns the roots that a mailbox counts for, which are its owner's.
	QuotaRoots(ctx context.Context, mailbox string) ([]parser.Quota, error)
	// Quota returns the resources of a root of the user's that are limited, storage in units of 1024 octets.
	Quota(ctx context.Context, root string) ([]parser.QuotaResource, error)
	// QuotaResources returns the names of the resources that there can be: "STORAGE", "MESSAGE".
	QuotaResources() []string
}

// A QuotaSetter is a QuotaHaver who may set limits: capability QUOTASET.
type QuotaSetter interface {
	QuotaHaver
	// SetQuota makes limits the limits of a root; what is not in them has none.
	SetQuota(ctx context.Context, root string, limits []parser.ResourceLimit) error
}

// An ACLHaver is a User whose mailboxes have access control lists (RFC 4314): capability ACL. He himself refuses what the user has no right to.
type ACLHaver interface {
	ACL(ctx context.Context, mailbox string) ([]parser.ACLEntry, error)
	// SetACL changes the rights of an identifier: '+' adds, '-' removes them, and 0 makes them all there are.
	SetACL(ctx context.Context, mailbox, identifier string, op byte, rights parser.Rights) error
	DeleteACL(ctx context.Context, mailbox, identifier string) error
	// ListRights returns the rights that an identifier has in any case, and the groups of those that can be granted.
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

// A CondStorer is a Mailbox whose messages have mod-sequences (RFC 7162): capability CONDSTORE. All messages that are changed together have the
// same new one, which is higher than all before; with a Resyncer an expunge has one as well.
type CondStorer interface {
	// StoreUnchanged is Store of those messages whose mod-sequence is not higher than since. The UIDs of the others are returned.
	StoreUnchanged(ctx context.Context, uids []uint32, change *FlagChange, since uint64) (modified []uint32, err error)
}

// A Resyncer is a CondStorer who remembers what was expunged: capability QRESYNC.
type Resyncer interface {
	CondStorer
	// Vanished returns the UIDs of messages that were expunged after a mod-sequence. It may return more UIDs that are of no message,
	// and does so if it does not remember back to then.
	Vanished(ctx context.Context, since uint64) (numset.Set, error)
}

// A Mover is a Mailbox out of which messages can be moved, all or none (RFC 6851). Without it the machine copies them, and removes them when
// that is done.
type Mover interface {
	Move(ctx context.Context, uids []uint32, to string) (*Copied, error)
}

// A Copier is a Mailbox out of which messages can be copied, all or none. Without it the machine appends them to the other mailbox one by one.
type Copier interface {
	Copy(ctx context.Context, uids []uint32, to string) (*Copied, error)
}

// Copied is what became of messages that were copied or moved. Messages that were gone are not among them.
type Copied struct {
	UIDValidity uint32   // of the other mailbox
	From, To    []uint32 // UIDs, which belong together in their order
}

// An Identifier is a Mailbox that has identifiers (RFC 8474): capability OBJECTID. Messages have EmailID then, and ThreadID if there is one.
type Identifier interface {
	MailboxID(ctx context.Context) (string, error)
}

// A SaveDater is a Mailbox whose messages know when they were put there (RFC 8514): capability SAVEDATE.
type SaveDater interface {
	// SavesDates reports whether they do in this mailbox.
	SavesDates() bool
}
