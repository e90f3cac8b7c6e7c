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

// errShutdown ends a wait because the server shuts down.
var errShutdown = errors.New("serve: shutting down")

// errLost ends a connection that was lost within a command.
var errLost = errors.New("serve: connection lost")

// past is a deadline that ends a wait at once.
var past = time.Unix(1, 0)

// connReader reads from the connection, with its current layers.
type connReader struct {
	c    *Conn
	rest []byte // octets that were read before
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
	n, err := nc.Read(p)
	if c.readErr = err; n > 0 {
		c.lastActive = time.Now()
	}
	if short && n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		c.resting = true
	}
	return n, err
}

// deadline returns the time by which the client must have sent something; the zero time means never.
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

// wait waits for a line by calling read. If the server shuts down meanwhile, the wait ends. In IDLE, wait calls tell
// when there is news.
func (c *Conn) wait(idle bool, read, tell func() error) error {
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
		if err := tell(); err != nil {
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

// wake tells a connection in IDLE that there is news. It does not wait.
func (c *Conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.woken = true
	if c.idling {
		c.timed = true
		c.nc.SetReadDeadline(past)
	}
}

// shutdown asks the connection to end when its command has been answered.
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
	flushAt    = 32 << 10  // how much is encoded before it is sent
	readBuffer = 4 << 10   // how much is read together, until more comes
	copyChunk  = 32 << 10  // of what is not in memory
	lentChunk  = 256 << 10 // of what is
)

var chunks = sync.Pool{New: func() any { return new([copyChunk]byte) }}

// flush sends what has been encoded.
func (c *Conn) flush() error {
	if c.err != nil {
		return c.err
	}
	if err := c.out.Err(); err != nil {
		// The protocol cannot express something from the back end.
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

// respond is flush with a hook, which may encode and flush meanwhile.
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

// send sends what has been encoded.
func (c *Conn) send(e *wire.Encoder) {
	c.writing.Lock()
	defer c.writing.Unlock()
	for _, seg := range e.Segments() {
		err := c.write(seg.Bytes)
		if err == nil && seg.Body != nil {
			err = c.copy(seg.Body, seg.Size)
		}
		if err != nil {
			c.err = err
			return
		}
	}
}

// flushSome sends what has been encoded if that is much.
func (c *Conn) flushSome() error {
	if c.out.Len() < flushAt || c.hooks.respond != nil && c.hooks.respond.Whole() {
		return c.err
	}
	return c.flush()
}

// write sends octets.
func (c *Conn) write(b []byte) error { return c.writeTo(c.nc, b) }

// writeTo sends octets in parts. Each part has the full WriteTimeout.
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

// copy sends the octets of a literal that has been announced.
func (c *Conn) copy(body io.Reader, size int64) error {
	if b, ok := body.(*bytes.Reader); ok && int64(b.Len()) == size {
		_, err := b.WriteTo(connWriter{c}) // all of it at once
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
			// The octets have been announced, so the server cannot say that they will not come.
			c.log(slog.LevelError, "a message cannot be read", "err", err)
			return fmt.Errorf("%w: %w", errLost, err)
		}
	}
	return nil
}
