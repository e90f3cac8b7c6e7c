package session

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// Handler receives what the server sends unsolicited. Its functions run between two responses, on the goroutine that
// drives the session. They must not use the session: its methods return ErrBusy. Nil functions are skipped. The
// session updates its view of the mailbox before it calls them.
type Handler struct {
	// Exists is called with the number of messages in the mailbox.
	Exists func(n uint32)
	// Opened is called when the server begins to report on a mailbox that is being opened, with the view of that
	// mailbox, which all later responses are about. It is called with nil when the mailbox has been closed and no
	// other one is open. Session.Mailbox says how long the view is valid.
	Opened func(*Mailbox)
	// Gone is called with messages that have been expunged, whether the server reports them with EXPUNGE or VANISHED.
	Gone func(Gone)
	// Fetch is called with the data of an unsolicited FETCH response, such as the new flags of a message. The data is
	// valid until the function returns.
	Fetch func(*parser.Fetch)
	// Alert is called with a text that the user should see (RFC 9051 §7.1 ALERT). The text is the server's, and may
	// contain control characters.
	Alert func(text string)
	// Bye is called with the response code and the text of an untagged BYE. They say why the server ends the
	// connection.
	Bye func(code parser.Code, text string)
	// Other is called with every response that no command claims and for which a Handler has no other function. Lines
	// that are not IMAP, and tagged answers with unknown tags, are such responses, too. The response is valid until
	// Other returns.
	Other func(*parser.Response)
	// Deviation is called with a response that breaks the grammar and could be parsed only with tolerance; see wire.Rule.
	Deviation func(*parser.Response)
}

// Gone holds messages that have been expunged: one message with its sequence number (EXPUNGE, RFC 9051 §7.5.1), or
// any number of messages with their UIDs (VANISHED, RFC 7162 §3.2.10). Servers use VANISHED when QRESYNC or UIDONLY
// is enabled. Dovecot enables QRESYNC together with IMAP4rev2 without saying so.
type Gone struct {
	Seq     uint32     // higher sequence numbers are now one less; 0 means that UIDs holds the messages
	UIDs    numset.Set // the messages, if Seq is 0
	Earlier bool       // VANISHED (EARLIER): expunged before the mailbox was opened, so Exists has never counted them
}
