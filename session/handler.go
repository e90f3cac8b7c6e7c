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
	// Expunge is told the sequence number of a message that is no more; those above it are one less now.
	Expunge func(seq uint32)
	// Vanished is told the UIDs of messages that are no more (RFC 7162 §3.2.10).
	Vanished func(uids numset.Set, earlier bool)
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
