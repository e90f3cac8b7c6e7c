package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Lsub lists the subscribed mailboxes (RFC 3501 §6.3.9). RFC 9051 no longer has the command: List with SelectSubscribed
// replaces it, and Lsub must not be used after IMAP4rev2 has been enabled.
func Lsub(s *session.Session, reference, pattern string) *session.Stream[parser.ListData] {
	return session.StartStream(s, session.Command{
		Name: "LSUB", In: loggedIn, Answers: byPlace("LSUB"), Claim: named("LSUB"),
		Args: func(e *wire.Encoder) {
			parser.EncodeMailbox(e.SP(), reference)
			parser.EncodeListMailbox(e.SP(), pattern)
		},
	}, decodeList())
}
