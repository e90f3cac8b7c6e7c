package serve_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// renumbering is a back end that changes UIDVALIDITY of all mailboxes whenever a mailbox is created.
type renumbering struct {
	*memory.Backend
	times atomic.Uint32
}

func (r *renumbering) Login(ctx context.Context, name string, c *serve.Conn) (serve.User, error) {
	u, err := r.Backend.Login(ctx, name, c)
	if err != nil {
		return nil, err
	}
	return &renumberingUser{u.(*memory.User), r}, nil
}

type renumberingUser struct {
	*memory.User
	r *renumbering
}

func (u *renumberingUser) Create(ctx context.Context, name string, uses []parser.MailboxAttr) error {
	u.r.times.Add(1)
	return u.User.Create(ctx, name, uses)
}

func (u *renumberingUser) Open(ctx context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	m, err := u.User.Open(ctx, name, opt)
	if err != nil {
		return nil, err
	}
	return &renumberingMailbox{m.(*memory.Mailbox), u.r}, nil
}

type renumberingMailbox struct {
	*memory.Mailbox
	r *renumbering
}

func (m *renumberingMailbox) Changes(ctx context.Context) (*serve.Changes, error) {
	ch, err := m.Mailbox.Changes(ctx)
	if err == nil {
		ch.UIDValidity += 100 * m.r.times.Load()
	}
	return ch, err
}

// TestRenumbered changes UIDVALIDITY of an open mailbox. No command may then use the UIDs that the client knows, because
// the messages that they refer to may be others (RFC 9051 §2.3.1.1).
func TestRenumbered(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) { s.Backend = &renumbering{Backend: s.Backend.(*memory.Backend)} })
	talk(t, s, b, `
		deliver INBOX a
		1! SELECT INBOX
		2! CREATE x
		1> NOOP
		1< * OK [NONEXISTENT] the mailbox has been deleted
		1< T OK NOOP completed
		1> STORE 1 +FLAGS (\Deleted)
		1< T NO [EXPUNGEISSUED] some of the messages are gone
		1> UID FETCH 1 FLAGS
		1< T OK UID FETCH completed
		1> SEARCH ALL
		1< * SEARCH
		1< T OK [EXPUNGEISSUED] SEARCH completed
		1> MOVE 1 x
		1< T NO [EXPUNGEISSUED] the messages are gone
		1! CLOSE
		1! SELECT INBOX
		1> FETCH 1:* FLAGS
		1< * 1 FETCH (FLAGS ())
		1< T OK FETCH completed
	`)
}
