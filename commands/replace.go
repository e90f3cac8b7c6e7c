package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Replace appends a message to a mailbox and removes the message that it replaces from the selected mailbox: both or
// neither. It sends REPLACE or UID REPLACE by the kind of old, which must be one message (RFC 8508 §3). The session's
// handler is told that the old message has gone.
//
// Replace sends the message only after the server has asked for it, even if the server would take it unasked: then no
// octets follow a refusal.
func Replace(s *session.Session, old numset.Set, mailbox string, m Message) *session.Call[AppendUID] {
	name := uidName("REPLACE", old.Kind())
	fail := func(err error) *session.Call[AppendUID] { return session.Failed[AppendUID](s, name, err) }
	if n, ok := old.Len(); (!ok || n != 1 || old.IsSaved()) && old.String() != "*" {
		return fail(invalid("message to be replaced", old.String(), "is not one"))
	}
	out := new(AppendUID)
	cmd := session.Command{
		Name: name, In: session.Selected, Needs: "REPLACE",
		Answers: untaggedCode(parser.CodeAppendUID), Changes: mailbox,
		Flow: session.WritesFlags | session.Removes | seqFlow(old.Kind()),
		// APPENDUID comes in an untagged OK, before the message goes (RFC 8508 §4.3).
		Claim: func(r *response) bool { return r.Status == parser.OK && r.Code.Name == parser.CodeAppendUID },
		Data:  func(r *response) error { out.read(r.Code); return nil },
		Done:  func(r *response) error { out.read(r.Code); return nil },
	}
	if err := m.prepare(s, &cmd); err != nil {
		return fail(err)
	}
	cmd.Args = func(e *wire.Encoder) {
		set(e, old)
		parser.EncodeMailbox(e.SP(), mailbox)
		m.encode(e.Synchronize())
	}
	return session.Start(s, cmd, out)
}
