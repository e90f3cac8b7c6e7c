package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Idle lets the server report changes at once (RFC 9051 §6.3.13). The stream yields each untagged response, after the
// session has updated its view of the mailbox and called its handler. The stream ends when the loop is left, when
// Stream.Stop is called, or when the context ends; the session is then ready for the next command.
//
// Servers end an idle session after half an hour, and IDLE alone does not notice a server that is gone: [Watch] handles
// both.
func Idle(s *session.Session) *session.Stream[parser.Response] {
	return session.StartStream(s, session.Command{
		Name: "IDLE", In: loggedIn, Needs: "IDLE",
		Flow:  session.Alone | session.Quiet | session.Shared,
		Claim: func(*parser.Response) bool { return true },
		Stop:  func(e *wire.Encoder) { e.Raw("DONE") },
	}, itself)
}
