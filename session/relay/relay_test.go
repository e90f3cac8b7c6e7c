package relay_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/relay"
	"github.com/imapstack/imapstack/wire"
)

// proxy is a Relay between a client and a test server. Conn is the client's connection.
type proxy struct {
	net.Conn
	t     *testing.T
	in    *bufio.Reader
	srv   *imaptest.Server
	x     *relay.Relay
	ended chan error
	mu    sync.Mutex
	seen  []string // the commands that Config.Command has got
}

// start starts a Relay between a new client and srv. It refuses DELETE.
func start(t *testing.T, srv *imaptest.Server, change func(*relay.Config)) *proxy {
	t.Helper()
	back, err := net.Dial("tcp", srv.Addr)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	front, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Conn: client, t: t, in: bufio.NewReader(client), srv: srv, ended: make(chan error, 1)}
	cfg := relay.Config{
		Commands: parser.NewCommandReader(wire.NewReader(front, wire.Limits{Inline: 10})), Client: front,
		Responses: parser.NewReader(wire.NewReader(back, wire.Limits{})), BackEnd: back,
		Close: func() { front.Close(); back.Close() },
		Command: func(c *relay.Command) error {
			p.mu.Lock()
			p.seen = append(p.seen, string(c.Tag)+" "+c.String())
			p.mu.Unlock()
			if c.Name == "DELETE" {
				return c.Answer(parser.NO, parser.Code{Name: parser.CodeNoPerm}, "not here")
			}
			return nil
		},
	}
	if change != nil {
		change(&cfg)
	}
	p.x = relay.New(cfg)
	go func() { p.ended <- p.x.Run() }()
	t.Cleanup(func() {
		client.Close()
		<-p.ended
	})
	client.SetDeadline(time.Now().Add(time.Minute))
	p.until("* OK")
	return p
}

// say sends text to the proxy. It replaces "\n" by CRLF.
func (p *proxy) say(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.Conn, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		p.t.Fatal(err)
	}
}

// until reads lines up to one with the prefix, and returns all these lines.
func (p *proxy) until(prefix string) (lines []string) {
	p.t.Helper()
	for {
		line, err := p.in.ReadString('\n')
		if err != nil {
			p.t.Fatalf("waiting for %q: %v, after %q", prefix, err, lines)
		}
		lines = append(lines, strings.TrimRight(line, "\r\n"))
		if strings.HasPrefix(line, prefix) {
			return lines
		}
	}
}

// checkReceived fails the test if the server has received a DELETE, or a command that Config.Command has not got.
func (p *proxy) checkReceived() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.srv.Received() {
		if c.Name == "DELETE" || !slices.Contains(p.seen, c.Tag+" "+c.Name) {
			p.t.Errorf("the server has received %s %s %s; Config.Command has got %q", c.Tag, c.Name, c.Args, p.seen)
		}
	}
}

func server(t *testing.T, opts ...imaptest.Option) *imaptest.Server {
	return imaptest.NewServer(t, append(opts, imaptest.AllowPlain(), imaptest.WithUser("alice", "secret"))...)
}

func TestRelay(t *testing.T) {
	p := start(t, server(t), nil)
	p.say("A1 LOGIN alice secret\n")
	p.until("A1 OK")
	p.say("A2 CREATE box\nA3 DELETE box\nA4 SELECT box\n")
	all := strings.Join(append(p.until("A3 "), p.until("A4 OK")...), "\n") // the two answers arrive in any order
	if !strings.Contains(all, "A3 NO [NOPERM] not here") {
		t.Errorf("no refusal of DELETE in %q", all)
	}
	big := strings.Repeat("0123456789012345678901234567890123456789\n", 50_000)
	p.say(fmt.Sprintf("A5 APPEND box {%d}\n", len(big)+50_000))
	p.until("+ ")
	p.say(big + "\n")
	p.until("A5 OK")
	p.say("A6 APPEND box {5+}\nhello (\\Seen) {5}\n")
	p.until("+ ")
	p.say("hello\n")
	p.until("A6 OK")
	p.say("A7 FETCH 1 BODY.PEEK[]\nA8 NOOP\n")
	if got := p.until("A7 OK"); len(got) < 50_000 {
		t.Errorf("FETCH: got %d lines, want at least 50,000", len(got))
	}
	p.until("A8 OK")
	p.say("B1 IDLE\n")
	p.until("+ ")
	p.say("DONE\nB2 NOOP\n")
	p.until("B1 OK")
	p.until("B2 OK")
	p.say("B3 STARTTLS\nB4 COMPRESS DEFLATE\nB5 NO \"SUCH\nB6 LOGOUT\n")
	got := strings.Join(p.until("B6 OK"), "\n")
	for _, want := range []string{"B3 BAD", "B4 BAD", "B5 BAD"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %q", want, got)
		}
	}
	if err := <-p.ended; err != io.EOF {
		t.Errorf("Run: got %v, want EOF", err)
	}
	p.ended <- nil
	if s := p.x.Stats(); s.Commands != 10 || s.Refused != 4 || s.Down < uint64(len(big)) {
		t.Errorf("got %+v, want 10 commands, 4 refusals and at least %d octets", s, len(big))
	}
	p.checkReceived()
}

// TestRelaySmuggling checks that a client cannot smuggle a command past Config.Command to the back end.
func TestRelaySmuggling(t *testing.T) {
	const evil = "A8 DELETE box\nA9 DELETE box\n"
	size := len(evil) + 2
	for name, trick := range map[string]string{
		"a literal that is refused":            fmt.Sprintf("A2 APPEND nobox/ {%d+}\n%s\n", size, evil),
		"a literal of an unknown command":      fmt.Sprintf("A2 X-NONE {%d+}\n%s\n", size, evil),
		"a literal in a command that is wrong": fmt.Sprintf("A2 SELECT (box {%d+}\n%s\n", size, evil),
		"a literal within quotes":              fmt.Sprintf("A2 SELECT \"box {%d+}\n%s\n", size, evil),
		"a literal with a space":               fmt.Sprintf("A2 SELECT {%d +}\n%s\n", size, evil),
		"IDLE with more after it":              "A2 IDLE\n" + evil,
		"IDLE that ends with a literal":        fmt.Sprintf("A2 IDLE\nA3 APPEND box {%d+}\n%s\n", size, evil),
		"IDLE that is refused":                 "A2 IDLE x\n" + evil,
		"a tag in use":                         fmt.Sprintf("A2 NOOP\nA2 APPEND box {%d+}\n%s\nA2 APPEND box {%d}\n%s\n", size, evil, size, evil),
		"AUTHENTICATE":                         "A2 AUTHENTICATE PLAIN\n" + evil,
		"a bare CR":                            "A2 NOOP\rA8 DELETE box\n",
		"bare LF":                              strings.ReplaceAll("A2 NOOP\nA3 NOOP\n", "\n", "\x00") + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, server(t), nil)
			p.say("A0 LOGIN alice secret\nA1 CREATE box\n")
			p.until("A1 OK")
			p.say(trick + "Z1 NOOP\nDONE\nZ2 NOOP\n")
			p.until("Z2 OK")
			p.checkReceived()
		})
	}
}

// TestRelayChangesResponses checks a proxy that reads responses and commands, and changes some.
func TestRelayChangesResponses(t *testing.T) {
	var wants []string
	p := start(t, server(t), func(cfg *relay.Config) {
		cfg.Wants = func(name []byte) bool {
			wants = append(wants, string(name))
			return wire.EqualFold(name, "LIST") || wire.EqualFold(name, "SEARCH")
		}
		cfg.Response = func(r *relay.Response) error {
			switch {
			case r.Is("LIST"):
				var x parser.ListData
				if err := x.Decode(r.Decoder()); err != nil {
					return err
				}
				x.Mailbox = append([]byte("seen/"), x.Mailbox...)
				return r.Instead(func(e *wire.Encoder) { parser.EncodeData(e, "LIST", &x) })
			case r.Is("SEARCH"):
				r.Drop()
			case r.Kind == parser.Tagged && r.Command == "NOOP":
				return r.Instead(func(e *wire.Encoder) { parser.EncodeStatus(e, string(r.Tag), r.Status, parser.Code{}, "as you like") })
			}
			return nil
		}
		first := cfg.Command
		cfg.Command = func(c *relay.Command) error {
			first(c)
			switch c.Name {
			case "NOOP":
				if err := c.Untagged(func(e *wire.Encoder) { parser.EncodeStatus(e, "*", parser.OK, parser.Code{}, "told") }); err != nil {
					return err
				}
				return c.SendFirst("LIST", &parser.ListArgs{Patterns: [][]byte{[]byte("INBOX")}})
			case "SELECT":
				if err := c.Reader.Extend(); err != nil {
					return err
				}
				a, err := c.Reader.DecodeAny()
				if err != nil {
					return err
				}
				for name := range parser.MailboxNames(a) {
					*name = []byte("INBOX")
				}
				return c.Send(a)
			}
			return nil
		}
	})
	p.say("A1 LOGIN alice secret\n")
	p.until("A1 OK")
	p.say("A2 LIST \"\" *\n")
	if got := p.until("A2 OK"); len(got) < 2 || !strings.Contains(got[0], "seen/INBOX") {
		t.Errorf("LIST: got %q, want the changed name", got)
	}
	p.say("A3 SELECT {3}\n")
	p.until("+ ")
	p.say("box\n")
	p.until("A3 OK")
	p.say("A4 SEARCH ALL\nA5 NOOP\n")
	if got := strings.Join(p.until("A5 OK"), "\n"); strings.Contains(got, "SEARCH ") && strings.Contains(got, "* SEARCH") || !strings.Contains(got, "* OK told") ||
		!strings.Contains(got, "A5 OK as you like") || strings.Contains(got, "relay1") || !strings.Contains(got, "seen/INBOX") {
		t.Errorf("SEARCH and NOOP: got %q, want no SEARCH response, and the proxy's responses", got)
	}
	p.say("A6 SELECT (\n")
	p.until("A6 BAD")
}

// TestRelayWindow sends far more commands than Config.Window allows to be unanswered. The client gets all answers.
func TestRelayWindow(t *testing.T) {
	p := start(t, server(t), func(cfg *relay.Config) { cfg.Window = 3 })
	p.say("A LOGIN alice secret\n")
	p.until("A OK")
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "N%d NOOP\n", i)
	}
	said := make(chan error, 1)
	go func() {
		_, err := io.WriteString(p.Conn, strings.ReplaceAll(b.String(), "\n", "\r\n"))
		said <- err
	}()
	p.until("N999 OK")
	if err := <-said; err != nil {
		t.Fatal(err)
	}
	p.checkReceived()
}

// TestRelayEnds checks that Run returns when the client or the server closes its connection, even in the middle of a
// command, and when Config.Command fails.
func TestRelayEnds(t *testing.T) {
	for name, f := range map[string]func(p *proxy){
		"the client":                   func(p *proxy) { p.Close() },
		"the client, within a command": func(p *proxy) { p.say("A1 APPEND x {100}\n"); p.until("+ "); p.say("abc"); p.Close() },
		"the client, idle":             func(p *proxy) { p.say("A1 IDLE\n"); p.until("+ "); p.Close() },
		"the server":                   func(p *proxy) { p.srv.Close() },
		"the server, within a command": func(p *proxy) { p.say("A1 APPEND x {100}\n"); p.until("+ "); p.srv.Close() },
		"the server, idle":             func(p *proxy) { p.say("A1 IDLE\n"); p.until("+ "); p.srv.Close() },
		"an error of Config.Command":   func(p *proxy) { p.say("A1 X-BOOM\n") },
	} {
		t.Run(name, func(t *testing.T) {
			boom := errors.New("boom")
			p := start(t, server(t), func(cfg *relay.Config) {
				cfg.Command = func(c *relay.Command) error {
					if c.Name == "X-BOOM" {
						return boom
					}
					return nil
				}
			})
			p.say("A0 LOGIN alice secret\n")
			p.until("A0 OK")
			f(p)
			err := <-p.ended
			if err == nil || (err == boom) != strings.HasPrefix(name, "an error") {
				t.Errorf("Run: got %v", err)
			}
			p.ended <- nil
		})
	}
}
