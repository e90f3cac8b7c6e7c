package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// loggedIn is where most commands are legal.
const loggedIn = session.Authenticated | session.Selected

// named claims the untagged responses of one name.
func named(name string) func(*parser.Response) bool {
	return func(r *parser.Response) bool { return r.Name == name }
}

// plain is a command without arguments and without an answer but its tagged one.
func plain(s *session.Session, cmd session.Command) *session.Call[struct{}] {
	return session.Start[struct{}](s, cmd, nil)
}

// onMailbox is a command whose one argument is a mailbox.
func onMailbox(s *session.Session, name, mailbox string) *session.Call[struct{}] {
	return plain(s, session.Command{
		Name: name, In: loggedIn,
		Args: func(e *wire.Encoder) { parser.EncodeMailbox(e.SP(), mailbox) },
	})
}
