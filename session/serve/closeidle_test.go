package serve_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// unwilling is a back end. If err is not nil, Expunge and Changes of its mailboxes fail with err.
type unwilling struct {
	*memory.Backend
	err atomic.Pointer[error]
}

func (b *unwilling) fail(err error) {
	if err == nil {
		b.err.Store(nil)
		return
	}
	b.err.Store(&err)
}

func (b *unwilling) failure() error {
	if err := b.err.Load(); err != nil {
		return *err
	}
	return nil
}

func (b *unwilling) Login(ctx context.Context, name string, c *serve.Conn) (serve.User, error) {
	u, err := b.Backend.Login(ctx, name, c)
	if err != nil {
		return nil, err
	}
	return unwillingUser{u.(*memory.User), b}, nil
}

type unwillingUser struct {
	*memory.User
	b *unwilling
}

func (u unwillingUser) Open(ctx context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	m, err := u.User.Open(ctx, name, opt)
	if err != nil {
		return nil, err
	}
	return unwillingMailbox{m.(*memory.Mailbox), u.b}, nil
}

type unwillingMailbox struct {
	*memory.Mailbox
	b *unwilling
}

func (m unwillingMailbox) Expunge(ctx context.Context, uids []uint32) error {
	if err := m.b.failure(); err != nil {
		return err
	}
	return m.Mailbox.Expunge(ctx, uids)
}

func (m unwillingMailbox) Changes(ctx context.Context) (*serve.Changes, error) {
	if err := m.b.failure(); err != nil {
		return nil, err
	}
	return m.Mailbox.Changes(ctx)
}

// newUnwilling returns a server with an unwilling back end, and a client that has opened an INBOX with two messages, one
// of them with \Deleted.
func newUnwilling(t *testing.T, change ...func(*serve.Server)) (*unwilling, *client) {
	t.Helper()
	b := &unwilling{}
	s, _ := newServer(t, append(change, quiet, func(s *serve.Server) {
		b.Backend = s.Backend.(*memory.Backend)
		s.Backend = b
	})...)
	for _, flag := range []string{`\Deleted`, `\Seen`} {
		if _, err := b.Deliver("alice", "INBOX", []byte("Subject: a\r\n\r\n"), flag); err != nil {
			t.Fatal(err)
		}
	}
	c := dial(t, s)
	c.ok("LOGIN alice secret")
	c.ok("SELECT INBOX")
	return b, c
}

// TestCloseFails checks CLOSE if the back end cannot remove messages. CLOSE has no answer NO (RFC 9051 §6.4.1): it
// closes the mailbox, and an untagged NO says what has failed, unless the user has no right to expunge.
func TestCloseFails(t *testing.T) {
	for _, x := range []struct {
		err  error
		want []string
	}{
		{nil, []string{"T OK CLOSE completed"}},
		{errors.New("the disk is full"), []string{"* NO [SERVERBUG] internal error", "T OK CLOSE completed"}},
		{&serve.Error{Code: parser.CodeInUse, Text: "try again"}, []string{"* NO [INUSE] try again", "T OK CLOSE completed"}},
		{parser.CodeNoPerm, []string{"T OK CLOSE completed"}},
	} {
		b, c := newUnwilling(t)
		b.fail(x.err)
		if got := c.do("CLOSE"); strings.Join(got, "\n") != strings.Join(x.want, "\n") {
			t.Errorf("CLOSE if the back end fails with %v: got %q, want %q", x.err, got, x.want)
		}
		b.fail(nil)
		if got := c.do("FETCH 1 UID"); !strings.HasPrefix(got[len(got)-1], "T BAD") {
			t.Errorf("FETCH after CLOSE: got %q, want BAD, because no mailbox is open", got)
		}
	}
}

// TestDoneAfterFailedIdle checks what happens if the back end fails during IDLE. The server answers NO at once. The
// client may have sent DONE before it has read the NO, so the server ignores this line. It answers any other line.
func TestDoneAfterFailedIdle(t *testing.T) {
	b, c := newUnwilling(t, func(s *serve.Server) { s.MaxBad = 1 })
	idle := func() {
		t.Helper()
		c.send("I1 IDLE")
		if l := c.line(); l != "+ idling\r\n" {
			t.Fatalf("IDLE: got %q, want a continuation request", l)
		}
		b.fail(errors.New("the disk does not answer"))
		if _, err := b.Deliver("alice", "INBOX", []byte("Subject: a\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if l := c.line(); l != "I1 NO [SERVERBUG] internal error\r\n" {
			t.Fatalf("IDLE if the back end fails: got %q, want NO", l)
		}
		b.fail(nil)
	}
	idle()
	c.send("DONE")
	c.ok("NOOP")
	idle()
	c.send("done\r\nDONE NOOP") // the tag DONE is allowed
	for c.last == nil || !strings.HasPrefix(c.last[len(c.last)-1], "DONE ") {
		c.line()
	}
	if l := c.last[len(c.last)-1]; l != "DONE OK NOOP completed\r\n" {
		t.Errorf("NOOP with the tag DONE: got %q, want OK", l)
	}
	idle()
	c.ok("NOOP") // a client that has read the NO does not send DONE
	c.send("DONE")
	if l := c.line(); !strings.HasPrefix(l, "DONE BAD ") {
		t.Errorf("DONE without IDLE: got %q, want BAD", l)
	}
}
