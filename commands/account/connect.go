package account

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// conn is a connection of an account.
type conn struct {
	s     *session.Session
	wrote *atomic.Int64 // octets written

	box      *session.Mailbox         // the mailbox that Do opened last
	examined bool                     // box was opened by EXAMINE
	use      *session.Handler         // the handler of whoever has the connection; nil is that of Options
	since    time.Time                // when the connection was last used
	seen     uint64                   // pool.uses when the session last knew what other connections had done
	id       *session.Call[parser.ID] // the command ID, while nobody has waited for its answer
	idleFor  *time.Timer              // closes the connection
}

// has reports whether a mailbox is open, by EXAMINE or SELECT as readOnly says.
func (c *conn) has(mailbox string, readOnly bool) bool {
	box := c.s.Mailbox()
	if box == nil || !sameName(box.Name, mailbox) {
		return false
	}
	if box == c.box {
		return c.examined == readOnly
	}
	return box.ReadOnly == readOnly // the function before opened it
}

// connect makes a connection that is ready for commands.
func (a *Account) connect(ctx context.Context) (*conn, error) {
	if t := a.opt.ConnectTimeout; t > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t, fmt.Errorf("account: not connected within %v: %w", t, context.DeadlineExceeded))
		defer cancel()
	}
	c := &conn{wrote: new(atomic.Int64)}
	cfg := a.opt.Session
	cfg.Handler = c.handler(&a.opt.Session.Handler)
	s, err := session.Dial(ctx, counting{a.opt.Dialer, c.wrote}, &cfg)
	if err != nil {
		return nil, err
	}
	c.s = s
	if err := a.prepare(ctx, c); err != nil {
		s.Close()
		return nil, err
	}
	return c, nil
}

// prepare logs in, and does once what every new connection needs.
func (a *Account) prepare(ctx context.Context, c *conn) error {
	s := c.s
	if s.State() == session.NotAuthenticated {
		cred, opts := a.credentials(s.Caps().Auth())
		in, err := commands.SignIn(ctx, s, cred, opts)
		if err != nil {
			return err
		}
		a.signedIn(in)
	}
	if len(a.opt.ID) > 0 && s.Caps().Has("ID") {
		// ID goes out with the next command, and costs no round trip. If the server refuses it, that does not matter.
		c.id = commands.ID(s, a.opt.ID...)
	}
	var enable []string
	for _, x := range a.opt.Enable {
		if s.Caps().Has(x) {
			enable = append(enable, x)
		}
	}
	if len(enable) > 0 && s.Caps().Has("ENABLE") {
		if _, err := commands.Enable(s, enable...).Wait(ctx); err != nil && (s.Err() != nil || ctx.Err() != nil) {
			return err
		}
	}
	if s.Caps().Has("COMPRESS=DEFLATE") && (a.opt.Compress == CompressAlways || a.opt.Compress == CompressRemote && remote(s.Conn())) {
		if err := commands.Compress(ctx, s); err != nil && (s.Err() != nil || ctx.Err() != nil) {
			return err
		}
	}
	if a.opt.Prepare != nil {
		return a.opt.Prepare(ctx, s)
	}
	return nil
}

// remote reports whether a connection goes to another machine: by TCP, to an address that is not loopback.
func remote(c transport.Conn) bool {
	n, ok := c.(interface{ RemoteAddr() net.Addr })
	for !ok {
		u, is := c.(interface{ Unwrap() transport.Conn })
		if !is {
			return false
		}
		c = u.Unwrap()
		n, ok = c.(interface{ RemoteAddr() net.Addr })
	}
	tcp, ok := n.RemoteAddr().(*net.TCPAddr)
	return ok && !tcp.IP.IsLoopback()
}

// counting is a Dialer whose connections count the octets written to them.
type counting struct {
	transport.Dialer
	wrote *atomic.Int64
}

// Dial makes a counting connection.
func (d counting) Dial(ctx context.Context) (transport.Conn, error) {
	c, err := d.Dialer.Dial(ctx)
	if err != nil {
		return nil, err
	}
	n := counted{c, d.wrote}
	if size, known := transport.BufferSize(c); known {
		return sized{n, size}, nil
	}
	return n, nil
}

// Upgrade returns that of the wrapped Dialer, if it has one (STARTTLS).
func (d counting) Upgrade() transport.Upgrade {
	if u, ok := d.Dialer.(interface{ Upgrade() transport.Upgrade }); ok {
		return u.Upgrade()
	}
	return nil
}

// Server returns that of the wrapped Dialer, if it has one.
func (d counting) Server() (host string, port int) {
	if u, ok := d.Dialer.(interface{ Server() (string, int) }); ok {
		return u.Server()
	}
	return "", 0
}

// counted is a connection that counts the octets written to it.
type counted struct {
	transport.Conn
	wrote *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	c.wrote.Add(int64(len(p)))
	return c.Conn.Write(p)
}

// Unwrap returns the wrapped connection.
func (c counted) Unwrap() transport.Conn { return c.Conn }

// sized is a counted connection whose buffer size is known.
type sized struct {
	counted
	size int
}

// BufferSize returns that of the wrapped connection.
func (c sized) BufferSize() int { return c.size }
