package serve_test

import (
	"context"
	"slices"
	"testing"

	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// soonExpunged is a back end that expunges the message with UID 2 after Changes has returned its UID and before Fetch
// reads the message.
type soonExpunged struct{ *memory.Backend }

func (b soonExpunged) Login(ctx context.Context, name string, c *serve.Conn) (serve.User, error) {
	u, err := b.Backend.Login(ctx, name, c)
	if err != nil {
		return nil, err
	}
	return fleetingUser{u.(*memory.User)}, nil
}

type fleetingUser struct{ *memory.User }

func (u fleetingUser) Open(ctx context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	m, err := u.User.Open(ctx, name, opt)
	if err != nil {
		return nil, err
	}
	return fleetingMailbox{m.(*memory.Mailbox)}, nil
}

type fleetingMailbox struct{ *memory.Mailbox }

func (m fleetingMailbox) Fetch(ctx context.Context, uids []uint32, need serve.Need, yield func(*serve.Message) bool) error {
	if slices.Contains(uids, 2) {
		if err := m.Mailbox.Store(ctx, []uint32{2}, &serve.FlagChange{Flags: []string{`\Deleted`}}); err != nil {
			return err
		}
		if err := m.Mailbox.Expunge(ctx, []uint32{2}); err != nil {
			return err
		}
	}
	return m.Mailbox.Fetch(ctx, uids, need, yield)
}

// TestNotifyGone checks that a client with QRESYNC that wants the UIDs of new messages also gets the UID of a new
// message that no longer exists. Without that UID, the client could not understand VANISHED.
func TestNotifyGone(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) { s.Backend = soonExpunged{s.Backend.(*memory.Backend)} })
	talk(t, s, b, `
		deliver INBOX a
		1! ENABLE QRESYNC
		1! SELECT INBOX
		1! NOTIFY SET (SELECTED-DELAYED (MessageNew (UID RFC822.SIZE) MessageExpunge))
		deliver INBOX b
		1< * 2 EXISTS
		1< * 0 RECENT
		1< * 2 FETCH (UID 2)
		1> NOOP
		1< * VANISHED 2
		1< * OK [HIGHESTMODSEQ …] ok
		1< T OK …
	`)
}
