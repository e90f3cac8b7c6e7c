package serve_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// newServer returns a server with a back end in memory that has users alice and bob, both with the password "secret".
func newServer(t testing.TB, change ...func(*serve.Server)) (*serve.Server, *memory.Backend) {
	t.Helper()
	b := memory.New()
	for _, u := range []string{"alice", "bob"} {
		if err := b.AddUser(u, "secret"); err != nil {
			t.Fatal(err)
		}
	}
	s := &serve.Server{
		Backend: b, Auth: b.Auth(), InsecureAuth: true, FailedLoginDelay: -1, BaseContext: context.Background(),
		Logger: slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, f := range change {
		f(s)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, b
}

// testLog gets the lines of the server's log, and fails the test if the server logs a warning or an error.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Errorf("the server has logged an error: %s", p)
	return len(p), nil
}

// quiet discards the server's log.
func quiet(s *serve.Server) { s.Logger = slog.New(slog.DiscardHandler) }

// client is a client that sends and reads single lines.
type client struct {
	t    testing.TB
	c    net.Conn
	r    *bufio.Reader
	tag  int
	last []string
}

func dial(t testing.TB, s *serve.Server) *client {
	t.Helper()
	ours, theirs := imaptest.Pipe(0)
	go s.ServeConn(theirs)
	c := &client{t: t, c: ours, r: bufio.NewReader(ours)}
	t.Cleanup(func() { ours.Close() })
	c.line()
	return c
}

var literalEnd = regexp.MustCompile(`\{(\d+)\}\r\n$`)

// line reads a response, including its literals.
func (c *client) line() string {
	c.t.Helper()
	c.c.SetReadDeadline(time.Now().Add(2 * time.Minute))
	var b strings.Builder
	for {
		s, err := c.r.ReadString('\n')
		b.WriteString(s)
		if err != nil {
			if err == io.EOF && b.Len() == 0 {
				return "EOF"
			}
			c.t.Fatalf("reading failed: %v; got %q and %q before", err, c.last, b.String())
		}
		m := literalEnd.FindStringSubmatch(s)
		if m == nil {
			break
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			c.t.Fatal(err)
		}
		lit := make([]byte, n)
		if _, err := io.ReadFull(c.r, lit); err != nil {
			c.t.Fatal(err)
		}
		b.Write(lit)
	}
	c.last = append(c.last, b.String())
	return b.String()
}

// send sends a line.
func (c *client) send(format string, args ...any) {
	c.t.Helper()
	c.last = nil
	if _, err := fmt.Fprintf(c.c, format+"\r\n", args...); err != nil {
		c.t.Fatal(err)
	}
}

// do sends a command and returns all responses up to the tagged answer, in which T replaces the tag.
func (c *client) do(format string, args ...any) []string {
	c.t.Helper()
	c.tag++
	tag := fmt.Sprintf("A%d ", c.tag)
	c.send(tag+format, args...)
	var lines []string
	for {
		l := strings.TrimSuffix(c.line(), "\r\n")
		if rest, ok := strings.CutPrefix(l, tag); ok {
			return append(lines, "T "+rest)
		}
		lines = append(lines, l)
		if l == "EOF" {
			return lines
		}
	}
}

// ok sends a command that must succeed.
func (c *client) ok(format string, args ...any) []string {
	c.t.Helper()
	lines := c.do(format, args...)
	if !strings.HasPrefix(lines[len(lines)-1], "T OK") {
		c.t.Fatalf(format+": got %q, want OK", append(args, lines)...)
	}
	return lines
}

// talk plays a conversation between a server and several clients, and checks each response. Each line of text is one
// of these:
//
//	1 user bob           the user on connection 1; alice by default
//	1> NOOP              connection 1 sends a command, with a tag before it
//	1: DONE              connection 1 sends a line unchanged
//	1! NOOP              like ">", and skips everything up to a tagged OK
//	1< * 3 EXISTS        connection 1 receives a line; "…" is anything, "T" the tag of the last command
//	deliver INBOX x      a message with that subject arrives in alice's mailbox
//
// In lines that are sent and received, "\r\n" and "\\" are escapes.
func talk(t *testing.T, s *serve.Server, b *memory.Backend, text string) {
	t.Helper()
	users, conns := map[string]string{}, map[string]*client{}
	conn := func(n string) *client {
		if conns[n] == nil {
			c := dial(t, s)
			user := "alice"
			if u := users[n]; u != "" {
				user = u
			}
			c.ok("LOGIN " + user + " secret")
			conns[n] = c
		}
		return conns[n]
	}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimLeft(line, " \t")
		at := fmt.Sprintf("line %d %q", i+1, line)
		if line == "" || line[0] == '#' {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "deliver "); ok {
			box, subject, _ := strings.Cut(rest, " ")
			if _, err := b.Deliver("alice", box, []byte("From: Zoe <zoe@example.org>\r\nSubject: "+subject+"\r\n\r\n"+subject+"\r\n")); err != nil {
				t.Fatalf("%s: %v", at, err)
			}
			continue
		}
		n, rest := line[:1], strings.TrimPrefix(line[2:], " ")
		said := strings.NewReplacer(`\r\n`, "\r\n", `\\`, `\`).Replace(rest)
		switch line[1] {
		case ' ':
			users[n] = strings.TrimPrefix(rest, "user ")
		case '>':
			c := conn(n)
			c.tag++
			c.send("A%d %s", c.tag, said)
		case ':':
			conn(n).send("%s", said)
		case '!':
			c := conn(n)
			if lines := c.do("%s", said); !strings.HasPrefix(lines[len(lines)-1], "T OK") {
				t.Fatalf("%s: got %q, want OK", at, lines)
			}
		case '<':
			c := conn(n)
			got := strings.TrimSuffix(c.line(), "\r\n")
			if after, ok := strings.CutPrefix(got, fmt.Sprintf("A%d ", c.tag)); ok {
				got = "T " + after
			}
			want := strings.ReplaceAll(regexp.QuoteMeta(strings.ReplaceAll(rest, `\r\n`, "\r\n")), "…", "(?s:.*)")
			if !regexp.MustCompile("^" + want + "$").MatchString(got) {
				t.Fatalf("%s: got %q, want %q; lines before: %q", at, got, rest, c.last)
			}
		default:
			t.Fatalf("%s: unknown kind of line", at)
		}
	}
}
