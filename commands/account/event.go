package account

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// An Event tells what has happened in an account: an *[Arrived], *[FlagsChanged], *[Gone], *[Renewed], *[MailboxMade],
// *[MailboxRenamed], *[MailboxDeleted], *[Interrupted] or *[Resumed]. It is the caller's. Mailboxes have the names that
// a user reads and that commands accept.
type Event interface{ event() }

// Arrived tells that messages are new in a mailbox. If the mailbox is not open, UIDs is the range from the old UIDNEXT
// up to the new one: the server may never have given some of the numbers in it, and some of the messages may be gone
// again.
type Arrived struct {
	Mailbox     string
	UIDValidity uint32
	UIDs        numset.Set
}

// FlagsChanged tells that the flags of messages have changed. If the mailbox is not open, the server does not say which
// messages: UIDs is empty.
type FlagsChanged struct {
	Mailbox     string
	UIDValidity uint32
	UIDs        numset.Set
	Flags       []parser.Flag // the flags now, if UIDs is one message; nil for several, whose flags FETCH tells
}

// Gone tells that messages no longer exist. If the mailbox is not open, the server does not say which messages: UIDs is
// empty.
type Gone struct {
	Mailbox     string
	UIDValidity uint32
	UIDs        numset.Set
}

// Renewed tells that the UIDVALIDITY of a mailbox has changed: everything known of its messages is void, and the
// program has to read it anew.
type Renewed struct {
	Mailbox     string
	UIDValidity uint32
}

// MailboxMade tells about a new mailbox. No events tell which messages it holds already.
type MailboxMade struct{ Mailbox string }

// MailboxRenamed tells that a mailbox has another name. On servers that do not tell (RFC 5465, RFC 8474), a
// MailboxDeleted and a MailboxMade come instead.
type MailboxRenamed struct{ From, To string }

// MailboxDeleted tells that a mailbox no longer exists.
type MailboxDeleted struct{ Mailbox string }

// Interrupted tells that the connection has ended, or that the server at the moment cannot say what is new. What
// happens from here on is told before Resumed.
type Interrupted struct{ Err error } // an *Error

// Resumed tells that an interruption is over. The events before it have told everything that happened meanwhile.
type Resumed struct{}

func (*Arrived) event()        {}
func (*FlagsChanged) event()   {}
func (*Gone) event()           {}
func (*Renewed) event()        {}
func (*MailboxMade) event()    {}
func (*MailboxRenamed) event() {}
func (*MailboxDeleted) event() {}
func (*Interrupted) event()    {}
func (*Resumed) event()        {}
