package imaptest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// state is the state of a connection (RFC 9051 §3), as a bit.
type state uint8

const (
	notAuthenticated state = 1 << iota
	authenticated
	selected
	loggedOut

	loggedIn = authenticated | selected
	anyState = notAuthenticated | loggedIn
)

// conn is one connection: it reads a command, answers it, and reads the next.
type conn struct {
	srv *Server

	num  int   // its number, from 1
	link *Link // its network; nil if the server does not hold it

	mu     sync.Mutex // guards what other goroutines touch
	nc     net.Conn
	woken  bool
	roused bool // the deadline is in the past, as there is something to tell
	ended  bool
	idling bool

	info    sync.Mutex // guards what is shown to the test; nothing else is locked while it is held
	shown   string     // the user's name
	opened  string     // the mailbox's name
	inIdle  bool
	command string // what is at hand, if there are faults

	writing sync.Mutex // held while responses are written
	rng     *rand.Rand // see chance
	hit     *hit       // the faults of the command at hand
	held    *heldBack
	batch   together
	late    []byte   // see HoldTagged
	gone    bool     // the open mailbox is to be closed, as it has been deleted
	slips   []string // what the client has done wrongly, in the command at hand
	point   resyncPoint
	began   time.Time
	entry   int // of the command at hand, in the history

	commands, bads int         // answers, and how many of the last ones were BAD
	turned         atomic.Bool // away, by ConnLimit or Bye

	in        *wire.Reader
	cmds      *parser.CommandReader
	out       wire.Encoder
	err       error // writing has failed
	state     state
	secure    bool
	cert      *x509.Certificate // the server's own, if it is known; for channel binding
	deflate   bool
	ending    func() error // ends the stream of compressed octets
	anonymous bool         // nobody in particular has logged in
	name      string       // the user's
	user      *store.User
	view      *store.View
	enabled   map[string]bool
	watching
	saved  []uint32 // the result of the last search: UIDs ($, RFC 9051 §6.4.4.1)
	logout bool
}

func newConn(s *Server, nc net.Conn) *conn {
	nc, link := s.linkConn(nc)
	c := &conn{srv: s, nc: nc, link: link, state: notAuthenticated, enabled: map[string]bool{}}
	_, c.secure = nc.(*tls.Conn)
	c.attach(nc)
	if link != nil {
		link.report = c.noteFault
	}
	return c
}

// attach makes nc what is read from and written to.
func (c *conn) attach(nc net.Conn) {
	c.mu.Lock()
	c.nc = nc
	c.mu.Unlock()
	c.in = wire.NewReader(connReader{c}, c.srv.opt.limits)
	c.cmds = parser.NewCommandReader(c.in)
	c.cmds.OnLiteral(c.literal)
	c.tolerance()
	c.out.Reset(c.mode())
}

// mode says how the server writes strings.
func (c *conn) mode() wire.Mode {
	return wire.Mode{Server: true, Binary: true, UTF8: c.utf8()}
}

// utf8 reports whether mailbox names and quoted strings are UTF-8.
func (c *conn) utf8() bool { return c.enabled["UTF8=ACCEPT"] || c.enabled["IMAP4REV2"] }

// connReader reads from the connection as it is now.
type connReader struct{ c *conn }

func (r connReader) Read(p []byte) (int, error) {
	r.c.beforeWait()
	r.c.patience()
	return r.c.nc.Read(p)
}

// hangUp ends the connection from outside.
func (c *conn) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.link != nil && c.link.stalls() {
		c.link.abort() // TLS would wait to say good-bye
	}
	c.nc.Close()
	if c.link != nil {
		c.link.abort()
	}
}

// wake cuts the wait of an idle connection, as there is something to tell it.
func (c *conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.woken = true
	if c.idling {
		c.nc.SetReadDeadline(time.Unix(1, 0))
	}
}

// serve greets and then serves commands until the connection ends.
func (c *conn) serve(user string, full bool) {
	defer c.close()
	c.began = time.Now()
	c.befallStart()
	c.patience()
	if t, ok := c.nc.(*tls.Conn); ok {
		// What is offered depends on it.
		if err := t.Handshake(); err != nil {
			return
		}
	}
	if full {
		c.untagged("BYE [UNAVAILABLE] too many connections")
		c.flush()
		return
	}
	if !c.befallGreeting() {
		return
	}
	if user != "" {
		if err := c.login(user); err != nil {
			c.untagged("BYE [AUTHENTICATIONFAILED] no such user")
			c.flush()
			return
		}
		c.untagged("PREAUTH [CAPABILITY " + c.capabilities() + "] " + c.srv.greeting() + ", logged in as " + strings.Map(visible, user))
	} else {
		c.untagged("OK [CAPABILITY " + c.capabilities() + "] " + c.srv.greeting())
	}
	if c.befallen() != nil {
		return
	}
	for c.err == nil && !c.logout {
		if len(c.batch.groups) == 0 {
			c.notifyNow(false)
		}
		c.flush()
		if err := c.next(); err != nil {
			c.goodbye(err)
			break
		}
		if c.overdone() {
			break
		}
	}
	c.flush()
	c.deliver()
	c.tellLate()
	if c.ending != nil && c.err == nil {
		c.ending()
	}
}

func visible(r rune) rune {
	if r < ' ' || r == 0x7f {
		return '?'
	}
	return r
}

func (c *conn) close() {
	c.endNotify()
	if c.view != nil {
		c.view.Close()
	}
	c.nc.Close()
}

// login makes the connection a user's.
func (c *conn) login(user string) error {
	u := c.srv.store.User(user)
	if u == nil {
		return no(parser.CodeAuthenticationFailed, "wrong user or password")
	}
	c.user, c.name, c.state = u, user, authenticated
	c.show(user, "")
	return nil
}

// next serves one command. Its error ends the connection.
func (c *conn) next() (err error) {
	defer c.recovered(&err)
	var head *parser.CommandHead
	read := func() error {
		c.batch.reading = true
		head, err = c.cmds.Next()
		c.batch.reading = false
		return err
	}
	if c.notify == nil {
		err = read()
	} else {
		err = c.waitLine(read, func() error { c.notifyNow(false); return nil })
	}
	var bad *parser.BadCommand
	if errors.As(err, &bad) {
		return c.bad(bad)
	}
	if err != nil {
		if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrDeadlineExceeded) {
			c.untagged("BYE the connection cannot be read: " + clean(err.Error()))
		}
		return err
	}
	return c.serveCommand(head)
}

// bad answers a command that could not be read.
func (c *conn) bad(b *parser.BadCommand) error {
	var foreign *parser.ForeignError
	if errors.As(b, &foreign) {
		c.deliver()
		c.untagged("BYE " + clean(b.Text()))
		return b
	}
	var r *reply
	status, code, text := parser.BAD, parser.Code{}, b.Text()
	if errors.As(b, &r) {
		status, code, text = r.status, r.code, r.text
	}
	if limit := (*wire.LimitError)(nil); errors.As(b, &limit) && limit.What == "literal" {
		status, code = parser.NO, parser.Code{Name: parser.CodeTooBig}
	}
	tag := string(b.Tag)
	if tag == "" {
		tag = "*"
	}
	c.joinBad()
	c.receive(b.Tag, b.Name, false)
	c.log(b.Name, &reply{status: status, text: clean(text)})
	parser.EncodeStatus(&c.out, tag, status, code, clean(text))
	return nil
}

// serveCommand runs a command and writes its tagged answer.
func (c *conn) serveCommand(h *parser.CommandHead) error {
	tag, name := string(h.Tag), h.String()
	c.receive(h.Tag, name, true)
	cmd, ok := commandTable[h.Name]
	var err error
	c.join(h)
	forced := c.befall(h)
	if c.err != nil {
		return c.err
	}
	switch {
	case forced != nil:
		err = forced
	case !ok || cmd.cap != "" && !c.has(cmd.cap):
		err = badf("unknown command %s", name)
	case cmd.in&c.state == 0:
		err = c.wrongState(name, cmd)
	default:
		if err = c.checkNumbers(h); err == nil {
			err = cmd.run(c)
		}
		if kind := ownDeeds[h.Name]; kind != 0 {
			c.did(err, kind, "")
		}
	}
	if c.err != nil {
		return c.err
	}
	var bad *parser.BadCommand
	var r *reply
	switch {
	case err == nil:
		r = &reply{status: parser.OK}
	case errors.As(err, &r):
	case errors.As(err, &bad):
		r = &reply{status: parser.BAD, text: bad.Text()}
	default:
		if r = refusal(err); r == nil {
			return err
		}
	}
	if c.hit != nil && c.hit.late != nil {
		c.hit.late.then, r = r.then, c.hit.late
	}
	if r.text == "" {
		r.text = name + " completed"
	}
	if !c.syncLater(h, cmd, r) {
		if cmd.sync != syncNone && c.view != nil {
			c.syncBehind(h, (cmd.sync == syncAll || h.UID) && c.batch.expunges())
		}
		c.closeGone()
		if c.err != nil {
			return c.err
		}
		c.tellPoint(r)
	}
	c.tellIssued(h, r)
	c.log(name, r)
	parser.EncodeStatus(&c.out, tag, r.status, r.code, clean(r.text))
	if r.then != nil {
		if err := c.flush(); err != nil {
			return err
		}
		if err := r.then(); err != nil {
			return err
		}
	}
	if err := c.release(); err != nil {
		return err
	}
	return c.befallen()
}

// untagged writes an untagged response from text.
func (c *conn) untagged(text string) { c.out.Raw("* ").Text(text).CRLF() }

// flush writes what has been encoded.
func (c *conn) flush() error {
	if c.err != nil {
		return c.err
	}
	if err := c.out.Err(); err != nil {
		// A value of the store's could not be written: that is a defect of the server's.
		c.err = fmt.Errorf("imaptest: encoding: %w", err)
		if l := c.srv.logger(); l != nil {
			l.Error("imaptest: cannot encode", "err", err)
		}
		io.WriteString(c.nc, "* BYE [SERVERBUG] cannot encode an answer\r\n")
		return c.err
	}
	if c.changing() {
		if err := c.flushChanged(); err != nil && c.err == nil {
			c.err = err
		}
		return c.err
	}
	if held, err := c.holdBack(); held {
		if err != nil && c.err == nil {
			c.err = err
		}
		return c.err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	for _, seg := range c.out.Segments() {
		if _, err := c.nc.Write(seg.Bytes); err != nil {
			c.err = err
			break
		}
		if seg.Body != nil {
			if _, err := io.CopyN(c.nc, seg.Body, seg.Size); err != nil {
				c.err = err
				break
			}
		}
	}
	c.out.Reset(c.mode())
	return c.err
}

// flushSome flushes if there is much.
func (c *conn) flushSome() error {
	if c.out.Len() < 32<<10 || c.changing() {
		return nil
	}
	return c.flush()
}

// literal decides on a literal that a client is about to send.
func (c *conn) literal(q *parser.LiteralRequest) error {
	lim := c.srv.opt.limits.WithDefaults()
	if err := c.refusedLiteral(q); err != nil {
		return err
	}
	switch {
	case !q.Sync && !c.has("LITERAL+") && !(c.has("LITERAL-") && q.Size <= 4096):
		// RFC 7888 §5, §7.
		return badf("literals of that size have to wait for the server here")
	case (q.Head.Name == "APPEND" || q.Head.Name == "REPLACE") && c.state&loggedIn != 0:
		if q.Size > lim.Literal {
			return no(parser.CodeTooBig, "the message is too big")
		}
	case q.Size > int64(lim.Inline):
		return no(parser.CodeTooBig, "the literal is too big")
	}
	if q.Sync {
		c.deliver()
		c.out.Raw("+ ").Text("go on").CRLF()
		return c.flush()
	}
	return nil
}

// waitLine waits for a line within a command, and while it waits tells what changes; f is run each time
// that the connection is woken.
func (c *conn) waitLine(read func() error, f func() error) error {
	for {
		c.mu.Lock()
		c.idling = true
		c.roused = c.woken
		c.woken = false
		if c.roused {
			c.nc.SetReadDeadline(time.Unix(1, 0))
		}
		c.mu.Unlock()
		err := read()
		c.mu.Lock()
		c.idling = false
		c.nc.SetReadDeadline(time.Time{})
		roused := c.roused || c.woken
		c.mu.Unlock()
		if !errors.Is(err, os.ErrDeadlineExceeded) || !roused {
			return err
		}
		if err := f(); err != nil {
			return err
		}
		if err := c.flush(); err != nil {
			return err
		}
	}
}

func (c *conn) log(name string, r *reply) {
	status := r.status
	c.counted(status)
	c.srv.history.answered(c.entry, status, c.takeSlips(name, r))
	if l := c.srv.logger(); l != nil {
		l.LogAttrs(context.Background(), slog.LevelDebug, "imaptest", slog.String("user", c.name), slog.String("cmd", name), slog.String("status", status.String()))
	}
}
