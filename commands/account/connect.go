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

// conn is a connection of an account's.
type conn struct {
	s     *session.Session
	wrote *atomic.Int64 // octets

	box      *session.Mailbox         // what Do has opened last
	examined bool                     // to read only
	use      *session.Handler         // of whoever has the connection; nil is that of Options
	since    time.Time                // when it was last used
	seen     uint64                   // pool.uses, as of when all was seen that others had done
	id       *session.Call[parser.ID] // ID, while nobody has waited for its answer
	idleFor  *time.Timer              // closes it
}

// has reports whether a mailbox is open, to read only or not.
func (c *conn) has(mailbox string, readOnly bool) bool {
	box := c.s.Mailbox()
	if box == nil || !sameName(box.Name, mailbox) {
		return false
	}
	if box == c.box {
		return c.examined == readOnly
	}
	return box.ReadOnly == readOnly // the function before has opened it
}

// connect makes a connection on which commands can be given.
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

// prepare logs in, and does what is to be done once on each connection.
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
		// It goes out with the command that comes next, and costs no round trip. A server that does not want to hear it is used all the same.
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

// remote reports whether a connection goes to another machine, as far as that can be seen.
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

// counting is a Dialer whose connections count what is written to them.
type counting struct {
	transport.Dialer
	wrote *atomic.Int64
}

// Dial makes a connection that counts.
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

// Upgrade is the Dialer's own, if it has one: STARTTLS.
func (d counting) Upgrade() transport.Upgrade {
	if u, ok := d.Dialer.(interface{ Upgrade() transport.Upgrade }); ok {
		return u.Upgrade()
	}
	return nil
}

// Server is the Dialer's own, if it has one.
func (d counting) Server() (host string, port int) {
	if u, ok := d.Dialer.(interface{ Server() (string, int) }); ok {
		return u.Server()
	}
	return "", 0
}

// counted counts what is written.
type counted struct {
	transport.Conn
	wrote *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	c.wrote.Add(int64(len(p)))
	return c.Conn.Write(p)
}

// Unwrap returns the connection itself.
func (c counted) Unwrap() transport.Conn { return c.Conn }

// sized is a connection of which it is known how much it holds.
type sized struct {
	counted
	size int
}

// BufferSize is that of the connection itself.
func (c sized) BufferSize() int { return c.size }
