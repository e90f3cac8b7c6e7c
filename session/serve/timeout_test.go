package serve_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// punctual is a back end that takes so long to list the mailboxes that the context ends.
type punctual struct{ *memory.Backend }

func (p punctual) Login(ctx context.Context, name string, c *serve.Conn) (serve.User, error) {
	u, err := p.Backend.Login(ctx, name, c)
	if err != nil {
		return nil, err
	}
	return &punctualUser{u.(*memory.User)}, nil
}

func (punctual) Types() (serve.User, serve.Mailbox) {
	return (*punctualUser)(nil), (*memory.Mailbox)(nil)
}

type punctualUser struct{ *memory.User }

func (u *punctualUser) Mailboxes(ctx context.Context) ([]serve.MailboxInfo, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestCommandTimeout checks that the time of a slow back end counts towards Server.CommandTimeout, and that of a slow
// client does not.
func TestCommandTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := newServer(t, quiet, func(s *serve.Server) {
			s.Backend, s.CommandTimeout = punctual{s.Backend.(*memory.Backend)}, time.Second
		})
		for range 300 { // so many that the back end checks the context several times during the FETCH below
			if _, err := b.Deliver("alice", "INBOX", make([]byte, 10_000)); err != nil {
				t.Fatal(err)
			}
		}
		c := dial(t, s)
		c.ok("LOGIN alice secret")
		if got := c.do(`LIST "" *`); got[0] != "T NO [UNAVAILABLE] it took too long" {
			t.Errorf("LIST with a slow back end: got %q, want NO", got)
		}
		c.ok("SELECT INBOX")
		c.send("a FETCH 1:* BODY.PEEK[]")
		for range 300 {
			time.Sleep(100 * time.Millisecond) // the client reads slowly
			c.line()
		}
		if got := c.line(); got != "a OK FETCH completed\r\n" {
			t.Errorf("FETCH of a slow client: got %q, want OK", got)
		}
	})
}
