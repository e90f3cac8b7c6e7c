package serve_test

import (
	"context"
	"sync"
	"testing"

	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// announcing is a back end whose events a test sends.
type announcing struct {
	*memory.Backend
	mu sync.Mutex
	f  func(serve.Event) // nil if no connection wants events
}

func (b *announcing) Login(ctx context.Context, name string, c *serve.Conn) (serve.User, error) {
	u, err := b.Backend.Login(ctx, name, c)
	if err != nil {
		return nil, err
	}
	return announcingUser{u.(*memory.User), b}, nil
}

type announcingUser struct {
	*memory.User
	b *announcing
}

func (u announcingUser) Notify(f func(serve.Event)) (stop func()) {
	set := func(f func(serve.Event)) {
		u.b.mu.Lock()
		defer u.b.mu.Unlock()
		u.b.f = f
	}
	set(f)
	return func() { set(nil) }
}

// lose sends EventOverflow, which says that events are lost, if a connection wants events.
func (b *announcing) lose() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.f != nil {
		b.f(serve.Event{Kind: serve.EventOverflow})
	}
}

// TestNotifyOverflowOnce loses events twice. The server reports only the first loss, because NOTIFY NONE applies after
// it (RFC 5465 §5.8).
func TestNotifyOverflowOnce(t *testing.T) {
	b := &announcing{}
	s, _ := newServer(t, func(s *serve.Server) {
		b.Backend = s.Backend.(*memory.Backend)
		s.Backend = b
	})
	c := dial(t, s)
	c.ok("LOGIN alice secret")
	c.ok("NOTIFY SET (personal (MailboxName))")
	c.send("i IDLE")
	if l := c.line(); l != "+ idling\r\n" {
		t.Fatalf("IDLE: got %q, want a continuation request", l)
	}
	b.lose()
	var first [1]byte
	if _, err := c.c.Read(first[:]); err != nil { // the server has begun to report it
		t.Fatal(err)
	}
	b.lose()
	overflows, begun := 0, string(first[:])
	for {
		l := begun + c.line()
		begun = ""
		if l == "* OK [NOTIFICATIONOVERFLOW] some events are lost\r\n" {
			if overflows++; overflows == 1 {
				c.send("DONE")
			}
		}
		if l == "i OK IDLE completed\r\n" {
			break
		}
	}
	for range 2 {
		if lines := c.ok("NOOP"); len(lines) != 1 {
			overflows++
		}
	}
	if overflows != 1 {
		t.Errorf("got NOTIFICATIONOVERFLOW %d times, want once", overflows)
	}
}
