package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Idle lets the server tell at once what changes (RFC 9051 §6.3.13). The stream yields each untagged response; the
// session's mailbox view is up to date and its handler has been told before. It ends when the loop is left, when
// Stream.Stop is called, or when the context ends, after which the session is ready for the next command.
//
// Servers end an idle session after half an hour, and IDLE says nothing by itself of a peer that is gone: [Watch] sees to both.
func Idle(s *session.Session) *session.Stream[parser.Response] {
	return session.StartStream(s, session.Command{
		Name: "IDLE", In: loggedIn, Needs: "IDLE",
		Flow:  session.Alone | session.Quiet | session.Shared,
		Claim: func(*parser.Response) bool { return true },
		Stop:  func(e *wire.Encoder) { e.Raw("DONE") },
	}, itself)
}
