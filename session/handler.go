package session

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// Handler is told what the server says unasked. Its functions run between two responses on the goroutine
// that drives the session, and must not use the session: they get ErrBusy. Nil functions are skipped.
// The mailbox view has been brought up to date before they run.
type Handler struct {
	// Exists is told how many messages the mailbox has.
	Exists func(n uint32)
	// Opened is told of which mailbox everything is that is told from here on: the view of the one that is being opened, from the
	// moment at which the server begins to tell of it, or nil when none is open any more. See Session.Mailbox for how long it is valid.
	Opened func(*Mailbox)
	// Gone is told of messages that are no more, whichever way the server says it.
	Gone func(Gone)
	// Fetch is given what the server tells of a message; valid until the function returns.
	Fetch func(*parser.Fetch)
	// Alert is given a text that the user should see (RFC 9051 §7.1 ALERT). It may hold anything.
	Alert func(text string)
	// Bye is told that the server ends the connection, and why.
	Bye func(code parser.Code, text string)
	// Other is given every other response that no command claims, stray lines and answers to unknown
	// tags too; valid until the function returns.
	Other func(*parser.Response)
	// Deviation is told which rules of tolerance were needed to read a response; see wire.Rule.
	Deviation func(*parser.Response)
}

// Gone is messages that are no more: one by its sequence number (EXPUNGE, RFC 9051 §7.5.1), or any number by their UIDs (VANISHED, RFC 7162
// §3.2.10). Servers use VANISHED when QRESYNC or UIDONLY is enabled; Dovecot enables QRESYNC along with IMAP4rev2, and does not say so.
type Gone struct {
	Seq     uint32     // the numbers above it are one less now; 0 is none
	UIDs    numset.Set // if Seq is 0
	Earlier bool       // VANISHED (EARLIER): they went before the mailbox was opened, and are in no count
}
