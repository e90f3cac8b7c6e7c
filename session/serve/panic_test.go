package serve_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
	"github.com/imapstack/imapstack/wire"
)

// panicking is a back end that panics when a test wants it. After the test has sent the name of a method to in, the
// next call of that method panics.
type panicking struct {
	*memory.Backend
	in chan string
}

// newPanicking returns a server with a panicking back end.
func newPanicking(t *testing.T, change ...func(*serve.Server)) (*serve.Server, *panicking) {
	p := &panicking{in: make(chan string, 1)}
	s, _ := newServer(t, append(change, func(s *serve.Server) {
		p.Backend = s.Backend.(*memory.Backend)
		s.Backend, s.Logger = p, slog.New(slog.DiscardHandler)
	})...)
	return s, p
}

func (p *panicking) enter(method string) {
	select {
	case name := <-p.in:
		if name == method {
			panic("oops")
		}
		p.in <- name
	default:
	}
}

func (p *panicking) Login(ctx context.Context, name string, c *serve.Conn) (serve.User, error) {
	if err := ctx.Err(); err != nil { // ctx must not be nil
		return nil, err
	}
	p.enter("Login")
	u, err := p.Backend.Login(ctx, name, c)
	if err != nil {
		return nil, err
	}
	return &panickingUser{u.(*memory.User), p}, nil
}

type panickingUser struct {
	*memory.User
	p *panicking
}

func (u *panickingUser) Open(ctx context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	m, err := u.User.Open(ctx, name, opt)
	if err != nil {
		return nil, err
	}
	return &panickingMailbox{m.(*memory.Mailbox), u.p}, nil
}

type panickingMailbox struct {
	*memory.Mailbox
	p *panicking
}

func (m *panickingMailbox) Changes(ctx context.Context) (*serve.Changes, error) {
	m.p.enter("Changes")
	return m.Mailbox.Changes(ctx)
}

func (m *panickingMailbox) Close() error {
	m.p.enter("Close")
	return m.Mailbox.Close()
}

// TestPanicBetweenCommands checks what happens if the back end panics while no command is running: when the server
// reports an event by NOTIFY, and when the connection ends. Other connections continue, and the connection no longer
// counts towards MaxConnsPerUser.
func TestPanicBetweenCommands(t *testing.T) {
	s, p := newPanicking(t, func(s *serve.Server) { s.MaxConnsPerUser = 1 })
	c, other := dial(t, s), dial(t, s)
	c.ok("LOGIN alice secret")
	c.ok("SELECT INBOX")
	c.ok("NOTIFY SET (SELECTED (MessageNew MessageExpunge))")
	p.in <- "Changes"
	if _, err := p.Deliver("alice", "INBOX", []byte("Subject: a\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if got := c.line() + c.line(); got != "* BYE [SERVERBUG] internal error\r\nEOF" {
		t.Errorf("NOTIFY with a back end that panics: got %q, want BYE", got)
	}
	other.ok("LOGIN alice secret")
	other.ok("SELECT INBOX")
	p.in <- "Close"
	other.ok("LOGOUT")
	if got := other.line(); got != "EOF" {
		t.Errorf("after LOGOUT: got %q, want EOF", got)
	}
	dial(t, s).ok("LOGIN alice secret")
}

// TestPanicInLogin checks that a connection no longer counts towards MaxConnsPerUser if the back end has panicked while
// the user logged in.
func TestPanicInLogin(t *testing.T) {
	s, p := newPanicking(t, func(s *serve.Server) { s.MaxConnsPerUser = 1 })
	p.in <- "Login"
	if got := dial(t, s).do("LOGIN alice secret"); got[0] != "* BYE [SERVERBUG] internal error" {
		t.Errorf("LOGIN: got %q, want BYE", got)
	}
	p.in <- "Login"
	ours, theirs := imaptest.Pipe(0)
	defer ours.Close()
	s.NewConn(theirs, serve.ConnOptions{User: "alice"}).Serve()
	dial(t, s).ok("LOGIN alice secret")
}

// TestPanicInHooks checks that a panic of Server.Hooks ends only the connection for which it was called. The server
// continues to accept connections.
func TestPanicInHooks(t *testing.T) {
	first := true
	s, _ := newServer(t, quiet, func(s *serve.Server) {
		s.Hooks = func(*serve.Conn) any {
			if first {
				first = false
				panic("oops")
			}
			return nil
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	for _, want := range []string{"* BYE [SERVERBUG] internal error\r\n", "* OK [CAPABILITY "} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("greeting: got %q, %v; want %q", got, err, want)
		}
		c.Close()
	}
	s.Close()
	if err := <-served; err != serve.ErrServerClosed {
		t.Errorf("Serve: got %v, want ErrServerClosed", err)
	}
}

// panickyHooks panics in Respond, and in Panicked.
type panickyHooks struct{ sent int }

func (h *panickyHooks) Respond([]wire.Segment) (bool, error) {
	if h.sent++; h.sent > 1 {
		panic("oops")
	}
	return true, nil
}

func (*panickyHooks) Whole() bool          { return false }
func (*panickyHooks) Panicked(any, []byte) { panic("oops again") }

// TestPanicInLastHooks checks that a panic of a ResponseHook ends only its connection, even if it happens when the server
// sends the last response, and if a PanicHook then panics too.
func TestPanicInLastHooks(t *testing.T) {
	for _, last := range []string{"a NOOP", "a LOGOUT"} {
		s, _ := newServer(t, quiet, func(s *serve.Server) {
			s.Hooks = func(*serve.Conn) any { return &panickyHooks{} }
		})
		c := dial(t, s)
		c.send("%s", last)
		if got := c.line(); got != "EOF" {
			t.Errorf("%s with a hook that panics: got %q, want EOF", last, got)
		}
	}
}

// TestPanicInLiteral checks what happens if the back end panics while the server sends a literal. The server sends
// nothing more, because the client would take it for octets of the literal.
func TestPanicInLiteral(t *testing.T) {
	s, _ := newServer(t, quiet, func(s *serve.Server) {
		s.Commands = map[string]serve.Command{"XREAD": {In: serve.AnyState, Run: func(c *serve.Conn) error {
			if err := c.Decode(parser.NoArgs{}); err != nil {
				return err
			}
			body := io.MultiReader(strings.NewReader("12345"), panicReader{})
			c.Encoder().Raw("* XREAD ").Literal(100, false, iotest.OneByteReader(body)).CRLF()
			return nil
		}}}
	})
	c := dial(t, s)
	c.send("a XREAD")
	rest, _ := io.ReadAll(c.r) // the connection may end with an error
	if got, want := string(rest), "* XREAD {100}\r\n"; got != want && got != want+"12345" {
		t.Errorf("a literal whose reader panics: got %q, want %q and perhaps octets of the literal", got, want)
	}
}

type panicReader struct{}

func (panicReader) Read([]byte) (int, error) { panic("oops") }
