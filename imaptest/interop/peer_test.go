package interop

import (
	"context"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// way is a way to connect to a server.
type way struct {
	name string
	open func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session
}

// timeout returns a context that limits the duration of a test, so that a server that hangs fails the test.
func timeout(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// dial returns a function that connects to a server by the URL that the function url returns for the server.
func dial(url func(peer.Env) string) func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session {
	return func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session {
		t.Helper()
		target, err := transport.Parse(url(p))
		if err != nil {
			t.Fatal(err)
		}
		target.TLSConfig = p.TLS(t)
		s, err := session.Dial(timeout(t), target, cfg)
		if err != nil {
			t.Fatalf("%s: %v", url(p), err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
}

// loggedIn returns a function that calls open, and logs alice in unless the server has already done that.
func loggedIn(open func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session) func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session {
	return func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session {
		t.Helper()
		s := open(t, p, cfg)
		if s.State() == session.NotAuthenticated {
			if _, err := commands.Login(s, p.User, auth.NewSecret(p.Password), commands.AllowPlaintext()).Wait(timeout(t)); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
}

func deflated(open func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session) func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session {
	return func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session {
		t.Helper()
		s := open(t, p, cfg)
		if err := commands.Compress(timeout(t), s); err != nil {
			t.Fatal(err)
		}
		return s
	}
}

var (
	tcp      = loggedIn(dial(func(e peer.Env) string { return "imap+insecure://" + e.Addr() }))
	startTLS = loggedIn(dial(func(e peer.Env) string { return "imap+starttls://" + e.Addr() }))
	overTLS  = loggedIn(dial(func(e peer.Env) string { return "imaps://" + e.TLSAddr() }))
	process  = loggedIn(dial(func(e peer.Env) string { return "imap+process:" + e.Process }))
)

var dovecotWays = []way{
	{"tcp", tcp}, {"starttls", startTLS}, {"tls", overTLS}, {"process", process}, {"tls+deflate", deflated(overTLS)}, {"process+deflate", deflated(process)},
}

var cyrusWays = []way{{"tcp", tcp}, {"starttls", startTLS}, {"tls", overTLS}, {"tls+deflate", deflated(overTLS)}}
