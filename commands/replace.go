package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Replace appends a message to a mailbox, and removes the message that it replaces from the selected mailbox. The
// server does both or neither. Replace sends REPLACE or, if old is a UID, UID REPLACE (RFC 8508 §3). old must be a
// single message. The session calls Handler.Gone for the old message.
//
// Replace sends the message as a synchronizing literal, even if the server accepts non-synchronizing literals. So a
// server can refuse the command before any of the message is sent.
func Replace(s *session.Session, old numset.Set, mailbox string, m Message) *session.Call[AppendUID] {
	name := uidName("REPLACE", old.Kind())
	fail := func(err error) *session.Call[AppendUID] { return session.Failed[AppendUID](s, name, err) }
	if n, ok := old.Len(); (!ok || n != 1 || old.IsSaved()) && old.String() != "*" {
		return fail(invalid("message to be replaced", old.String(), "is not a single message"))
	}
	out := new(AppendUID)
	cmd := session.Command{
		Name: name, In: session.Selected, Needs: "REPLACE",
		Answers: untaggedCode(parser.CodeAppendUID), Changes: mailbox,
		Flow: session.WritesFlags | session.Removes | seqFlow(old.Kind()),
		// APPENDUID is in an untagged OK, which the server sends before EXPUNGE (RFC 8508 §4.3).
		Claim: func(r *response) bool { return r.Status == parser.OK && r.Code.Name == parser.CodeAppendUID },
		Data:  func(r *response) error { out.read(r.Code); return nil },
		Done:  func(r *response) error { out.read(r.Code); return nil },
	}
	if err := m.prepare(s, &cmd); err != nil {
		return fail(err)
	}
	cmd.Args = func(e *wire.Encoder) {
		encodeSet(e, old)
		parser.EncodeMailbox(e.SP(), mailbox)
		m.encode(e.Synchronize())
	}
	return session.Start(s, cmd, out)
}
