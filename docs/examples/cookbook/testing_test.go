package cookbook

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
	"github.com/imapstack/imapstack/utils/numset"
)

// Test a mail program with its own server
//
// The server is in memory, starts in less than a millisecond, and ends with the test. Preset makes it behave like a
// provider's server.
func testMarkRead(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.Preset("gmail"), imaptest.WithUser("alice", "secret"))
	inbox := srv.Mailbox("alice", "INBOX")
	inbox.Append([]byte("Subject: hello\r\n\r\nworld\r\n"))

	s, err := signIn(t.Context(), srv.TLSAddr, srv.TLSConfig(), "alice", "secret")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := markRead(t.Context(), s, numset.Of(numset.UID, 1)); err != nil {
		t.Error(err)
	}
	inbox.ExpectFlags(t, 1, parser.FlagSeen)
	srv.ExpectCorrect(t) // nothing was sent that the RFCs forbid
}

// Let the server and the network fail
//
// A fault is a value. An imaptest.When says at which commands the fault happens, and how often.
func testLost(t *testing.T) {
	srv := imaptest.NewServer(t)
	srv.Mailbox("alice", "INBOX").Append([]byte("Subject: hello\r\n\r\nworld\r\n"))
	srv.Inject(imaptest.Answer{Code: parser.CodeInUse}, imaptest.When{Command: "EXAMINE", Times: 1})
	srv.Inject(imaptest.Cut{From: imaptest.ServerSide, After: 30}, imaptest.When{Command: "FETCH", Times: 1})

	s := open(t, srv, "alice")
	if _, _, err := readMail(t.Context(), s, 1); !errors.Is(err, parser.CodeInUse) {
		t.Errorf("EXAMINE: got %v, want INUSE", err)
	}
	if subject, _, err := readMail(t.Context(), s, 1); !errors.Is(err, session.ErrLost) || subject != "" {
		t.Errorf("FETCH: got %q, %v; want ErrLost", subject, err)
	}
	srv.ExpectInjected(t, 2)
}

// Replay what a server was seen to send
//
// This is for behavior that only a faulty server shows. imaptest.Recorder writes such a script from a connection to
// a real server.
func testScript(t *testing.T) {
	client, server := imaptest.Pipe(0)
	wait := imaptest.Play(t, server, `
		S: * PREAUTH [CAPABILITY IMAP4rev1] ready
		C: A1 NOOP
		# No mailbox is open.
		S: * 3 EXISTS
		S: * 99 EXPUNGE
		S: A1 OK done
	`)
	s, err := session.Open(t.Context(), client, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := commands.Noop(s).Wait(t.Context()); err != nil || s.Mailbox() != nil {
		t.Errorf("got the mailbox %v, %v; want none", s.Mailbox(), err)
	}
	wait()
}

// Let half an hour pass in no time
func testLongWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, err := imaptest.New(imaptest.WithUser("alice", "secret"), imaptest.WithIdleTimeout(30*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		s := open(t, srv, "alice")
		go func() {
			time.Sleep(2 * time.Hour) // Watch must have renewed IDLE
			srv.Mailbox("alice", "INBOX").Append([]byte("Subject: hello\r\n\r\nworld\r\n"))
		}()
		if n, err := waitOnSession(t.Context(), s); n != 1 || err != nil {
			t.Errorf("got %d messages, %v; want 1", n, err)
		}
		s.Close()
	})
}

// Test a server with a client of this library
//
// The server here is session/serve with its back end in memory. You can test any server that listens, or that
// accepts a net.Conn, in this way. [servers.md](servers.md) says how to write one.
func testServer(t *testing.T) {
	backend := memory.New()
	if err := backend.AddUser("bob", "secret"); err != nil {
		t.Fatal(err)
	}
	srv := &serve.Server{Backend: backend, Auth: backend.Auth(), InsecureAuth: true, Logger: slog.New(slog.DiscardHandler)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go srv.Serve(l)
	defer srv.Shutdown(context.WithoutCancel(t.Context()))

	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := session.Open(t.Context(), c, &session.Config{Strict: true}) // Strict tolerates no deviation from the RFCs
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := commands.Login(s, "bob", auth.NewSecret("secret"), commands.AllowPlaintext()).Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := backend.Deliver("bob", "INBOX", []byte("Subject: hello\r\n\r\nworld\r\n")); err != nil {
		t.Fatal(err)
	}
	if subject, _, err := readMail(t.Context(), s, 1); subject != "hello" || err != nil {
		t.Errorf("got the subject %q, %v; want hello", subject, err)
	}
}

func TestTesting(t *testing.T) {
	t.Run("program", testMarkRead)
	t.Run("faults", testLost)
	t.Run("script", testScript)
	t.Run("time", testLongWait)
	t.Run("server", testServer)
}
