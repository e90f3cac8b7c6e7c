package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Lsub lists the subscribed mailboxes (RFC 3501 §6.3.9). IMAP4rev2 does not have this command; use List with
// SelectSubscribed, and do not use Lsub after IMAP4rev2 has been enabled. Each value is valid until the next turn of
// the loop.
func Lsub(s *session.Session, reference, pattern string) *session.Stream[parser.ListData] {
	return session.StartStream(s, session.Command{
		Name: "LSUB", In: loggedIn, Answers: byPlace("LSUB"), Claim: named("LSUB"),
		Args: func(e *wire.Encoder) {
			parser.EncodeMailbox(e.SP(), reference)
			parser.EncodeListMailbox(e.SP(), pattern)
		},
	}, decodeList())
}
