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

// state is the state of a connection (RFC 9051 §3), as a bit.
type state uint8

const (
	notAuthenticated state = 1 << iota
	authenticated
	selected

	loggedIn = authenticated | selected
	anyState = notAuthenticated | loggedIn
)

// A Conn is one connection. Its exported methods are for back ends, and safe for use by several goroutines.
type Conn struct {
	srv    *Server
	num    int64
	ctx    context.Context // of the connection
	cancel context.CancelFunc
	remote net.Addr
	local  net.Addr

	mu      sync.Mutex // guards what other goroutines touch
	nc      net.Conn
	waiting bool // for a command, or the end of IDLE: it may be told to go
	idling  bool // in IDLE: it may be told what is new
	woken   bool // there is something new
	leaving bool // the server shuts down
	closed  bool
	name    string // of the user
	id      map[string]string

	tlsConfig *tls.Config
	began     time.Time
	reader    *connReader
	in        *wire.Reader
	cmds      *parser.CommandReader
	out       wire.Encoder
	scratch   []byte
	err       error // the connection cannot be written to
	readErr   error // what the last read from it ended with
	bads      int   // BAD in a row
	failed    int   // attempts to log in

	state   state
	deflate bool
	enabled features
	user    User
	view    *view
	saved   []numset.Range // UIDs of the last search that saved: "$"
	command context.Context
	synced  bool // the command at hand has told what has changed
	arrived bool // and that there are new messages
	logout  bool
}

// features are what a client has enabled.
type features struct{ rev2, utf8, condstore, qresync bool }

func newConn(s *Server, nc net.Conn, cfg *tls.Config) *Conn {
	base := s.BaseContext
	if base == nil {
		base = context.Background()
	}
	c := &Conn{srv: s, num: s.serial.Add(1), nc: nc, tlsConfig: cfg, state: notAuthenticated, began: time.Now()}
	c.remote, c.local = nc.RemoteAddr(), nc.LocalAddr()
	c.ctx, c.cancel = context.WithCancel(base)
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
	limits := strangersLimits
	if c.state != notAuthenticated {
		limits = usersLimits
	}
	c.reader = &connReader{c, rest}
	c.in = wire.NewReaderSize(c.reader, limits, readBuffer)
	c.cmds = parser.NewCommandReader(c.in)
	c.cmds.OnLiteral(c.literal)
	c.out.Reset(c.mode())
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
	if t, ok := c.nc.(*tls.Conn); ok {
		ctx, cancel := context.WithDeadline(c.ctx, c.deadline())
		err := t.HandshakeContext(ctx)
		cancel()
		if err != nil {
			c.log(slog.LevelDebug, "TLS handshake", "err", err)
			return
		}
	}
	c.attach(c.nc, nil)
	c.untagged("OK [CAPABILITY " + c.capabilities() + "] IMAP server ready")
	for !c.logout && c.flush() == nil && c.next() == nil {
		if c.bads >= orDefault(c.srv.MaxBad, defaultMaxBad) {
			c.untagged("BYE too many bad commands")
			break
		}
		if c.failed >= orDefault(c.srv.MaxFailedLogins, defaultMaxFailed) {
			c.untagged("BYE too many attempts")
			break
		}
	}
	c.flush()
}

func (c *Conn) close() {
	c.cancel()
	c.forget()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil || c.closed {
		abort(c.nc)
		return
	}
	c.nc.Close()
}

// forget drops all that is the user's.
func (c *Conn) forget() {
	c.deselect()
	if x, ok := c.user.(io.Closer); ok {
		if err := x.Close(); err != nil {
			c.log(slog.LevelError, "closing a user", "err", err)
		}
	}
	if c.user != nil {
		c.srv.leave(c.name)
	}
	c.user, c.saved, c.enabled = nil, nil, features{}
	c.mu.Lock()
	c.name = ""
	c.mu.Unlock()
}

// next serves one command. Its error ends the connection.
func (c *Conn) next() (err error) {
	defer c.recovered(&err)
	var head *parser.CommandHead
	// A command that has begun is served to its end, whoever shuts down.
	err = c.wait(false, func() (err error) { head, err = c.cmds.NextHead(); return err }, nil)
	if err == nil {
		err = c.cmds.Extend()
	}
	var bad *parser.BadCommand
	switch {
	case errors.As(err, &bad):
		return c.bad(bad)
	case err != nil:
		return c.ended(err)
	}
	return c.serveCommand(head)
}

// ended says why the connection ends, if the client can be told and does not know it.
func (c *Conn) ended(err error) error {
	switch {
	case errors.Is(err, errLeaving):
		c.untagged("BYE the server is shutting down")
	case errors.Is(err, os.ErrDeadlineExceeded) && c.state == notAuthenticated:
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
	c.log(slog.LevelError, "panic", "value", v, "stack", string(debug.Stack()))
	c.out.Reset(c.mode())
	c.untagged("BYE [SERVERBUG] internal error")
	*err = fmt.Errorf("serve: panic: %v", v)
}

// bad answers a command that could not be read.
func (c *Conn) bad(b *parser.BadCommand) error {
	var foreign *parser.ForeignError
	if errors.As(b, &foreign) {
		c.untagged("BYE " + clean(b.Text()))
		return b
	}
	r := &reply{status: parser.BAD, text: b.Text()}
	var own *reply
	var limit *wire.LimitError
	if errors.As(b, &own) {
		r = own
	} else if errors.As(b, &limit) && limit.What == "literal" {
		r = no(parser.CodeTooBig, "the literal is too big")
	}
	tag := string(b.Tag)
	if tag == "" {
		tag = "*"
	}
	c.answer(tag, b.Name, r)
	return nil
}

// answer writes a tagged answer.
func (c *Conn) answer(tag, name string, r *reply) {
	if c.bads++; r.status != parser.BAD {
		c.bads = 0
	}
	if r.text == "" {
		r.text = name + " completed"
	}
	parser.EncodeStatus(&c.out, tag, r.status, r.code, clean(r.text))
}

// serveCommand runs a command and writes its tagged answer.
func (c *Conn) serveCommand(h *parser.CommandHead) error {
	tag, name, verb, uid := string(h.Tag), h.String(), h.Name, h.UID
	began := time.Now()
	c.command, c.synced, c.arrived = c.ctx, false, false
	if d := c.srv.CommandTimeout; d > 0 && h.Name != "IDLE" {
		var cancel context.CancelFunc
		c.command, cancel = context.WithTimeout(c.ctx, d)
		defer cancel()
	}
	cmd, ok := commandTable[h.Name]
	var err error
	switch {
	case !ok || cmd.cap != "" && !c.has(cmd.cap):
		err = badf("unknown command %s", name)
	case cmd.in&c.state == 0:
		err = c.wrongState(name, cmd)
	default:
		err = cmd.run(c)
	}
	if c.err != nil {
		return c.err
	}
	switch {
	case errors.Is(err, errLeaving):
		return c.ended(err)
	case err != nil && c.readErr != nil:
		return c.ended(c.readErr)
	}
	r := &reply{status: parser.OK}
	if err != nil {
		var known bool
		if r, known = refusal(err); !known {
			c.log(slog.LevelError, "back end", "cmd", name, "err", err)
		}
	}
	if cmd.sync != syncNone && c.view != nil && !c.synced {
		// An answer of OK must not hide that the mailbox cannot be read any more.
		if err := c.sync(cmd.sync == syncAll || uid); err != nil {
			c.log(slog.LevelError, "back end", "cmd", name, "err", err)
		}
	}
	c.tellPoint(r)
	c.tellIssued(verb, r)
	c.answer(tag, name, r)
	c.log(slog.LevelDebug, "command", "cmd", name, "status", r.status.String(), "took", time.Since(began))
	if r.then == nil {
		return nil
	}
	if err := c.flush(); err != nil {
		return err
	}
	return r.then()
}

// wrongState says why a command cannot be given now.
func (c *Conn) wrongState(name string, cmd command) *reply {
	switch {
	case c.state == notAuthenticated:
		return badf("%s needs a user: LOGIN or AUTHENTICATE first", name)
	case cmd.in&loggedIn == 0:
		return badf("%s is for those who have not logged in", name)
	}
	return badf("%s needs an open mailbox: SELECT or EXAMINE one first", name)
}

// literal decides on a literal that a client is about to send.
func (c *Conn) literal(q *parser.LiteralRequest) error {
	limit := int64(c.in.Limits().Inline)
	if q.Head.Name == "APPEND" && c.state&loggedIn != 0 {
		limit = c.maxMessage()
	}
	if q.Size > limit {
		return no(parser.CodeTooBig, fmt.Sprintf("no more than %d octets", limit))
	}
	if q.Sync {
		c.out.Raw("+ go on").CRLF()
		return c.flush()
	}
	return nil
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
