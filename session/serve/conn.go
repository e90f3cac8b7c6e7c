package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// A Conn is one connection. Its exported methods are for back ends, and safe for use by several goroutines.
type Conn struct {
	srv    *Server
	num    int64
	ctx    context.Context // of the connection
	cancel context.CancelFunc
	remote net.Addr
	local  net.Addr

	hooks *hooks

	writing sync.Mutex // held while responses are written

	mu      sync.Mutex // guards what other goroutines touch
	nc      net.Conn
	waiting bool // for a command, or the end of IDLE: it may be told to go
	idling  bool // in IDLE: it may be told what is new
	woken   bool // there is something new
	timed   bool // nc may have a deadline for reading
	leaving bool // the server shuts down
	closed  bool
	name    string // of the user
	id      map[string]string

	tlsConfig *tls.Config
	began     time.Time
	preauth   string    // who had logged in before the connection began
	heard     time.Time // when the client sent something last, or was answered: it is silent since then
	mechanism string    // how the user has logged in
	reader    *connReader
	in        *wire.Reader
	cmds      *parser.CommandReader
	out       wire.Encoder
	spare     *wire.Encoder // for what a hook looks at
	scratch   []byte
	err       error // the connection cannot be written to
	readErr   error // what the last read from it ended with
	bads      int   // BAD in a row
	failed    int   // attempts to log in

	state   State
	deflate bool
	enabled features
	notify  *notification // what NOTIFY has asked for; nil if it was never used
	user    User
	leaves  io.Closer // when the user leaves
	view    *view
	// selection is what a command of one's own has opened; view is nil then.
	selection Selection
	saved     []numset.Range // UIDs of the last search that saved: "$"
	command   context.Context
	synced    bool // the command at hand has told what has changed
	arrived   bool // and that there are new messages
	telling   bool // the command is one whose client wants to hear what it has done, whatever NOTIFY says
	logout    bool

	patient bool    // a command is awaited, which may be a long time coming
	resting bool    // it has not come soon
	octet   [1]byte // its first octet, if it comes then
}

// features are what a client has enabled.
type features struct{ rev2, utf8, condstore, qresync, uidOnly bool }

func (s *Server) newConn(nc net.Conn, cfg *tls.Config, opt ConnOptions) *Conn {
	s.init()
	base := s.BaseContext
	if base == nil {
		base = context.Background()
	}
	c := &Conn{srv: s, num: s.serial.Add(1), nc: nc, preauth: opt.User, tlsConfig: cfg, state: NotAuthenticated, began: time.Now(), heard: time.Now()}
	c.remote, c.local = nc.RemoteAddr(), nc.LocalAddr()
	c.ctx, c.cancel = context.WithCancel(base)
	if opt.Hooks == nil && s.Hooks != nil {
		opt.Hooks = s.Hooks(c)
	}
	c.hooks = hooksOf(opt.Hooks)
	return c
}

// Context returns the context of the connection, which ends with it.
func (c *Conn) Context() context.Context { return c.ctx }

// RemoteAddr returns the client's address.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// LocalAddr returns the server's address.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// User returns the name of who has logged in, or "".
func (c *Conn) User() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.name
}

// TLS returns the state of TLS, or nil if there is none.
func (c *Conn) TLS() *tls.ConnectionState {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := transport.ConnectionState(c.nc); ok {
		return &s
	}
	return nil
}

// ClientID returns what the client has said of itself by ID, the caller's; nil if it has not.
func (c *Conn) ClientID() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.id)
}

// attach makes nc what is read from and written to; rest has been read from it already.
func (c *Conn) attach(nc net.Conn, rest []byte) {
	c.mu.Lock()
	c.nc = nc
	c.mu.Unlock()
	limits := c.srv.LoginLimits
	if c.state != NotAuthenticated {
		limits = c.srv.Limits
	}
	c.reader = &connReader{c, rest}
	c.in = wire.NewReaderSize(c.reader, limits, readBuffer)
	c.cmds = parser.NewCommandReader(c.in)
	c.cmds.OnLiteral(c.literal)
	c.out.Reset(c.mode())
	if h := c.hooks.reader; h != nil {
		h.Reader(c.cmds)
	}
}

func (c *Conn) maxMessage() int64 { return orDefault(c.srv.MaxMessage, defaultMaxMessage) }

// mode says how strings are written.
func (c *Conn) mode() wire.Mode { return wire.Mode{Server: true, Binary: true, UTF8: c.utf8()} }

// utf8 reports whether mailbox names and quoted strings are UTF-8.
func (c *Conn) utf8() bool { return c.enabled.utf8 || c.enabled.rev2 }

// turnAway says BYE to a connection that is not served.
func (c *Conn) turnAway(why string) {
	defer c.nc.Close()
	if _, ok := c.nc.(*tls.Conn); ok {
		return // a handshake is work
	}
	c.nc.SetWriteDeadline(time.Now().Add(time.Second))
	io.WriteString(c.nc, "* BYE [UNAVAILABLE] "+why+"\r\n")
}

// hangUp ends the connection from outside.
func (c *Conn) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.cancel()
	abort(c.nc)
}

// abort closes a connection without waiting for the other end.
func abort(nc net.Conn) {
	if a, ok := nc.(transport.Conn); ok {
		transport.Abort(a)
		return
	}
	nc.Close()
}

// serve greets and then serves commands until the connection ends.
func (c *Conn) serve() {
	defer c.close()
	if h, ok := c.hooks.all.(Starter); ok {
		h.Start(c)
	}
	if t, ok := c.nc.(*tls.Conn); ok {
		if err := c.handshake(t); err != nil {
			return
		}
	}
	c.attach(c.nc, nil)
	if c.greet() != nil {
		c.flush()
		return
	}
	for !c.logout && c.between() == nil && c.rest() == nil && c.next() == nil {
		if most := orDefault(c.srv.MaxBad, defaultMaxBad); most > 0 && c.bads >= most {
			c.untagged("BYE too many bad commands")
			break
		}
		if most := orDefault(c.srv.MaxFailedLogins, defaultMaxFailed); most > 0 && c.failed >= most {
			c.untagged("BYE too many attempts")
			break
		}
	}
	c.flush()
	if h := c.hooks.end; h != nil {
		h.End()
		c.flush()
	}
	if z, ok := c.nc.(compressed); ok && c.err == nil {
		z.end()
	}
}

// handshake begins TLS.
func (c *Conn) handshake(t *tls.Conn) error {
	ctx, cancel := c.ctx, context.CancelFunc(func() {})
	if d := c.deadline(); !d.IsZero() {
		ctx, cancel = context.WithDeadline(ctx, d)
	}
	defer cancel()
	err := t.HandshakeContext(ctx)
	if err != nil {
		c.log(slog.LevelDebug, "TLS handshake", "err", err)
	}
	return err
}

// greet says the greeting (RFC 9051 §7.1).
func (c *Conn) greet() error {
	text := ""
	if h := c.hooks.greet; h != nil {
		var err error
		if text, err = h.Greeting(); err != nil {
			var r *Reply
			if errors.As(err, &r) {
				parser.EncodeStatus(&c.out, "*", parser.BYE, r.Code, clean(r.Text))
			}
			return err
		}
	}
	if text == "" {
		text = "IMAP server ready"
	}
	status := "OK"
	if user := c.preauth; user != "" {
		status = "PREAUTH"
		err := c.enter(user, "")
		if r, _ := refusal(err); r.Status != parser.OK {
			parser.EncodeStatus(&c.out, "*", parser.BYE, r.Code, clean(r.Text))
			return err
		}
		c.reattach()
		text += ", logged in as " + user
	}
	c.untagged(status + " [CAPABILITY " + c.capabilities() + "] " + clean(text))
	return c.after(nil)
}

// between is done before a command is awaited.
func (c *Conn) between() error {
	if err := c.push(false); err != nil {
		return err
	}
	return c.flush()
}

// after has a hook do what comes after a command.
func (c *Conn) after(h *parser.CommandHead) error {
	if x := c.hooks.command; x != nil {
		if err := x.AfterCommand(h); err != nil {
			return err
		}
		return c.err
	}
	return nil
}

func (c *Conn) close() {
	c.cancel()
	c.forget()
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(c.err, errLost) || c.closed {
		abort(c.nc)
		return
	}
	c.nc.Close()
}

// forget drops all that is the user's.
func (c *Conn) forget() {
	c.endNotify()
	c.deselect()
	if c.leaves != nil {
		if err := c.leaves.Close(); err != nil {
			c.log(slog.LevelError, "closing a user", "err", err)
		}
	}
	if c.state != NotAuthenticated {
		c.srv.leave(c.name)
	}
	c.user, c.leaves, c.saved, c.enabled = nil, nil, nil, features{}
	c.mu.Lock()
	c.name, c.mechanism = "", ""
	c.mu.Unlock()
}

// ended says why the connection ends, if the client can be told and does not know it.
func (c *Conn) ended(err error) error {
	switch {
	case errors.Is(err, errLeaving):
		c.untagged("BYE the server is shutting down")
	case errors.Is(err, os.ErrDeadlineExceeded) && c.state == NotAuthenticated:
		c.untagged("BYE nobody has logged in for too long")
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.untagged("BYE autologout: nothing was sent for too long")
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrUnexpectedEOF):
	default:
		c.log(slog.LevelDebug, "connection lost", "err", err)
		c.untagged("BYE the connection cannot be read")
	}
	return err
}

// recovered turns a panic into the end of the connection alone.
func (c *Conn) recovered(err *error) {
	v := recover()
	if v == nil {
		return
	}
	if h := c.hooks.panicky; h != nil {
		h.Panicked(v, debug.Stack())
	} else {
		c.log(slog.LevelError, "panic", "value", v, "stack", string(debug.Stack()))
	}
	c.out.Reset(c.mode())
	c.untagged("BYE [SERVERBUG] internal error")
	*err = fmt.Errorf("serve: panic: %v", v)
}

// untagged writes an untagged response from text.
func (c *Conn) untagged(text string) { c.out.Raw("* ").Text(text).CRLF() }

// log tells the logger, with what is known of the connection.
func (c *Conn) log(level slog.Level, msg string, args ...any) {
	l := c.srv.logger()
	if !l.Enabled(c.ctx, level) {
		return
	}
	if c.name != "" {
		args = append(args, "user", c.name)
	}
	if c.remote != nil {
		args = append(args, "remote", c.remote.String())
	}
	l.Log(c.ctx, level, "serve: "+msg, append(args, "conn", c.num)...)
}
