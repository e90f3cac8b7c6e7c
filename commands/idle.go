package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Idle sends IDLE, which lets the server report changes at once (RFC 9051 §6.3.13). The stream yields each untagged
// response, after the session has updated its view of the mailbox and called its handler. Each value is valid until
// the next turn of the loop. IDLE ends when the program leaves the loop, calls Stream.Stop or starts another command,
// or the context ends; the session is then ready for the next command.
//
// Servers may end an idle session after half an hour, and a client in IDLE does not notice that the server is gone.
// [Watch] takes care of both.
func Idle(s *session.Session) *session.Stream[parser.Response] {
	return session.StartStream(s, session.Command{
		Name: "IDLE", In: loggedIn, Needs: "IDLE",
		Flow:  session.Alone | session.Quiet | session.Shared,
		Claim: func(*parser.Response) bool { return true },
		Stop:  func(e *wire.Encoder) { e.Raw("DONE") },
	}, itself)
}
