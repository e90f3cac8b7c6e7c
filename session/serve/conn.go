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

// A Conn is one connection. Its methods Context, RemoteAddr, LocalAddr, User, TLS and ClientID may be called by any
// goroutine. The comments in connapi.go say which goroutine may call the other methods.
type Conn struct {
	srv    *Server
	num    int64
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc
	remote net.Addr
	local  net.Addr

	hooks  *hooks
	broken error // from a panic of Server.Hooks; if it is not nil, the connection must end

	writing sync.Mutex // held while responses are written

	mu           sync.Mutex // guards the fields below, up to id
	nc           net.Conn
	waiting      bool // the connection waits for a command or the end of IDLE, so a shutdown may interrupt it
	idling       bool // the connection waits in IDLE or with NOTIFY, so changes may interrupt it
	woken        bool // there may be changes to report
	timed        bool // nc may have a read deadline
	shuttingDown bool // the server shuts down
	closed       bool
	name         string // the user's name
	id           map[string]string

	tlsConfig  *tls.Config
	began      time.Time
	preauth    string    // the user who had logged in before the connection began
	lastActive time.Time // when the client last sent something or got an answer
	mechanism  string    // see Conn.Mechanism
	reader     *connReader
	in         *wire.Reader
	cmds       *parser.CommandReader
	out        wire.Encoder
	spare      *wire.Encoder // the encoder that respond uses in place of out, or nil
	scratch    []byte
	err        error // why nothing more can be written
	readErr    error // the error of the last read
	bads       int   // BAD answers in a row
	failed     int   // failed attempts to log in

	state           State
	deflate         bool
	enabled         features
	notify          *notification // what the client wants by NOTIFY; nil if it has not used NOTIFY
	user            User
	userCloser      io.Closer // closed when the user logs out or the connection ends
	view            *view
	saved           []numset.Range // the UIDs for which "$" stands: the result of the last search with SAVE
	command         context.Context
	timer           *commandTimer // limits the time of the command; nil if there is no limit
	updatesReported bool          // the current command has already reported the changes of the mailbox
	newReported     bool          // the current command has reported new messages
	refused         error         // why the command fails; the client is not asked for its remaining literals
	uid             bool          // unsolicited FETCH responses have the UID, see Conn.SendUpdates
	removesMessages bool          // EXPUNGE, MOVE or REPLACE runs, and reports its effects even if NOTIFY excludes them
	logout          bool
	doneMayFollow   bool // the last command was an IDLE that has failed; the client may have sent DONE before it knew that

	mayRest bool    // the connection waits for the beginning of a command, and may release memory meanwhile
	resting bool    // the command has not arrived within shortWait
	octet   [1]byte // the first octet of a command that arrives while the connection rests
}

// features are the extensions that a client has enabled.
type features struct{ rev2, utf8, condstore, qresync, uidOnly bool }

func (s *Server) newConn(nc net.Conn, cfg *tls.Config, opt ConnOptions) *Conn {
	s.init()
	base := s.BaseContext
	if base == nil {
		base = context.Background()
	}
	c := &Conn{srv: s, num: s.serial.Add(1), nc: nc, preauth: opt.User, tlsConfig: cfg, state: NotAuthenticated, began: time.Now(), lastActive: time.Now()}
	c.remote, c.local = nc.RemoteAddr(), nc.LocalAddr()
	c.ctx, c.cancel = context.WithCancel(base)
	c.command = c.ctx
	c.hooks = noHooks
	if opt.Hooks == nil && s.Hooks != nil {
		// Serve calls newConn in its loop, which must not end because of a panic.
		c.broken = c.protect(func() error { opt.Hooks = s.Hooks(c); return nil })
	}
	c.hooks = hooksOf(opt.Hooks)
	return c
}

// Context returns the context of the connection. It ends when the connection ends.
func (c *Conn) Context() context.Context { return c.ctx }

// RemoteAddr returns the client's address.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// LocalAddr returns the server's address.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// User returns the name of the user who has logged in, or "".
func (c *Conn) User() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.name
}

// TLS returns the state of TLS, or nil if the connection is without TLS.
func (c *Conn) TLS() *tls.ConnectionState {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := transport.ConnectionState(c.nc); ok {
		return &s
	}
	return nil
}

// ClientID returns what the client has said about itself with the command ID, or nil. STARTTLS makes the server forget
// an earlier ID, because an attacker may have sent it. The caller owns the map.
func (c *Conn) ClientID() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.id)
}

// attach makes the Conn read from nc and write to it. The parameter rest holds the octets that have already been read
// from nc.
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

// mode returns the forms in which strings are written to this client.
func (c *Conn) mode() wire.Mode { return wire.Mode{Server: true, Binary: true, UTF8: c.utf8()} }

// utf8 reports whether mailbox names and quoted strings are UTF-8.
func (c *Conn) utf8() bool { return c.enabled.utf8 || c.enabled.rev2 }

// turnAway says BYE on a connection that will not be served.
func (c *Conn) turnAway(why string) {
	defer c.nc.Close()
	if _, ok := c.nc.(*tls.Conn); ok {
		return // BYE would need a TLS handshake, which is too much work
	}
	c.nc.SetWriteDeadline(time.Now().Add(time.Second))
	io.WriteString(c.nc, "* BYE "+why+"\r\n")
}

// hangUp ends the connection. Any goroutine may call it.
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

// serve greets and then serves commands until the connection ends. A panic of the back end or of a hook, at any point,
// ends only this connection.
func (c *Conn) serve() {
	defer c.close()
	if c.broken != nil {
		c.turnAway("[SERVERBUG] internal error")
		return
	}
	if c.protect(c.begin) != nil {
		return
	}
	if c.protect(c.greet) != nil {
		c.flushLast()
		return
	}
	c.protect(c.serveCommands)
	c.flushLast()
	if h := c.hooks.end; h != nil {
		c.protect(func() error { h.End(); return nil })
		c.flushLast()
	}
	if z, ok := c.nc.(compressed); ok && c.err == nil {
		z.end()
	}
}

// flushLast sends what has been encoded. If a hook panics meanwhile, flushLast sends BYE instead of the rest.
func (c *Conn) flushLast() {
	if c.protect(c.flush) != nil && c.err == nil {
		c.protect(c.flush)
	}
}

// begin calls the Starter and does the TLS handshake, before the greeting.
func (c *Conn) begin() error {
	if h, ok := c.hooks.all.(Starter); ok {
		h.Start(c)
	}
	if t, ok := c.nc.(*tls.Conn); ok {
		if err := c.handshake(t); err != nil {
			return err
		}
	}
	c.attach(c.nc, nil)
	return nil
}

// serveCommands serves commands until the connection must end.
func (c *Conn) serveCommands() error {
	for !c.logout && c.beforeCommand() == nil && c.rest() == nil && c.serveNext() == nil {
		if most := orDefault(c.srv.MaxBad, defaultMaxBad); most > 0 && c.bads >= most {
			c.untagged("BYE too many bad commands")
			break
		}
		if most := orDefault(c.srv.MaxFailedLogins, defaultMaxFailed); most > 0 && c.failed >= most {
			c.untagged("BYE too many failed logins")
			break
		}
	}
	return nil
}

// handshake does the TLS handshake. A shutdown of the server interrupts it.
func (c *Conn) handshake(t *tls.Conn) error {
	c.mu.Lock()
	c.waiting = true
	leaving := c.shuttingDown
	c.mu.Unlock()
	defer c.stopWaiting(nil)
	if leaving {
		return errShutdown
	}
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

// greet sends the greeting (RFC 9051 §7.1).
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
	return c.afterCommand(nil)
}

// beforeCommand reports changes and sends what has been encoded, before the connection waits for a command.
func (c *Conn) beforeCommand() error {
	if err := c.push(false); err != nil {
		return err
	}
	return c.flush()
}

// afterCommand calls the hook at the end of a command.
func (c *Conn) afterCommand(h *parser.CommandHead) error {
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
	c.protect(func() error { c.dropUser(); return nil })
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(c.err, errLost) || c.closed {
		abort(c.nc)
		return
	}
	c.nc.Close()
}

// dropUser ends everything that belongs to the user who has logged in. The deferred calls run even if the back end
// panics.
func (c *Conn) dropUser() {
	defer func() {
		if c.state != NotAuthenticated {
			c.srv.leave(c.name)
		}
		c.state = NotAuthenticated
		c.user, c.saved, c.enabled = nil, nil, features{}
		c.mu.Lock()
		c.name, c.mechanism = "", ""
		c.mu.Unlock()
	}()
	defer c.closeUser()
	defer c.deselect()
	c.endNotify()
}

// closeUser closes the User, or what Server.Login has returned.
func (c *Conn) closeUser() {
	x := c.userCloser
	if c.userCloser = nil; x == nil {
		return
	}
	if err := x.Close(); err != nil {
		c.log(slog.LevelError, "closing a user", "err", err)
	}
}

// sayWhyEnded sends BYE with the reason why the connection ends, unless the client has ended it.
func (c *Conn) sayWhyEnded(err error) error {
	switch {
	case errors.Is(err, errShutdown):
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

// protect calls f. It turns a panic of f into an error, after which the connection must end.
func (c *Conn) protect(f func() error) (err error) {
	defer c.recovered(&err)
	return f()
}

// recovered recovers from a panic, so that it ends only this connection.
func (c *Conn) recovered(err *error) {
	v := recover()
	if v == nil {
		return
	}
	if h := c.hooks.panics; h != nil {
		func() {
			defer func() {
				if v := recover(); v != nil {
					c.log(slog.LevelError, "panic in a PanicHook", "value", v, "stack", string(debug.Stack()))
				}
			}()
			h.Panicked(v, debug.Stack())
		}()
	} else {
		c.log(slog.LevelError, "panic", "value", v, "stack", string(debug.Stack()))
	}
	c.out.Reset(c.mode())
	c.untagged("BYE [SERVERBUG] internal error")
	*err = fmt.Errorf("serve: panic: %v", v)
}

// untagged writes text as an untagged response.
func (c *Conn) untagged(text string) { c.out.Raw("* ").Text(text).CRLF() }

// log logs a message with the user, the client's address and the number of the connection.
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
