package serve

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/imapstack/imapstack/wire"
)

// errShutdown is the error of a wait that ends because the server shuts down.
var errShutdown = errors.New("serve: shutting down")

// errLost is the error of a connection that cannot continue: a write has failed, or a message could not be read in
// the middle of its literal.
var errLost = errors.New("serve: connection lost")

// past is a deadline in the past. It interrupts a read at once.
var past = time.Unix(1, 0)

// connReader reads from the connection, with its current layers.
type connReader struct {
	c    *Conn
	rest []byte // octets that were read from an earlier layer or while the connection rested; Read returns them first
}

func (r *connReader) Read(p []byte) (int, error) {
	if len(r.rest) > 0 {
		n := copy(p, r.rest)
		if r.rest = r.rest[n:]; len(r.rest) == 0 {
			r.rest = nil
		}
		return n, nil
	}
	c := r.c
	if h := c.hooks.wait; h != nil {
		h.BeforeRead(c.waiting)
	}
	c.mu.Lock()
	t := c.deadline()
	short := false
	switch {
	case c.waiting && c.shuttingDown || c.idling && c.woken:
		t = past
	case c.mayRest && c.waiting && !t.IsZero():
		if s := time.Now().Add(shortWait); s.Before(t) {
			t, short = s, true
		}
	}
	if c.timed || !t.IsZero() {
		c.nc.SetReadDeadline(t)
		c.timed = !t.IsZero()
	}
	nc := c.nc
	c.mu.Unlock()
	c.timer.pause()
	n, err := nc.Read(p)
	c.timer.resume()
	if n > 0 {
		c.lastActive = time.Now()
		err = nil // the next Read returns it again, after the commands in p have been answered
	}
	c.readErr = err
	if short && n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		c.resting = true
	}
	return n, err
}

// deadline returns the time by which the client must have sent something, or the zero time if there is no limit.
func (c *Conn) deadline() time.Time {
	d := orDefault(c.srv.IdleTimeout, defaultIdle)
	if c.state == NotAuthenticated {
		if d := orDefault(c.srv.LoginTimeout, defaultLoginTimeout); d > 0 {
			return c.began.Add(d)
		}
	}
	if d < 0 {
		return time.Time{}
	}
	return c.lastActive.Add(d)
}

// wait calls read, which waits for a line. A shutdown of the server interrupts read. If idle is set, Conn.wake also
// interrupts it; wait then calls report, sends the responses that report has encoded, and calls read again.
func (c *Conn) wait(idle bool, read, report func() error) error {
	for {
		c.mu.Lock()
		c.waiting, c.idling = true, idle
		leaving := c.shuttingDown
		c.mu.Unlock()
		if leaving {
			return c.stopWaiting(errShutdown)
		}
		err := read()
		c.mu.Lock()
		c.waiting, c.idling = false, false
		woken := c.woken && idle
		c.woken = c.woken && !idle
		leaving = c.shuttingDown
		c.mu.Unlock()
		switch {
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return err
		case leaving:
			return errShutdown
		case !woken && c.resting:
			return errResting
		case !woken:
			return err
		}
		c.readErr, c.resting = nil, false
		if err := report(); err != nil {
			return err
		}
		if err := c.flush(); err != nil {
			return err
		}
	}
}

func (c *Conn) stopWaiting(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting, c.idling = false, false
	return err
}

// wake makes a connection report changes, if it waits in IDLE or with NOTIFY. It does not wait itself.
func (c *Conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.woken = true
	if c.idling {
		c.timed = true
		c.nc.SetReadDeadline(past)
	}
}

// shutdown makes the connection end when its command has been answered, or at once if none is running.
func (c *Conn) shutdown() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shuttingDown = true
	if c.waiting {
		c.timed = true
		c.nc.SetReadDeadline(past)
	}
}

const (
	flushAt    = 32 << 10  // flushSome sends as soon as this much is encoded
	readBuffer = 4 << 10   // the size of the read buffer at the beginning
	copyChunk  = 32 << 10  // the size of a write if the octets come from a reader
	lentChunk  = 256 << 10 // the size of a write if the octets are in memory
)

var chunks = sync.Pool{New: func() any { return new([copyChunk]byte) }}

// flush sends what has been encoded.
func (c *Conn) flush() error {
	if c.err != nil {
		return c.err
	}
	if err := c.out.Err(); err != nil {
		// A value from the back end cannot be expressed in the protocol.
		c.log(slog.LevelError, "cannot encode", "err", err)
		c.out.Reset(c.mode())
		c.Write([]byte("* BYE [SERVERBUG] cannot encode an answer\r\n"))
		c.err = fmt.Errorf("serve: encoding: %w", err)
		return c.err
	}
	if c.out.Len() == 0 {
		return nil
	}
	if h := c.hooks.respond; h != nil {
		return c.respond(h)
	}
	c.send(&c.out)
	c.out.Reset(c.mode())
	return c.err
}

// respond does the work of flush if the connection has a ResponseHook. The hook may itself encode and flush.
func (c *Conn) respond(h ResponseHook) error {
	out := c.spare
	if c.spare = nil; out == nil {
		out = wire.NewEncoder(c.mode())
	}
	out.Reset(c.mode())
	*out, c.out = c.out, *out
	as, err := h.Respond(out.Segments())
	if c.err == nil {
		c.err = err
	}
	if as && c.err == nil {
		c.send(out)
	}
	c.spare = out
	return c.err
}

// send writes the responses in e to the connection.
func (c *Conn) send(e *wire.Encoder) {
	c.writing.Lock()
	defer c.writing.Unlock()
	returned := false
	defer func() {
		if !returned && c.err == nil {
			// A panic, perhaps in the middle of a literal. The client would take BYE for octets of the literal.
			c.err = fmt.Errorf("%w: a panic in the middle of a response", errLost)
		}
	}()
	for _, seg := range e.Segments() {
		err := c.write(seg.Bytes)
		if err == nil && seg.Body != nil {
			err = c.copy(seg.Body, seg.Size)
		}
		if err != nil {
			c.err = err
			break
		}
	}
	returned = true
}

// flushSome sends what has been encoded if it is at least flushAt octets, unless a ResponseHook wants all responses
// together.
func (c *Conn) flushSome() error {
	if c.out.Len() < flushAt || c.hooks.respond != nil && c.hooks.respond.Whole() {
		return c.err
	}
	return c.flush()
}

// write writes b to the connection, with its current layers.
func (c *Conn) write(b []byte) error {
	c.timer.pause()
	defer c.timer.resume()
	return c.writeTo(c.nc, b)
}

// writeTo writes b to nc in parts. Each part may take the full Server.WriteTimeout.
func (c *Conn) writeTo(nc net.Conn, b []byte) error {
	d := orDefault(c.srv.WriteTimeout, defaultWrite)
	for len(b) > 0 {
		n := len(b)
		if d > 0 {
			n = min(n, lentChunk)
			nc.SetWriteDeadline(time.Now().Add(d))
		}
		if _, err := nc.Write(b[:n]); err != nil {
			return fmt.Errorf("%w: %w", errLost, err)
		}
		b = b[n:]
	}
	return nil
}

// connWriter writes to the connection, with its current layers.
type connWriter struct{ c *Conn }

func (w connWriter) Write(p []byte) (int, error) {
	if err := w.c.write(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// copy writes the octets of a literal that has been announced.
func (c *Conn) copy(body io.Reader, size int64) error {
	if b, ok := body.(*bytes.Reader); ok && int64(b.Len()) == size {
		_, err := b.WriteTo(connWriter{c}) // without copying it
		return err
	}
	buf := chunks.Get().(*[copyChunk]byte)
	defer chunks.Put(buf)
	for size > 0 {
		n, err := io.ReadFull(body, buf[:min(size, copyChunk)])
		if werr := c.write(buf[:n]); werr != nil {
			return werr
		}
		size -= int64(n)
		if err != nil && size > 0 {
			// The literal has been announced, so the server cannot report the error in the protocol.
			c.log(slog.LevelError, "a message cannot be read", "err", err)
			return fmt.Errorf("%w: %w", errLost, err)
		}
	}
	return nil
}
