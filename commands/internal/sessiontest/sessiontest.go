// Package sessiontest opens sessions for the tests of the packages below commands.
package sessiontest

import (
	"context"
	"net"
	"testing"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/session"
)

// Memory starts a server in memory with opts, and opens a session with it, in which alice is logged in. Both are closed
// when t ends.
func Memory(t testing.TB, ctx context.Context, opts ...imaptest.Option) (*imaptest.Server, *session.Session) {
	t.Helper()
	srv := imaptest.NewServer(t, opts...)
	return srv, Alice(t, ctx, srv)
}

// Alice opens a session with srv, in which alice is logged in. The session is closed when t ends.
func Alice(t testing.TB, ctx context.Context, srv *imaptest.Server) *session.Session {
	t.Helper()
	c, sc := imaptest.Pipe(0)
	go srv.ServeConn(sc, "alice")
	return open(t, ctx, c)
}

// Real opens a session with a real server, and logs in as its user. The session is closed when t ends.
func Real(t testing.TB, ctx context.Context, srv peer.Env) *session.Session {
	t.Helper()
	c, err := net.Dial("tcp", srv.Addr())
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, ctx, c)
	if _, err := commands.Login(s, srv.User, auth.NewSecret(srv.Password), commands.AllowPlaintext()).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

// PlaySelected opens a session with a server that offers IMAP4rev1 and caps, and that plays script after INBOX, which
// has nine messages, has been selected. The first tag in script is A2. The session is closed when t ends.
func PlaySelected(t testing.TB, caps, script string) *session.Session {
	t.Helper()
	c, sc := imaptest.Pipe(0)
	wait := imaptest.Play(t, sc, "S: * PREAUTH [CAPABILITY IMAP4rev1"+caps+"] ready\nC: A1 SELECT INBOX\nS: * 9 EXISTS\nS: A1 OK done\n"+script)
	t.Cleanup(wait)
	s := open(t, t.Context(), c)
	if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func open(t testing.TB, ctx context.Context, c net.Conn) *session.Session {
	t.Helper()
	s, err := session.Open(ctx, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
