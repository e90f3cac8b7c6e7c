package commands

import (
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Create creates a mailbox (RFC 9051 §6.3.4). uses are the mailbox's special uses, such as `\Sent`. If there are any,
// the server must have CREATE-SPECIAL-USE (RFC 6154 §3). The result is the mailbox's MAILBOXID, or "" if the server
// does not send it (RFC 8474 §4.1).
func Create(s *session.Session, mailbox string, uses ...string) *session.Call[string] {
	if len(uses) == 0 {
		return CreateWith(s, mailbox)
	}
	return CreateWith(s, mailbox, CreateParam{Needs: "CREATE-SPECIAL-USE", Write: func(e *wire.Encoder) {
		e.Raw("USE").SP().List(len(uses), func(i int) { specialUse(e, uses[i]) })
	}})
}

// CreateParam is a parameter that an extension adds to CREATE (RFC 4466 §2.2). A program that implements an extension
// makes a CreateParam for each such parameter.
type CreateParam struct {
	Needs string              // the capability; "A|B" means either
	Write func(*wire.Encoder) // writes the parameter: its name, and its value after a space
}

// CreateWith creates a mailbox, as [Create] does, and sends parameters that extensions have added to CREATE.
func CreateWith(s *session.Session, mailbox string, params ...CreateParam) *session.Call[string] {
	id := new(string)
	cmd := session.Command{
		Name: "CREATE", In: loggedIn, Answers: session.TaggedOnly,
		Args: func(e *wire.Encoder) {
			parser.EncodeMailbox(e.SP(), mailbox)
			if len(params) > 0 {
				e.SP().List(len(params), func(i int) { params[i].Write(e) })
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
	for _, p := range params {
		if p.Needs != "" && !s.Caps().HasAny(p.Needs) {
			cmd.Needs = p.Needs
		}
	}
	return session.Start(s, cmd, id)
}

// specialUse writes a special use (RFC 6154 §6 use-attr).
func specialUse(e *wire.Encoder, use string) {
	name, ok := strings.CutPrefix(use, `\`)
	if !ok {
		e.Fail(invalid("special use", use, `does not begin with \`))
		return
	}
	e.Byte('\\').Atom(name)
}
