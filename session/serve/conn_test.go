package serve_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// passwordsNeedTLS makes the server accept passwords only over TLS.
func passwordsNeedTLS(s *serve.Server) { s.InsecureAuth = false }

func TestStartTLS(t *testing.T) {
	server, ours, err := imaptest.LoopbackTLS()
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan *serve.Conn, 1)
	s, _ := newServer(t, passwordsNeedTLS, func(s *serve.Server) {
		s.TLSConfig = server
		s.Hooks = func(c *serve.Conn) any { conns <- c; return nil }
	})
	c := dial(t, s)
	conn := <-conns
	c.ok(`ID ("name" "from the attacker")`)
	if got := conn.ClientID()["name"]; got != "from the attacker" {
		t.Fatalf("ClientID before STARTTLS: got %q, want %q", got, "from the attacker")
	}
	for _, x := range []struct{ cmd, want string }{
		{"CAPABILITY", "STARTTLS"}, {"CAPABILITY", "LOGINDISABLED"}, {"LOGIN alice secret", "NO [PRIVACYREQUIRED]"},
		{"AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==", "NO [PRIVACYREQUIRED]"}, {"NOOP", "OK"},
	} {
		if got := strings.Join(c.do("%s", x.cmd), "|"); !strings.Contains(got, x.want) {
			t.Errorf("%s: got %q, want it to contain %q", x.cmd, got, x.want)
		}
	}
	c.ok("STARTTLS")
	c.c = tls.Client(c.c, ours)
	c.r.Reset(c.c)
	c.ok("NOOP")
	if got := conn.ClientID(); got != nil {
		t.Errorf("ClientID after STARTTLS: got %q, want nil, because anybody may have sent the command ID", got)
	}
	c.ok(`ID ("name" "client")`)
	if got := conn.ClientID()["name"]; got != "client" {
		t.Errorf("ClientID after STARTTLS and ID: got %q, want %q", got, "client")
	}
	if got := strings.Join(c.ok("CAPABILITY"), "|"); strings.Contains(got, "STARTTLS") || strings.Contains(got, "LOGINDISABLED") || !strings.Contains(got, "SCRAM-SHA-256-PLUS") {
		t.Errorf("CAPABILITY with TLS: got %q", got)
	}
	if got := c.do("STARTTLS"); !strings.HasPrefix(got[0], "T BAD") {
		t.Errorf("STARTTLS with TLS: got %q, want BAD", got)
	}
	c.ok("LOGIN alice secret")
}

// TestInjection checks that the server never treats clear text after STARTTLS as data within TLS (RFC 9051 §11.1).
func TestInjection(t *testing.T) {
	server, _, err := imaptest.LoopbackTLS()
	if err != nil {
		t.Fatal(err)
	}
	s, _ := newServer(t, func(s *serve.Server) { s.TLSConfig = server })
	c := dial(t, s)
	c.send("a STARTTLS\r\nb LOGIN alice secret")
	if got := c.line(); !strings.HasPrefix(got, "a OK") {
		t.Fatalf("got %q, want the prefix %q", got, "a OK")
	}
	if got := c.line(); got != "EOF" {
		t.Errorf("after the injected command: got %q, want EOF", got)
	}
}

func TestSignIn(t *testing.T) {
	s, _ := newServer(t, func(s *serve.Server) { s.MaxFailedLogins = 3; s.Without = []string{"AUTH=CRAM-MD5"} })
	b64 := base64.StdEncoding.EncodeToString
	c := dial(t, s)
	if got := c.do("AUTHENTICATE CRAM-MD5"); !strings.HasPrefix(got[0], "T NO") {
		t.Errorf("AUTHENTICATE CRAM-MD5: got %q, want the prefix %q", got[0], "T NO")
	}
	if got := c.do("SELECT INBOX"); !strings.HasPrefix(got[0], "T BAD SELECT needs a user") {
		t.Errorf("SELECT INBOX: got %q, want the prefix %q", got[0], "T BAD SELECT needs a user")
	}
	c.send("x AUTHENTICATE PLAIN")
	if got := c.line(); got != "+ \r\n" {
		t.Errorf("got %q, want %q", got, "+ \r\n")
	}
	c.send("*")
	if got := c.line(); !strings.HasPrefix(got, "x BAD") {
		t.Errorf("got %q, want the prefix %q", got, "x BAD")
	}
	if got := c.do("AUTHENTICATE PLAIN !!!"); !strings.HasPrefix(got[0], "T BAD") || strings.Contains(got[0], "!!!") {
		t.Errorf("AUTHENTICATE with a response that is not base64: got %q, want BAD without the response", got)
	}
	if got := c.do("LOGIN alice wrong"); got[0] != "T NO [AUTHENTICATIONFAILED] authentication failed" {
		t.Errorf("LOGIN alice wrong: got %q, want %q", got[0], "T NO [AUTHENTICATIONFAILED] authentication failed")
	}
	if got := c.do("LOGIN nobody secret"); got[0] != "T NO [AUTHENTICATIONFAILED] authentication failed" {
		t.Errorf("LOGIN nobody secret: got %q, want %q", got[0], "T NO [AUTHENTICATIONFAILED] authentication failed")
	}
	c.ok("AUTHENTICATE PLAIN %s", b64([]byte("\x00bob\x00secret")))
	if got := c.do("LOGIN alice secret"); !strings.HasPrefix(got[0], "T BAD") {
		t.Errorf("LOGIN alice secret: got %q, want the prefix %q", got[0], "T BAD")
	}
	c.ok("UNAUTHENTICATE")
	if got := c.do("LIST \"\" *"); !strings.HasPrefix(got[0], "T BAD") {
		t.Errorf("LIST after UNAUTHENTICATE: got %q, want BAD", got)
	}
	for range 2 {
		c.do("LOGIN alice wrong")
	}
	if got := c.do("LOGIN alice wrong"); !strings.HasPrefix(got[0], "T NO") {
		t.Errorf("LOGIN alice wrong: got %q, want the prefix %q", got[0], "T NO")
	}
	if got := c.line(); got != "* BYE too many failed logins\r\n" {
		t.Errorf("got %q, want %q", got, "* BYE too many failed logins\r\n")
	}
}

func TestUserLimit(t *testing.T) {
	s, _ := newServer(t, func(s *serve.Server) { s.MaxConnsPerUser = 1; s.MaxConns = 2 })
	a, b := dial(t, s), dial(t, s)
	a.ok("LOGIN alice secret")
	if got := b.do("LOGIN alice secret"); !strings.HasPrefix(got[0], "T NO [LIMIT]") {
		t.Errorf("LOGIN alice secret: got %q, want the prefix %q", got[0], "T NO [LIMIT]")
	}
	b.ok("LOGIN bob secret")
	ours, theirs := imaptest.Pipe(0)
	go s.ServeConn(theirs)
	if got, err := io.ReadAll(ours); err != nil || string(got) != "* BYE [UNAVAILABLE] too many connections\r\n" {
		t.Errorf("connection above MaxConns: got %q, %v", got, err)
	}
	a.ok("LOGOUT")
	if a.line() != "EOF" {
		t.Error("LOGOUT has not ended the connection")
	}
}

// TestLimitsBeforeLogin checks that the server accepts nothing large before a user has logged in.
func TestLimitsBeforeLogin(t *testing.T) {
	s, _ := newServer(t, func(s *serve.Server) { s.MaxBad = 4 })
	c := dial(t, s)
	if got := c.do("LOGIN {5000}"); !strings.HasPrefix(got[0], "T NO [TOOBIG]") {
		t.Errorf("LOGIN {5000}: got %q, want the prefix %q", got[0], "T NO [TOOBIG]")
	}
	if got := c.do("LOGIN alice {5000+}\r\n%s", strings.Repeat("x", 5000)); !strings.HasPrefix(got[0], "T NO [TOOBIG]") {
		t.Errorf("LOGIN with a non-synchronizing literal: got %q, want the prefix %q", got[0], "T NO [TOOBIG]")
	}
	if got := c.do("NOOP %s", strings.Repeat("x", 200_000)); !strings.HasPrefix(got[0], "T BAD") {
		t.Errorf("NOOP …: got %.100q, want the prefix %q", got[0], "T BAD")
	}
	c.send("GET / HTTP/1.1")
	if got := c.line(); !strings.HasPrefix(got, "* BAD") && !strings.HasPrefix(got, "GET BAD") {
		t.Errorf("HTTP after the first command: got %q, want BAD", got)
	}
	c.do("X")
	if got := c.do("Y"); !strings.HasPrefix(got[len(got)-1], "T BAD") {
		t.Errorf("Y: got %q, want the prefix %q", got[len(got)-1], "T BAD")
	}
	if got := c.line(); got != "* BYE too many bad commands\r\n" {
		t.Errorf("got %q, want %q", got, "* BYE too many bad commands\r\n")
	}

	c = dial(t, s)
	c.send("GET / HTTP/1.1")
	if got := c.line(); got != "* BYE this is IMAP, not HTTP\r\n" {
		t.Errorf("got %q, want %q", got, "* BYE this is IMAP, not HTTP\r\n")
	}

	c = dial(t, s)
	c.send("a LOGIN alice {999999999999+}")
	for got := ""; got != "EOF"; {
		got = c.line()
	}
}

func TestTimeouts(t *testing.T) {
	s, _ := newServer(t, func(s *serve.Server) { s.LoginTimeout, s.IdleTimeout = 50*time.Millisecond, 50*time.Millisecond })
	c := dial(t, s)
	if got := c.line(); got != "* BYE nobody has logged in for too long\r\n" {
		t.Errorf("got %q, want %q", got, "* BYE nobody has logged in for too long\r\n")
	}
	s, _ = newServer(t, func(s *serve.Server) { s.IdleTimeout = 50 * time.Millisecond })
	c = dial(t, s)
	c.ok("LOGIN alice secret")
	if got := c.line(); got != "* BYE autologout: nothing was sent for too long\r\n" {
		t.Errorf("got %q, want %q", got, "* BYE autologout: nothing was sent for too long\r\n")
	}
	c = dial(t, s)
	c.ok("LOGIN alice secret")
	c.send("a IDLE")
	if got := c.line() + c.line(); got != "+ idling\r\n* BYE autologout: nothing was sent for too long\r\n" {
		t.Errorf("got %q, want %q", got, "+ idling\r\n* BYE autologout: nothing was sent for too long\r\n")
	}
}

// TestSlowReader checks that a client that does not read does not block the server forever.
func TestSlowReader(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) { s.WriteTimeout = 50 * time.Millisecond }, quiet)
	if _, err := b.Deliver("alice", "INBOX", []byte("A: b\r\n\r\n"+strings.Repeat("x", 1<<20))); err != nil {
		t.Fatal(err)
	}
	c := dial(t, s)
	c.ok("LOGIN alice secret")
	c.ok("SELECT INBOX")
	c.send("a FETCH 1 BODY[]")
	for deadline := time.Now().Add(20 * time.Second); s.Conns() > 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("the connection has not ended after 20 seconds")
		}
	}
}

func TestShutdown(t *testing.T) {
	s, _ := newServer(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	idle, waiting, busy := dial(t, s), dial(t, s), dial(t, s)
	for _, c := range []*client{idle, waiting, busy} {
		c.ok("LOGIN alice secret")
	}
	idle.send("i IDLE")
	idle.line()
	busy.send("b APPEND INBOX {5}")
	busy.line()

	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown while a command is running: got %v, want %v", err, context.DeadlineExceeded)
	}
	if got := idle.line() + waiting.line(); got != strings.Repeat("* BYE the server is shutting down\r\n", 2) {
		t.Errorf("clients without a running command: got %q, want BYE for both", got)
	}
	busy.send("hello")
	if got := busy.line() + busy.line(); !strings.HasPrefix(got, "b OK [APPENDUID") || !strings.HasSuffix(got, "* BYE the server is shutting down\r\n") {
		t.Errorf("client with a running command: got %q, want OK and BYE", got)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, serve.ErrServerClosed) {
		t.Error(err)
	}
	if err := s.ListenAndServe("127.0.0.1:0"); !errors.Is(err, serve.ErrServerClosed) {
		t.Error(err)
	}
}

// TestShutdownHandshake shuts the server down while clients begin connections with TLS and send nothing.
func TestShutdownHandshake(t *testing.T) {
	cfg, _, err := imaptest.LoopbackTLS()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s, _ := newServer(t, func(s *serve.Server) { s.TLSConfig = cfg })
		implicit, theirs := imaptest.Pipe(0)
		defer implicit.Close()
		go s.ServeConn(tls.Server(theirs, cfg))
		starttls := dial(t, s)
		starttls.ok("STARTTLS")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestClose closes the server in the middle of an APPEND. The mailbox does not get the message.
func TestClose(t *testing.T) {
	s, b := newServer(t)
	c := dial(t, s)
	c.ok("LOGIN alice secret")
	c.send("a APPEND INBOX {100}")
	c.line()
	c.send("half of it")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for c.line() != "EOF" {
	}
	u, err := b.Login(context.Background(), "alice", nil)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := u.(*memory.User).Status(context.Background(), "INBOX", 0); err != nil || st.Messages != 0 {
		t.Errorf("the mailbox has %d messages, %v; want none", st.Messages, err)
	}
}

func TestCompress(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1> COMPRESS LZW
		1< T NO [CANNOT] only DEFLATE is supported
		1> CAPABILITY
		1< * CAPABILITY …COMPRESS=DEFLATE…
		1< T OK …
		1> COMPRESS DEFLATE
		1< T OK COMPRESS completed
	`)
}

// TestIdleCost checks that a connection has only one goroutine, even in IDLE.
func TestIdleCost(t *testing.T) {
	s, _ := newServer(t)
	before := runtime.NumGoroutine()
	const n = 200
	var clients []*client
	for i := range n {
		c := dial(t, s)
		c.ok("LOGIN alice secret")
		c.ok("SELECT INBOX")
		if i%2 == 0 {
			c.send("i IDLE")
			c.line()
		}
		clients = append(clients, c)
	}
	if more := runtime.NumGoroutine() - before; more > n {
		t.Errorf("%d connections have %d goroutines, want at most one each", n, more)
	}
	for i, c := range clients {
		if i%2 == 0 {
			c.send("DONE")
			if got := c.line(); !strings.HasPrefix(got, "i OK") {
				t.Fatalf("got %q, want the prefix %q", got, "i OK")
			}
		}
	}
}

// TestPipelining sends many commands, some with literals, in one write.
func TestPipelining(t *testing.T) {
	s, _ := newServer(t)
	c := dial(t, s)
	var all strings.Builder
	all.WriteString("a LOGIN {5+}\r\nalice {6+}\r\nsecret\r\nb SELECT INBOX\r\n")
	for i := range 100 {
		fmt.Fprintf(&all, "c%d APPEND INBOX {3+}\r\nabc\r\nd%d UID FETCH %d BODY[]\r\n", i, i, i+1)
	}
	all.WriteString("e LOGOUT\r\n")
	c.send("%s", all.String())
	oks := 0
	for got := ""; got != "EOF"; got = c.line() {
		if strings.Contains(got, " OK") && !strings.HasPrefix(got, "*") {
			oks++
		}
		if strings.Contains(got, " NO ") || strings.Contains(got, " BAD ") {
			t.Fatalf("got %q, want OK", got)
		}
	}
	if oks != 203 {
		t.Errorf("%d commands succeeded, want 203", oks)
	}
}

// TestTurnedAway checks that the context of a connection ends if the server does not serve the connection.
func TestTurnedAway(t *testing.T) {
	s, _ := newServer(t, func(s *serve.Server) { s.MaxConns = 1 })
	dial(t, s)
	ours, theirs := imaptest.Pipe(4096)
	defer ours.Close()
	c := s.NewConn(theirs, serve.ConnOptions{})
	c.Serve()
	if c.Context().Err() == nil {
		t.Error("the context of a connection that was turned away has not ended")
	}
}

// endingConn is a connection whose Read returns io.EOF together with the last octets, as that of TLS can.
type endingConn struct {
	net.Conn
	input string
}

func (c *endingConn) Read(p []byte) (n int, err error) {
	if n = copy(p, c.input); n == len(c.input) {
		err = io.EOF
	}
	c.input = c.input[n:]
	return n, err
}

// TestEndWithCommands checks that the server answers all commands if the last ones arrive together with the end of the
// connection.
func TestEndWithCommands(t *testing.T) {
	s, _ := newServer(t)
	ours, theirs := imaptest.Pipe(0)
	defer ours.Close()
	s.ServeConn(&endingConn{theirs, "a LOGIN alice secret\r\nb SELECT nothing\r\nc NOOP\r\n"})
	got, err := io.ReadAll(ours)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a OK", "b NO", "c OK"} {
		if !strings.Contains(string(got), "\r\n"+want) {
			t.Errorf("got %q, want an answer %q", got, want)
		}
	}
}
