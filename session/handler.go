package session

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// Handler receives what the server sends unsolicited. Its functions run between two responses, on the goroutine that
// drives the session. They must not use the session, and get ErrBusy if they do. Nil functions are skipped. The session
// updates its view of the mailbox before it calls them.
type Handler struct {
	// Exists gets the number of messages in the mailbox.
	Exists func(n uint32)
	// Opened gets the view of the mailbox that everything from here on is about. It is called when the server begins to
	// report on a mailbox that is being opened, and with nil when no mailbox is open any more. Session.Mailbox says how
	// long the view is valid.
	Opened func(*Mailbox)
	// Gone gets messages that are gone, however the server reports them.
	Gone func(Gone)
	// Fetch gets what the server reports about a message. It is valid until the function returns.
	Fetch func(*parser.Fetch)
	// Alert gets a text that the user should see (RFC 9051 §7.1 ALERT). It may hold anything.
	Alert func(text string)
	// Bye is called when the server ends the connection, with the reason.
	Bye func(code parser.Code, text string)
	// Other gets every other response that no command claims, including stray lines and answers with unknown tags. The
	// response is valid until the function returns.
	Other func(*parser.Response)
	// Deviation gets a response that could be parsed only with rules of tolerance; see wire.Rule.
	Deviation func(*parser.Response)
}

// Gone holds messages that are gone: one, by its sequence number (EXPUNGE, RFC 9051 §7.5.1), or any number, by their
// UIDs (VANISHED, RFC 7162 §3.2.10). Servers use VANISHED when QRESYNC or UIDONLY is enabled. Dovecot enables QRESYNC
// together with IMAP4rev2 without saying so.
type Gone struct {
	Seq     uint32     // the numbers above it are now one less; 0 means that UIDs holds the messages
	UIDs    numset.Set // the messages, if Seq is 0
	Earlier bool       // VANISHED (EARLIER): they went before the mailbox was opened, so Exists does not count them
}
