package session

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// Handler gets what the server says unasked. Its functions run between two responses, on the goroutine
// that drives the session, and must not use the session: they would get ErrBusy. Nil functions are skipped.
// The session updates its view of the mailbox before it calls them.
type Handler struct {
	// Exists gets the number of messages in the mailbox.
	Exists func(n uint32)
	// Opened gets the mailbox that everything from here on is about: the view of the one that is being opened, from the
	// moment when the server begins to report on it, or nil when no mailbox is open any more. See Session.Mailbox for how long it is valid.
	Opened func(*Mailbox)
	// Gone gets messages that are gone, in whichever way the server reports them.
	Gone func(Gone)
	// Fetch gets what the server reports about a message. It is valid until the function returns.
	Fetch func(*parser.Fetch)
	// Alert gets a text that the user should see (RFC 9051 §7.1 ALERT). It may hold anything.
	Alert func(text string)
	// Bye is called when the server ends the connection, with the reason.
	Bye func(code parser.Code, text string)
	// Other gets every other response that no command claims, including stray lines and answers to unknown
	// tags. It is valid until the function returns.
	Other func(*parser.Response)
	// Deviation gets a response that needed rules of tolerance to be read; see wire.Rule.
	Deviation func(*parser.Response)
}

// Gone is messages that are gone: one, by its sequence number (EXPUNGE, RFC 9051 §7.5.1), or any number, by their UIDs (VANISHED, RFC 7162
// §3.2.10). Servers use VANISHED when QRESYNC or UIDONLY is enabled. Dovecot enables QRESYNC together with IMAP4rev2, and does not say so.
type Gone struct {
	Seq     uint32     // the numbers above it are now one less; 0 means that UIDs has the messages
	UIDs    numset.Set // the messages, if Seq is 0
	Earlier bool       // VANISHED (EARLIER): they went before the mailbox was opened, so Exists does not count them
}
