package serve_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// failing is a back end whose messages cannot be read while alice has a mailbox named "broken".
type failing struct {
	*memory.Backend
	now atomic.Bool
}

func (f *failing) Login(ctx context.Context, name string, c *serve.Conn) (serve.User, error) {
	u, err := f.Backend.Login(ctx, name, c)
	if err != nil {
		return nil, err
	}
	return &failingUser{u.(*memory.User), f}, nil
}

var errBroken = errors.New("the disk does not answer")

type failingUser struct {
	*memory.User
	f *failing
}

func (u *failingUser) Open(ctx context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	m, err := u.User.Open(ctx, name, opt)
	if err != nil {
		return nil, err
	}
	if name == "gone" {
		if err := u.User.Delete(ctx, name); err != nil {
			return nil, err
		}
	}
	return &failingMailbox{m.(*memory.Mailbox), u.f}, nil
}

func (u *failingUser) Create(ctx context.Context, name string, uses []parser.MailboxAttr) error {
	u.f.now.Store(name == "broken")
	return u.User.Create(ctx, name, uses)
}

func (u *failingUser) Delete(ctx context.Context, name string) error {
	u.f.now.Store(false)
	return u.User.Delete(ctx, name)
}

func (u *failingUser) Status(ctx context.Context, name string, want parser.StatusItems) (*parser.StatusData, error) {
	if u.f.now.Load() {
		return nil, errBroken
	}
	return u.User.Status(ctx, name, want)
}

type failingMailbox struct {
	*memory.Mailbox
	f *failing
}

func (m *failingMailbox) Fetch(ctx context.Context, uids []uint32, need serve.Need, yield func(*serve.Message) bool) error {
	if m.f.now.Load() {
		return errBroken
	}
	return m.Mailbox.Fetch(ctx, uids, need, yield)
}

// TestChangesAfterFailure checks what happens if the back end returns changes, and then fails to read the messages. The
// client gets the changes as soon as the back end can read the messages. Until then, HIGHESTMODSEQ does not include the
// changes.
func TestChangesAfterFailure(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) {
		s.Backend, s.Logger = &failing{Backend: s.Backend.(*memory.Backend)}, slog.New(slog.DiscardHandler)
	})
	talk(t, s, b, `
		deliver INBOX a
		deliver INBOX b
		1! ENABLE CONDSTORE
		1! SELECT INBOX
		1! SEARCH RETURN (UPDATE) UNSEEN
		2! SELECT INBOX
		2! STORE 1 FLAGS (\Seen)
		2! CREATE broken
		1> NOOP
		1< T OK NOOP completed
		2! DELETE broken
		2! STORE 2 FLAGS (\Seen)
		1> NOOP
		1< * 1 FETCH (UID 1 FLAGS (\Seen) MODSEQ (4))
		1< * 2 FETCH (UID 2 FLAGS (\Seen) MODSEQ (5))
		1< * ESEARCH (TAG "A4") REMOVEFROM (0 1:2)
		1< T OK NOOP completed
	`)
}

// TestStoreAfterFailure checks that the client gets the flags later if the back end stores flags, and then fails to
// read them.
func TestStoreAfterFailure(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) {
		s.Backend, s.Logger = &failing{Backend: s.Backend.(*memory.Backend)}, slog.New(slog.DiscardHandler)
	})
	talk(t, s, b, `
		deliver INBOX a
		1! SELECT INBOX
		2! CREATE broken
		1> STORE 1 FLAGS (\Seen)
		1< T NO [SERVERBUG] internal error
		2! DELETE broken
		1> NOOP
		1< * 1 FETCH (FLAGS (\Seen))
		1< T OK NOOP completed
	`)
}

// TestNewAfterFailure checks what happens if the back end fails to read a new message. The client later gets the items
// that it has asked for by NOTIFY.
func TestNewAfterFailure(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) {
		s.Backend, s.Logger = &failing{Backend: s.Backend.(*memory.Backend)}, slog.New(slog.DiscardHandler)
	})
	talk(t, s, b, `
		1! SELECT INBOX
		1! NOTIFY SET (SELECTED-DELAYED (MessageNew (UID FLAGS) MessageExpunge))
		2! CREATE broken
		deliver INBOX a
		1< * 1 EXISTS
		1< * 0 RECENT
		2! DELETE broken
		1> NOOP
		1< * 1 FETCH (UID 1 FLAGS ())
		1< T OK NOOP completed
	`)
}

// TestEventAfterFailure checks what happens if the back end fails while the server reports an event of NOTIFY. The
// client gets the event later. If the back end fails during the command NOTIFY, the server reports that events are
// lost.
func TestEventAfterFailure(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) {
		s.Backend, s.Logger = &failing{Backend: s.Backend.(*memory.Backend)}, slog.New(slog.DiscardHandler)
	})
	talk(t, s, b, `
		1! NOTIFY SET (PERSONAL (MessageNew MessageExpunge))
		2! CREATE broken
		deliver INBOX a
		1> NOOP
		1< T OK NOOP completed
		2! DELETE broken
		1> NOOP
		1< * STATUS INBOX (MESSAGES 1 UIDNEXT 2)
		1< T OK NOOP completed
		2! CREATE broken
		1> NOTIFY SET STATUS (PERSONAL (MessageNew MessageExpunge))
		1< * OK [NOTIFICATIONOVERFLOW] some events are lost
		1< T NO [SERVERBUG] internal error
	`)
}

// TestMultiSearchAfterFailure checks that a search of several mailboxes fails if the back end fails to read messages.
// An OK would mean that no other messages match.
func TestMultiSearchAfterFailure(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) {
		s.Backend, s.Logger = &failing{Backend: s.Backend.(*memory.Backend)}, slog.New(slog.DiscardHandler)
	})
	talk(t, s, b, `
		deliver INBOX a
		2! CREATE broken
		1> ESEARCH IN (personal) RETURN (COUNT) ALL
		1< T NO [SERVERBUG] internal error
	`)
}

// TestOpenDeleted checks what happens if a mailbox is deleted while a command opens it.
func TestOpenDeleted(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) {
		s.Backend = &failing{Backend: s.Backend.(*memory.Backend)}
	})
	talk(t, s, b, `
		1! CREATE gone
		1> SELECT gone
		1< T NO [NONEXISTENT] no such mailbox
		1! CREATE gone
		1> STATUS gone (DELETED-STORAGE)
		1< T NO [NONEXISTENT] no such mailbox
		1! CREATE gone
		1> LIST "" gone RETURN (STATUS (DELETED-STORAGE))
		1< * LIST (\Noselect \HasNoChildren) "/" gone
		1< T OK LIST completed
		1! CREATE gone
		deliver gone a
		1> APPEND INBOX CATENATE (URL "/gone/;UID=1")
		1< T NO [BADURL …
	`)
}
