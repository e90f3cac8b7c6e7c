package imaptest

import (
	"errors"
	"os"
	"runtime/debug"
	"time"

	"github.com/imapstack/imapstack/parser"
)

// guard is what a client must not overdo.
type guard struct {
	commands int           // of one connection; 0: any number
	bad      int           // answered with BAD, one after the other; 0: any number
	login    time.Duration // until a user has logged in; 0: for ever
	idle     time.Duration // without an octet from the client; 0: for ever
	onPanic  func(v any, stack []byte)
	secrets  bool // are shown in what was received
}

// WithMaxCommands is how many commands one connection may send before it is ended with BYE; 0, the default, is any number.
func WithMaxCommands(n int) Option { return func(o *options) { o.guard.commands = n } }

// WithMaxBad is how many commands in a row may be answered with BAD before the connection is ended with BYE: 1,000
// without this option, and any number for 0.
func WithMaxBad(n int) Option { return func(o *options) { o.guard.bad = n } }

// WithLoginTimeout is how long a connection may take until a user has logged in; 0, the default, is for ever.
func WithLoginTimeout(d time.Duration) Option { return func(o *options) { o.guard.login = d } }

// WithIdleTimeout is how long a client may send nothing, within IDLE too, before it is logged out with BYE (RFC 9051 §5.4 wants 30
// minutes at least); 0, the default, is for ever.
func WithIdleTimeout(d time.Duration) Option { return func(o *options) { o.guard.idle = d } }

// WithPanicHandler sets what is told of a panic within a command, which is a defect of the server's. The connection ends with
// BYE and SERVERBUG, the others go on. Without it, a server that NewServer has made fails its test, and any other panics on.
func WithPanicHandler(f func(v any, stack []byte)) Option {
	return func(o *options) { o.guard.onPanic = f }
}

// errPanic ends a connection on which a command has panicked.
var errPanic = errors.New("imaptest: a command has panicked")

// recovered keeps a panic of a command's from ending the program, if somebody is there to be told.
func (c *conn) recovered(err *error) {
	tell := c.srv.opt.guard.onPanic
	if tell == nil {
		return
	}
	v := recover()
	if v == nil {
		return
	}
	tell(v, debug.Stack())
	c.out.Reset(c.mode())
	c.write([]byte("* BYE [SERVERBUG] the server has panicked\r\n"))
	*err = errPanic
	c.err = errPanic
}

// patience sets when the client must have sent something.
func (c *conn) patience() {
	g := &c.srv.opt.guard
	if g.login == 0 && g.idle == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idling && (c.woken || c.roused) {
		return // it is not waited for
	}
	c.nc.SetReadDeadline(c.deadline())
}

// deadline is when the client must have sent something, if it is to go on.
func (c *conn) deadline() time.Time {
	g := &c.srv.opt.guard
	if g.login > 0 && c.state == notAuthenticated {
		return c.began.Add(g.login)
	}
	if g.idle > 0 {
		return time.Now().Add(g.idle)
	}
	return time.Time{}
}

// goodbye says why a connection that has ended with err is ended, if the client does not know it.
func (c *conn) goodbye(err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		if c.state == notAuthenticated {
			c.untagged("BYE [UNAVAILABLE] nobody has logged in for too long")
		} else {
			c.untagged("BYE autologout: nothing was sent for too long")
		}
	}
}

// counted counts an answer, and reports whether that is enough.
func (c *conn) counted(status parser.Status) {
	c.commands++
	if status != parser.BAD {
		c.bads = 0
	} else {
		c.bads++
	}
}

// overdone reports whether the client has overdone it, and says so.
func (c *conn) overdone() bool {
	g := &c.srv.opt.guard
	switch {
	case g.bad > 0 && c.bads >= g.bad:
		c.untagged("BYE too many bad commands")
	case g.commands > 0 && c.commands >= g.commands:
		c.untagged("BYE too many commands")
	default:
		return false
	}
	return true
}

// wrongState says why a command cannot be given now.
func (c *conn) wrongState(name string, cmd command) *reply {
	switch {
	case c.state == notAuthenticated:
		return badf("%s needs a user: LOGIN or AUTHENTICATE first", name)
	case cmd.in&loggedIn == 0:
		return badf("%s is for who has not logged in yet", name)
	default:
		return badf("%s needs an open mailbox: SELECT or EXAMINE one first", name)
	}
}
