package interop

import (
	"context"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// TestOwnServer runs the suite for real servers on the project's own server, which also tests the suite on machines
// without other servers. The server is strict, so it refuses whatever the client does wrong.
func TestOwnServer(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.AllowPlain(), imaptest.Strict())
	url := func(url string) func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session {
		return loggedIn(func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session {
			t.Helper()
			target, err := transport.Parse(url)
			if err != nil {
				t.Fatal(err)
			}
			target.TLSConfig = srv.TLSConfig()
			s, err := session.Dial(timeout(t), target, cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		})
	}
	pipe := loggedIn(func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session {
		t.Helper()
		s, err := session.Dial(timeout(t), transport.DialFunc(func(context.Context) (transport.Conn, error) { return srv.Pipe(), nil }), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	})
	for _, w := range []way{
		{"tcp", url("imap+insecure://" + srv.Addr)},
		{"starttls", url("imap+starttls://" + srv.Addr)},
		{"tls", url("imaps://" + srv.TLSAddr)},
		{"tls+deflate", deflated(url("imaps://" + srv.TLSAddr))},
		{"pipe", pipe},
	} {
		t.Run(w.name, func(t *testing.T) { suite(t, peer.Env{User: "alice", Password: "secret"}, w) })
	}
	srv.ExpectCorrect(t)
}
