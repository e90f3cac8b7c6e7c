package session_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

func TestGreetings(t *testing.T) {
	for _, c := range []struct {
		name, script string
		is           error
		text         string
	}{
		{"BYE", "S: * BYE [UNAVAILABLE] too busy\n", parser.BYE, "too busy"},
		{"NO", "S: * NO LOGOUT Intrusion prevention active\n", parser.NO, "Intrusion"},
		{"POP3", "S: +OK Gpop ready\n", session.ErrNotIMAP, "+OK Gpop"},
		{"SMTP", "S: 220 mail.example.com ESMTP\n", session.ErrNotIMAP, "220 mail"},
		{"nonsense", "S: * INVALID\n", session.ErrNotIMAP, "INVALID"},
		{"tagged", "S: A1 OK hello\n", session.ErrNotIMAP, "A1 OK"},
	} {
		synctest.Test(t, func(t *testing.T) {
			err := opened(t, nil, c.script)
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: got %v, want %v with the text %q", c.name, err, c.is, c.text)
			}
		})
	}
}

func TestGreetingAsksForCapabilities(t *testing.T) {
	for _, greeting := range []string{"S: * OK\n", "S: * OK IMAPrev1\n", "S= \"\\x00\\x00* OK ready\\n\"\n"} {
		synctest.Test(t, func(t *testing.T) {
			s := play(t, nil, greeting+"C: A1 CAPABILITY\nS: * capability imap4rev1 idle \nS: A1 ok done\n")
			if !s.Caps().Has("IDLE") || s.State() != session.NotAuthenticated {
				t.Errorf("got capabilities %v in state %v, want IDLE in state %v", s.Caps(), s.State(), session.NotAuthenticated)
			}
		})
	}
}

func TestPreauth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if s := play(t, nil, preauth); s.State() != session.Authenticated {
			t.Errorf("got state %v, want %v", s.State(), session.Authenticated)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		expectErr(t, "PREAUTH when TLS is required", opened(t, &session.Config{RequireTLS: true}, preauth), session.ErrNoTLS)
	})
}

// stubborn is a connection whose Close waits for an hour unless Abort was called, as if a process that does not end by
// itself were at its other end.
type stubborn struct {
	transport.Conn
	aborted chan struct{}
	once    sync.Once
}

func (c *stubborn) Abort() error {
	c.once.Do(func() { close(c.aborted) })
	return c.Close()
}

func (c *stubborn) Close() error {
	select {
	case <-c.aborted:
	case <-time.After(time.Hour):
	}
	return c.Conn.Close()
}

// TestOpenAndUpgradeEndWithContext checks that Open and Session.Upgrade return as soon as their context ends, even if
// Close of the connection would wait.
func TestOpenAndUpgradeEndWithContext(t *testing.T) {
	for what, open := range map[string]func(context.Context, transport.Conn) error{
		"greeting": func(ctx context.Context, c transport.Conn) error {
			_, err := session.Open(ctx, c, nil)
			return err
		},
		"upgrade": func(ctx context.Context, c transport.Conn) error {
			s, err := session.Open(context.Background(), c, nil)
			if err != nil {
				return err
			}
			return s.Upgrade(ctx, func(ctx context.Context, _ transport.Conn, _ []byte) (transport.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			defer far.Close()
			if what == "upgrade" {
				go far.Write([]byte("* OK [CAPABILITY IMAP4rev1] ready\r\n"))
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			c := &stubborn{Conn: near, aborted: make(chan struct{})}
			start := time.Now()
			if err := open(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: got %v, want context.DeadlineExceeded", what, err)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("%s: the error came %v after the end of the context, want at once", what, took-time.Second)
			}
		})
	}
}
