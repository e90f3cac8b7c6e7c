package imaptest_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
)

// newServer makes a server that does not listen, and closes it when t ends.
func newServer(t testing.TB, opts ...imaptest.Option) *imaptest.Server {
	t.Helper()
	srv, err := imaptest.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return srv
}

// rawClient sends commands and reads responses as text.
type rawClient struct {
	t    testing.TB
	c    net.Conn
	r    *bufio.Reader
	tag  int
	last error // of reading
}

func newRaw(t testing.TB, c net.Conn) *rawClient {
	t.Helper()
	t.Cleanup(func() { c.Close() })
	return &rawClient{t: t, c: c, r: bufio.NewReader(c)}
}

// login connects by a pipe, reads the greeting and logs in. If mailbox is not empty, it selects that.
func login(t testing.TB, srv *imaptest.Server, mailbox string) *rawClient {
	t.Helper()
	c := newRaw(t, srv.Pipe())
	c.line()
	c.ok("LOGIN alice secret")
	if mailbox != "" {
		c.ok("SELECT " + mailbox)
	}
	return c
}

// line reads a line, and its literals; "" at the end of the stream.
func (c *rawClient) line() string {
	var b strings.Builder
	for {
		s, err := c.r.ReadString('\n')
		b.WriteString(s)
		if err != nil {
			c.last = err
			return b.String()
		}
		i := strings.LastIndexByte(s, '{')
		if i < 0 || !strings.HasSuffix(s, "}\r\n") {
			return b.String()
		}
		n, err := strconv.Atoi(strings.TrimSuffix(s[i+1:], "}\r\n"))
		if err != nil || n > 1<<20 {
			return b.String()
		}
		lit := make([]byte, n)
		for k := range lit {
			if lit[k], err = c.r.ReadByte(); err != nil {
				c.last = err
				break
			}
		}
		b.Write(lit)
	}
}

func (c *rawClient) send(format string, args ...any) { fmt.Fprintf(c.c, format+"\r\n", args...) }

// do sends a command and returns the lines of its answer without their ends. The last line is the tagged response, in
// which "T" replaces the tag.
func (c *rawClient) do(cmd string) (lines []string) {
	c.tag++
	tag := fmt.Sprintf("A%d", c.tag)
	c.send("%s %s", tag, cmd)
	for {
		line := c.line()
		if line == "" {
			return append(lines, "EOF")
		}
		line = strings.TrimSuffix(line, "\r\n")
		if rest, ok := strings.CutPrefix(line, tag+" "); ok {
			return append(lines, "T "+rest)
		}
		lines = append(lines, line)
	}
}

// ok is like do, for a command that must succeed.
func (c *rawClient) ok(cmd string) []string {
	c.t.Helper()
	lines := c.do(cmd)
	if !strings.HasPrefix(lines[len(lines)-1], "T OK") {
		c.t.Fatalf("%s: want OK, got %q", cmd, lines)
	}
	return lines
}

// startTLS upgrades the connection.
func (c *rawClient) startTLS(cfg *tls.Config) {
	c.ok("STARTTLS")
	c.c = tls.Client(c.c, cfg)
	c.r = bufio.NewReader(c.c)
}

func dialTCP(t testing.TB, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func dialTLS(srv *imaptest.Server) (net.Conn, error) {
	return tls.Dial("tcp", srv.TLSAddr, srv.TLSConfig())
}
