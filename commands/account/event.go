package account

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// An Event is something that has happened in an account: an *[Arrived], *[FlagsChanged], *[Gone], *[Reset],
// *[MailboxCreated], *[MailboxRenamed], *[MailboxDeleted], *[Interrupted] or *[Resumed]. The caller may keep it and
// change it. Names of mailboxes are decoded, as a user reads them and as functions of package commands take them.
type Event interface{ event() }

// Arrived says that a mailbox has new messages. If the mailbox is not open, UIDs is the range from the old UIDNEXT up
// to the new one, without the new one. The server may have skipped some of these UIDs, and some of the messages may
// be gone again.
type Arrived struct {
	Mailbox     string
	UIDValidity uint32
	UIDs        numset.Set
}

// FlagsChanged says that the flags of messages have changed. If the mailbox is not open, the server does not say
// which messages, and UIDs is empty. The server also does not say why the state of such a mailbox has changed. So Watch
// may yield a FlagsChanged after messages have arrived or were removed, although no flags have changed.
type FlagsChanged struct {
	Mailbox     string
	UIDValidity uint32
	UIDs        numset.Set
	Flags       []parser.Flag // the new flags if UIDs contains a single message; otherwise nil, and FETCH returns the flags
}

// Gone says that messages no longer exist in a mailbox. If the mailbox is not open, the server does not say which
// messages, and UIDs is empty. For such a mailbox, Watch compares UIDNEXT with the number of messages. So if the server
// has skipped UIDs for new messages, Watch may yield a Gone after the Arrived, although no message is gone.
type Gone struct {
	Mailbox     string
	UIDValidity uint32
	UIDs        numset.Set
}

// Reset says that the program has to read a mailbox again. Usually UIDVALIDITY has changed, so the UIDs that the
// program knows are void. Or the server did not send the mailbox's state when Watch began, so Watch cannot say what
// has changed since. If Watch begins with an Interrupted, it yields a Reset for each mailbox that it watches before it
// yields Resumed.
type Reset struct {
	Mailbox     string
	UIDValidity uint32
}

// MailboxCreated says that a mailbox is new. LIST may have shown its name before, as one that could not be opened. The
// mailbox may contain messages already. An Arrived may or may not follow for these messages, so the program has to read
// the mailbox.
type MailboxCreated struct{ Mailbox string }

// MailboxRenamed says that a mailbox has a new name. Servers that support neither NOTIFY (RFC 5465) nor OBJECTID (RFC
// 8474) do not show that a mailbox was renamed. Watch then yields a MailboxDeleted and a MailboxCreated instead.
type MailboxRenamed struct{ From, To string }

// MailboxDeleted says that a mailbox no longer exists. If there are mailboxes below it, LIST may still show its name, as
// one that cannot be opened.
type MailboxDeleted struct{ Mailbox string }

// Interrupted says that no connection can be opened, that the connection has ended, or that the server at the moment
// does not answer correctly. Before it yields Resumed, Watch yields what has happened during the interruption.
type Interrupted struct{ Err error } // an *Error

// Resumed says that an interruption is over. The events before it report what has happened during the interruption.
type Resumed struct{}

func (*Arrived) event()        {}
func (*FlagsChanged) event()   {}
func (*Gone) event()           {}
func (*Reset) event()          {}
func (*MailboxCreated) event() {}
func (*MailboxRenamed) event() {}
func (*MailboxDeleted) event() {}
func (*Interrupted) event()    {}
func (*Resumed) event()        {}
