package serve_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
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
