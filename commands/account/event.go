package account

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// An Event is something that has happened in an account: an *[Arrived], *[FlagsChanged], *[Gone], *[Renewed], *[MailboxMade], *[MailboxRenamed],
// *[MailboxDeleted], *[Interrupted] or *[Resumed]. It is the caller's. Mailboxes are named as a user reads them, and as commands take them.
type Event interface{ event() }

// Arrived is messages that are new in a mailbox. Of a mailbox that is not open UIDs is the range from UIDNEXT as it was to UIDNEXT as it is: some of the numbers in
// it may never have been given, and some be gone again.
type Arrived struct {
	Mailbox     string
	UIDValidity uint32
	UIDs        numset.Set
}

// FlagsChanged is messages whose flags have changed. Of a mailbox that is not open the server does not say which: UIDs is empty.
type FlagsChanged struct {
	Mailbox     string
	UIDValidity uint32
	UIDs        numset.Set
	Flags       []parser.Flag // of the message, if UIDs is one; those of several are to be asked for
}

// Gone is messages that are no more. Of a mailbox that is not open the server does not say which: UIDs is empty.
type Gone struct {
	Mailbox     string
	UIDValidity uint32
	UIDs        numset.Set
}

// Renewed is a mailbox whose UIDVALIDITY is another one: all that is known of its messages is void, and what is in it is to be read anew.
type Renewed struct {
	Mailbox     string
	UIDValidity uint32
}

// MailboxMade is a mailbox that there was not before. What is in it is not told.
type MailboxMade struct{ Mailbox string }

// MailboxRenamed is a mailbox that has another name. Servers that do not tell it (RFC 5465, RFC 8474) have it deleted and made.
type MailboxRenamed struct{ From, To string }

// MailboxDeleted is a mailbox that is no more.
type MailboxDeleted struct{ Mailbox string }

// Interrupted is the end of the connection, or a server that cannot say now what is new. What happens from here on is told behind Resumed.
type Interrupted struct{ Err error } // an *Error

// Resumed is the end of an interruption: what has happened in it has been told.
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
