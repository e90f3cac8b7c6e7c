package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Lsub lists the mailboxes that are subscribed (RFC 3501 §6.3.9). RFC 9051 has it no more: List with SelectSubscribed
// does that, and Lsub must not be used on a server that IMAP4rev2 has been enabled on.
func Lsub(s *session.Session, reference, pattern string) *session.Stream[parser.ListData] {
	return session.StartStream(s, session.Command{
		Name: "LSUB", In: loggedIn, Answers: byPlace("LSUB"), Claim: named("LSUB"),
		Args: func(e *wire.Encoder) {
			parser.EncodeMailbox(e.SP(), reference)
			parser.EncodeListMailbox(e.SP(), pattern)
		},
	}, decodeList())
}
