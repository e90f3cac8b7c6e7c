package account

import (
	"context"
	"errors"
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
	wrote *atomic.Int64 // number of octets written to the connection

	box      *session.Mailbox         // the mailbox that the account opened last
	examined bool                     // box was opened by EXAMINE
	use      *session.Handler         // the handler of the job or watcher that has the connection; nil means Options.Session.Handler
	since    time.Time                // when the connection was last used
	seen     uint64                   // pool.uses when the server last told this session what other connections had done
	id       *session.Call[parser.ID] // the command ID; nil if it was not sent, or after its answer has been waited for
	idleFor  *time.Timer              // closes the connection when it has been idle for Options.IdleTimeout
}

// has reports whether the mailbox is open, by EXAMINE if readOnly is true, otherwise by SELECT.
func (c *conn) has(mailbox string, readOnly bool) bool {
	box := c.s.Mailbox()
	if box == nil || !sameName(box.Name, mailbox) {
		return false
	}
	if box == c.box {
		return c.examined == readOnly
	}
	return box.ReadOnly == readOnly // a function given to Do has opened the mailbox
}

// connect opens a connection and logs in.
func (a *Account) connect(ctx context.Context) (*conn, error) {
	if t := a.opt.ConnectTimeout; t > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t, fmt.Errorf("account: not connected within %v: %w", t, context.DeadlineExceeded))
		defer cancel()
	}
	c := &conn{wrote: new(atomic.Int64)}
	cfg := a.opt.Session
	cfg.Handler = c.handler(&a.opt.Session.Handler)
	s, err := session.Dial(ctx, countingDialer{a.opt.Dialer, c.wrote}, &cfg)
	if err != nil {
		return nil, err
	}
	c.s = s
	ready := false
	defer func() {
		if !ready { // also if a function of the program has panicked
			s.Close()
		}
	}()
	if err := a.prepare(ctx, c); err != nil {
		return nil, err
	}
	ready = true
	return c, nil
}

// errNotAwaited reports that a context ended during a login, which the server was perhaps about to refuse.
var errNotAwaited = errors.New("account: the answer to the login was not waited for")

// prepare logs in, sends ID, ENABLE and COMPRESS as the options say, and calls Options.Prepare.
func (a *Account) prepare(ctx context.Context, c *conn) error {
	s := c.s
	if s.State() == session.NotAuthenticated {
		cred, opts := a.credentials(s.Caps().Auth())
		in, err := commands.SignIn(ctx, s, cred, opts)
		if err != nil {
			if ctx.Err() != nil {
				err = fmt.Errorf("%w: %w", errNotAwaited, err)
			}
			return err
		}
		a.signedIn(in)
	}
	if len(a.opt.ID) > 0 && s.Caps().Has("ID") {
		// ID is sent together with the next command, and costs no round trip. A refusal does not matter.
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

// countingDialer is a Dialer whose connections count the octets written to them.
type countingDialer struct {
	transport.Dialer
	wrote *atomic.Int64
}

// Dial opens a connection that counts the octets written to it.
func (d countingDialer) Dial(ctx context.Context) (transport.Conn, error) {
	c, err := d.Dialer.Dial(ctx)
	if err != nil {
		return nil, err
	}
	n := countingConn{c, d.wrote}
	if size, known := transport.BufferSize(c); known {
		return sizedConn{n, size}, nil
	}
	return n, nil
}

// Upgrade returns the Upgrade of the wrapped Dialer (STARTTLS), or nil if it has none.
func (d countingDialer) Upgrade() transport.Upgrade {
	if u, ok := d.Dialer.(interface{ Upgrade() transport.Upgrade }); ok {
		return u.Upgrade()
	}
	return nil
}

// Server returns the host and the port that the wrapped Dialer names, or "" and 0 if it names none.
func (d countingDialer) Server() (host string, port int) {
	if u, ok := d.Dialer.(interface{ Server() (string, int) }); ok {
		return u.Server()
	}
	return "", 0
}

// countingConn is a connection that counts the octets written to it.
type countingConn struct {
	transport.Conn
	wrote *atomic.Int64
}

func (c countingConn) Write(p []byte) (int, error) {
	c.wrote.Add(int64(len(p)))
	return c.Conn.Write(p)
}

// Unwrap returns the wrapped connection.
func (c countingConn) Unwrap() transport.Conn { return c.Conn }

// sizedConn is a countingConn whose buffer size is known.
type sizedConn struct {
	countingConn
	size int
}

// BufferSize returns the buffer size of the wrapped connection, in bytes.
func (c sizedConn) BufferSize() int { return c.size }
