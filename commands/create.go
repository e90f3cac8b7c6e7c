package commands

import (
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Create makes a mailbox (RFC 9051 §6.3.4). With special uses, such as `\Sent`, the server must have CREATE-SPECIAL-USE
// (RFC 6154 §3). Create returns the mailbox's MAILBOXID if the server tells it (RFC 8474 §4.1).
func Create(s *session.Session, mailbox string, uses ...string) *session.Call[string] {
	id := new(string)
	cmd := session.Command{
		Name: "CREATE", In: loggedIn, Answers: session.TaggedOnly,
		Args: func(e *wire.Encoder) {
			parser.EncodeMailbox(e.SP(), mailbox)
			if len(uses) > 0 {
				e.SP().Byte('(').Raw("USE").SP().List(len(uses), func(i int) { specialUse(e, uses[i]) }).Byte(')')
			}
		},
		Done: func(r *response) error {
			*id, _ = r.Code.MailboxID()
			if ids, ok := r.Code.ObjectIDs(); ok {
				*id = ids.Mailbox
			}
			return nil
		},
	}
	if len(uses) > 0 {
		cmd.Needs = "CREATE-SPECIAL-USE"
	}
	return session.Start(s, cmd, id)
}

// specialUse writes a use (RFC 6154 §6 use-attr).
func specialUse(e *wire.Encoder, use string) {
	name, ok := strings.CutPrefix(use, `\`)
	if !ok {
		e.Fail(invalid("special use", use, `does not begin with \`))
		return
	}
	e.Byte('\\').Atom(name)
}
