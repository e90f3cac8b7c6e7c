package account_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
)

// bubble runs f in a synctest bubble, in which waiting takes no real time, with a server in memory.
func bubble(t *testing.T, f func(t *testing.T, srv *imaptest.Server), opts ...imaptest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv, err := imaptest.New(append([]imaptest.Option{imaptest.WithUser("alice", "secret")}, opts...)...)
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		f(t, srv)
	})
}

// alice returns alice's account on the server. change, if not nil, changes its options.
func alice(t *testing.T, srv *imaptest.Server, change func(*account.Options)) *account.Account {
	t.Helper()
	opt := account.Options{
		Dialer:      transport.DialFunc(func(context.Context) (transport.Conn, error) { return srv.Pipe(), nil }),
		Credentials: auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")},
		// These mechanisms take no CPU time.
		Auth: auth.Options{AllowPlaintext: true, Mechanisms: []string{"PLAIN", "XOAUTH2"}},
	}
	if change != nil {
		change(&opt)
	}
	a := account.New(opt)
	t.Cleanup(a.Close)
	return a
}

// noop returns a function for Do that sends NOOP.
func noop(ctx context.Context) func(*session.Session) error {
	return func(s *session.Session) error {
		_, err := commands.Noop(s).Wait(ctx)
		return err
	}
}

// appendOne returns a function for Do that appends a message whose Message-ID contains id.
func appendOne(ctx context.Context, mailbox, id string) func(*session.Session) error {
	return func(s *session.Session) error {
		_, err := commands.Append(s, mailbox, strings.NewReader(message(id)), -1).Wait(ctx)
		return err
	}
}

func message(id string) string {
	return fmt.Sprintf("Message-ID: <%s@example.com>\r\nSubject: %s\r\n\r\nbody\r\n", id, id)
}

// appendOnce appends a message. After ErrUncertain or an error of kind ForNow, it searches for the message, and appends
// it again only if it is missing.
func appendOnce(ctx context.Context, a *account.Account, mailbox, id string) error {
	err := a.Do(ctx, "", appendOne(ctx, mailbox, id))
	for errors.Is(err, account.ErrUncertain) || errors.Is(err, account.ErrForNow) {
		there := false
		err = a.Do(ctx, mailbox, func(s *session.Session) error {
			found, err := commands.Search(s, numset.UID, search.Header("Message-ID", id+"@example.com")).Wait(ctx)
			there = !found.Found.Empty()
			return err
		}, account.Repeatable)
		if err == nil && !there {
			err = a.Do(ctx, "", appendOne(ctx, mailbox, id))
		}
	}
	return err
}

// gate counts connections: those that are open now, the most that were open at a time, and all.
type gate struct {
	now, most, all atomic.Int64
}

func (g *gate) wrap(d transport.Dialer) transport.Dialer {
	return transport.DialFunc(func(ctx context.Context) (transport.Conn, error) {
		c, err := d.Dial(ctx)
		if err != nil {
			return nil, err
		}
		g.all.Add(1)
		n := g.now.Add(1)
		for m := g.most.Load(); n > m && !g.most.CompareAndSwap(m, n); m = g.most.Load() {
		}
		return &gated{Conn: c, g: g}, nil
	})
}

type gated struct {
	transport.Conn
	g    *gate
	once sync.Once
}

func (c *gated) Close() error {
	c.once.Do(func() { c.g.now.Add(-1) })
	return c.Conn.Close()
}

// LocalAddr lets package transport find out the size of the connection's buffer.
func (c *gated) LocalAddr() net.Addr { return c.Conn.(net.Conn).LocalAddr() }

// want fails the test unless err matches all targets.
func want(t *testing.T, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Errorf("%v is not %v", err, target)
		}
	}
}

// minutes returns a context that ends after n minutes by the clock of the bubble.
func minutes(t *testing.T, n int) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// count fails the test unless a mailbox of alice has n messages, which all differ.
func count(t *testing.T, srv *imaptest.Server, mailbox string, n int) {
	t.Helper()
	seen := map[string]int{}
	for m := range srv.Mailbox("alice", mailbox).Messages() {
		seen[string(m.Body)]++
	}
	for body, k := range seen {
		if k > 1 {
			t.Errorf("a message is there %d times: %.60q", k, body)
		}
	}
	if len(seen) != n {
		t.Errorf("%d messages in %s, want %d", len(seen), mailbox, n)
	}
}
