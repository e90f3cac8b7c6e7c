package serve_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
	"github.com/imapstack/imapstack/utils/numset"
)

// forgetful is a back end that remembers no expunges.
type forgetful struct{ *memory.Backend }

func (b forgetful) Login(ctx context.Context, name string, c *serve.Conn) (serve.User, error) {
	u, err := b.Backend.Login(ctx, name, c)
	if err != nil {
		return nil, err
	}
	return forgetfulUser{u.(*memory.User)}, nil
}

type forgetfulUser struct{ *memory.User }

func (u forgetfulUser) Open(ctx context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	m, err := u.User.Open(ctx, name, opt)
	if err != nil {
		return nil, err
	}
	return forgetfulMailbox{m.(*memory.Mailbox)}, nil
}

type forgetfulMailbox struct{ *memory.Mailbox }

func (forgetfulMailbox) Vanished(context.Context, uint64) (numset.Set, error) {
	return numset.Span(numset.UID, 1, 1000), nil
}

// TestVanishedOutOfRange checks that the server ignores UIDs that Resyncer.Vanished returns if they belong to messages,
// or have not been assigned.
func TestVanishedOutOfRange(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) { s.Backend = forgetful{s.Backend.(*memory.Backend)} })
	c := dial(t, s)
	c.ok("LOGIN alice secret")
	c.ok("ENABLE QRESYNC")
	if lines := strings.Join(c.ok("SELECT INBOX (QRESYNC (1 1))"), "\n"); strings.Contains(lines, "VANISHED") {
		t.Errorf("a mailbox that never had a message: got %q, want no VANISHED", lines)
	}
	for _, flag := range []string{`\Seen`, `\Deleted`, `\Seen`} {
		if _, err := b.Deliver("alice", "INBOX", []byte("Subject: a\r\n\r\n"), flag); err != nil {
			t.Fatal(err)
		}
	}
	c.ok("CLOSE")
	c.ok("SELECT INBOX")
	c.ok("EXPUNGE")
	lines := strings.Join(c.ok("SELECT INBOX (QRESYNC (1 1))"), "\n")
	if !strings.Contains(lines, "* VANISHED (EARLIER) 2\n") {
		t.Errorf("after an expunge: got %q, want VANISHED (EARLIER) 2", lines)
	}
}

// TestResyncAfterManyExpunges checks what a client with QRESYNC is told if the mailbox no longer remembers all expunges
// since the client's mod-sequence: all UIDs that no message has (RFC 7162 §3.2.6).
func TestResyncAfterManyExpunges(t *testing.T) {
	s, b := newServer(t)
	c := dial(t, s)
	c.ok("LOGIN alice secret")
	c.ok("ENABLE QRESYNC")
	resync := func(modseq int) (vanished []string) {
		for _, l := range c.ok("SELECT INBOX (QRESYNC (1 %d))", modseq) {
			if strings.HasPrefix(l, "* VANISHED") {
				vanished = append(vanished, l)
			}
		}
		return vanished
	}
	if got := resync(1); len(got) != 0 {
		t.Errorf("an empty mailbox that never had a message: got %q, want no VANISHED", got)
	}
	deliver := func(n int, flags ...string) {
		for range n {
			if _, err := b.Deliver("alice", "INBOX", []byte("Subject: a\r\n\r\n"), flags...); err != nil {
				t.Fatal(err)
			}
		}
	}
	deliver(1)
	for range 5 {
		deliver(500, `\Deleted`)
		deliver(1)
		c.ok("SELECT INBOX")
		c.ok("EXPUNGE")
	}
	want := "* VANISHED (EARLIER) 2:501,503:1002,1004:1503,1505:2004,2006:2505"
	if got := resync(1); fmt.Sprint(got) != "["+want+"]" {
		t.Errorf("QRESYNC with an old mod-sequence: got %q, want %q", got, want)
	}
	lines := c.ok("UID FETCH 1:502 (FLAGS) (CHANGEDSINCE 1 VANISHED)")
	if want := "* VANISHED (EARLIER) 2:501"; lines[0] != want {
		t.Errorf("UID FETCH with an old mod-sequence: got %q, want %q first", lines, want)
	}
}
