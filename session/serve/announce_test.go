package serve_test

import (
	"context"
	"slices"
	"testing"

	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// keywordsLate is a back end whose Changes returns the keyword "old" only in its first call. A back end does so if
// messages lose the keyword, and get it again after Changes has returned.
type keywordsLate struct{ *memory.Backend }

func (b keywordsLate) Login(ctx context.Context, name string, c *serve.Conn) (serve.User, error) {
	u, err := b.Backend.Login(ctx, name, c)
	if err != nil {
		return nil, err
	}
	return keywordsLateUser{u.(*memory.User)}, nil
}

type keywordsLateUser struct{ *memory.User }

func (u keywordsLateUser) Open(ctx context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	m, err := u.User.Open(ctx, name, opt)
	if err != nil {
		return nil, err
	}
	return &keywordsLateMailbox{Mailbox: m.(*memory.Mailbox)}, nil
}

type keywordsLateMailbox struct {
	*memory.Mailbox
	calls int
}

func (m *keywordsLateMailbox) Changes(ctx context.Context) (*serve.Changes, error) {
	ch, err := m.Mailbox.Changes(ctx)
	if m.calls++; err == nil && m.calls > 1 {
		ch.Flags = slices.DeleteFunc(slices.Clone(ch.Flags), func(f string) bool { return f == "old" })
	}
	return ch, err
}

// TestAnnouncedFlags checks that FLAGS has all flags of a message when it announces a new one, even a flag that the
// client knows from an earlier FLAGS and that Changes has not returned this time (RFC 9051 §7.3.5).
func TestAnnouncedFlags(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) { s.Backend = keywordsLate{s.Backend.(*memory.Backend)} })
	for _, flags := range [][]string{{"old"}, {}} {
		if _, err := b.Deliver("alice", "INBOX", []byte("Subject: a\r\n\r\n"), flags...); err != nil {
			t.Fatal(err)
		}
	}
	talk(t, s, b, `
		1! SELECT INBOX
		1! NOOP
		1> STORE 2 FLAGS (old new)
		1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft old new)
		1< * OK [PERMANENTFLAGS …
		1< * 2 FETCH (FLAGS (old new))
		1< T OK STORE completed
	`)
}
