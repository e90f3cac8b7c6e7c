package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Rename renames a mailbox and the mailboxes below it (RFC 9051 §6.3.6). Renaming INBOX moves its messages to the new
// mailbox; INBOX remains.
func Rename(s *session.Session, from, to string) *session.Call[struct{}] {
	return plain(s, session.Command{
		Name: "RENAME", In: loggedIn,
		Args: func(e *wire.Encoder) {
			parser.EncodeMailbox(e.SP(), from)
			parser.EncodeMailbox(e.SP(), to)
		},
	})
}
