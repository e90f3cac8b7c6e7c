package imaptest_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/wire"
)

// TestBadInput sends what no client should send. The server must answer it and understand the next command.
func TestBadInput(t *testing.T) {
	srv := newServer(t, imaptest.WithLimits(wire.Limits{Message: 1000, Inline: 100, Depth: 5, Literal: 2000}))
	srv.Mailbox("alice", "INBOX").Append([]byte("Subject: x\r\n\r\n"))
	other := login(t, srv, "INBOX")
	for _, test := range []struct{ in, want string }{
		{"A NOPE\r\n", "A BAD unknown command NOPE"},
		{"A UID NOOP\r\n", "A BAD unknown command"},
		{"A\r\n", "A BAD "},
		{"A  NOOP\r\n", "A OK "},
		{"A NOOP x\r\n", "A BAD "},
		{"+ NOOP\r\n", "* BAD "},
		{"{5}\r\n", "* BAD "},
		{"(\r\n", "* BAD "},
		{"\x00\xff\r\n", "* BAD "},
		{"A NOOP\x00\r\n", "A BAD "},
		{"A FETCH x FLAGS\r\n", "A BAD "},
		{"A FETCH 0 FLAGS\r\n", "A BAD "},
		{"A FETCH 2 FLAGS\r\n", "A BAD [CLIENTBUG] there is no message 2, only 1"},
		{"A FETCH 1 BODY[1.\r\n", "A BAD "},
		{"A FETCH 1 NOTHING\r\n", "A BAD "},
		{"A SEARCH " + strings.Repeat("(", 50) + "ALL" + strings.Repeat(")", 50) + "\r\n", "A BAD "},
		{"A SEARCH " + strings.Repeat("NOT ", 200) + "ALL\r\n", "A BAD "},
		{"A SEARCH CHARSET x-none ALL\r\n", "A NO [BADCHARSET"},
		{"A STORE 1 FLAGS (\\Nope]\r\n", "A BAD "},
		{"A LIST \"\" \"" + strings.Repeat("x", 2000) + "\"\r\n", "A BAD "},
		{strings.Repeat("x", 5000) + "\r\n", "* BAD "},
		{"A SELECT {200}\r\n", "A NO [TOOBIG]"},
		{"A SELECT {200+}\r\n" + strings.Repeat("x", 200) + "\r\n", "A NO [TOOBIG]"},
		{"A APPEND INBOX {3000}\r\n", "A NO [TOOBIG]"},
		{"A LOGIN a b\r\n", "A BAD LOGIN is only allowed before the login"},
		{"A AUTHENTICATE PLAIN\r\n", "A BAD "},
		{"A STARTTLS\r\n", "A BAD "},
		{"A IDLE\r\nnothing\r\n", "+ idling\r\nA BAD "},
		{"A SELECT \"" + strings.Repeat("a/", 40) + "b\"\r\n", "* OK [CLOSED] the other mailbox is closed\r\nA "},
		{"A CREATE \"&*-\"\r\n", "A "},
	} {
		c := login(t, srv, "INBOX")
		io.WriteString(c.c, test.in)
		var got string
		for range strings.Split(test.want, "\r\n") {
			got += c.line()
		}
		if !strings.HasPrefix(got, test.want) || len(got) > 600 {
			t.Errorf("%.60q: got %q, want %q", test.in, got, test.want)
		}
		c.ok("NOOP")
		c.c.Close()
	}
	other.ok("NOOP")
	c := newRaw(t, srv.Pipe())
	c.line()
	if got := c.do("SELECT INBOX"); got[0] != "T BAD SELECT needs a user: LOGIN or AUTHENTICATE first" {
		t.Errorf("SELECT before the login: %q", got)
	}
	c.ok("LOGIN alice secret")
	if got := c.do("EXPUNGE"); got[0] != "T BAD EXPUNGE needs an open mailbox: SELECT or EXAMINE one first" {
		t.Errorf("EXPUNGE without a mailbox: %q", got)
	}
	c = newRaw(t, srv.Pipe())
	c.line()
	c.send("GET / HTTP/1.1")
	if got, end := c.line(), c.line(); got != "* BYE this is IMAP, not HTTP\r\n" || end != "" {
		t.Errorf("want BYE and the end of the stream, got %q, %q", got, end)
	}
}

func TestTooManyCommands(t *testing.T) {
	srv := newServer(t, imaptest.WithMaxCommands(5), imaptest.WithMaxBad(3))
	for cmd, want := range map[string]string{"NOOP": "* BYE too many commands", "NOPE": "* BYE too many bad commands"} {
		c := login(t, srv, "")
		var all []string
		for range 6 {
			all = append(all, c.do(cmd)...)
		}
		if got := strings.Join(all, "\n"); !strings.Contains(got, want) || !strings.HasSuffix(got, "EOF") {
			t.Errorf("%s: want %q and the end of the stream, got %q", cmd, want, all)
		}
	}
}

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(t, imaptest.WithLoginTimeout(time.Minute), imaptest.WithIdleTimeout(time.Hour))
		begin := time.Now()
		lazy := newRaw(t, srv.Pipe())
		lazy.line()
		go func() {
			time.Sleep(30 * time.Second)
			io.WriteString(lazy.c, "A NOOP\r\n") // not a login
		}()
		lazy.line()
		if got := lazy.line(); !strings.HasPrefix(got, "* BYE nobody") || time.Since(begin) != time.Minute {
			t.Errorf("%q after %v", got, time.Since(begin))
		}
		begin = time.Now()
		idle, upload := login(t, srv, "INBOX"), login(t, srv, "")
		idle.send("I IDLE")
		idle.line()
		go func() {
			time.Sleep(50 * time.Minute)
			srv.Mailbox("alice", "INBOX").Append([]byte("x")) // the server writes, although the client sends nothing
		}()
		go func() {
			io.WriteString(upload.c, "U APPEND INBOX {4+}\r\n")
			for range 4 {
				time.Sleep(50 * time.Minute)
				io.WriteString(upload.c, "x")
			}
			io.WriteString(upload.c, "\r\n")
		}()
		for got := range lines(idle) {
			if strings.HasPrefix(got, "* BYE") {
				if d := time.Since(begin); d < time.Hour || d > 2*time.Hour {
					t.Errorf("%q after %v", got, d)
				}
			}
		}
		if got := upload.line(); !strings.HasPrefix(got, "U OK") {
			t.Errorf("a slow upload: %q", got)
		}
	})
}

// lines yields lines to the end of the stream.
func lines(c *rawClient) func(func(string) bool) {
	return func(yield func(string) bool) {
		for {
			if s := c.line(); s == "" || !yield(s) {
				return
			}
		}
	}
}

// TestPanic uses a clock that panics. The connection ends, the server reports the panic to the test, and other
// connections continue.
func TestPanic(t *testing.T) {
	var panics []string
	bad := false
	srv := newServer(t, imaptest.WithClock(func() time.Time {
		if bad {
			panic(errors.New("no time"))
		}
		return time.Unix(1e9, 0)
	}), imaptest.WithPanicHandler(func(v any, stack []byte) {
		panics = append(panics, fmt.Sprintln(v, strings.Contains(string(stack), "TestPanic")))
	}))
	c, other := login(t, srv, "INBOX"), login(t, srv, "INBOX")
	bad = true
	if got := c.do("SEARCH ALL"); !strings.HasPrefix(got[0], "* BYE [SERVERBUG]") || got[1] != "EOF" {
		t.Errorf("want BYE with SERVERBUG and the end of the stream, got %q", got)
	}
	if bad = false; len(panics) != 1 || panics[0] != "no time true\n" {
		t.Errorf("got the panics %q, want one with its stack", panics)
	}
	other.ok("SEARCH ALL")
}
