package relay

import (
	"io"
	"sync"
	"sync/atomic"
)

// gather is how many octets for the client are held back until the Relay waits for the back end. Larger writes go out
// at once.
const gather = 16 << 10

// client is the writer to the client, for both sides: the side that has begun a response ends it before the other can
// begin one.
type client struct {
	w     io.Writer
	mu    sync.Mutex
	buf   []byte
	held  bool // held by the side that reads responses; only that side uses the field
	count atomic.Uint64
}

// Write begins responses, or continues them, until release.
func (c *client) Write(p []byte) (int, error) {
	c.hold()
	if len(c.buf)+len(p) <= gather {
		c.buf = append(c.buf, p...)
		return len(p), nil
	}
	if err := c.send(nil); err != nil {
		return 0, err
	}
	n, err := c.w.Write(p)
	c.count.Add(uint64(max(n, 0)))
	return n, err
}

// ReadFrom is Write of everything in r, by the ReadFrom of the client's connection.
func (c *client) ReadFrom(r io.Reader) (int64, error) {
	c.hold()
	if err := c.send(nil); err != nil {
		return 0, err
	}
	n, err := io.Copy(c.w, r)
	c.count.Add(uint64(max(n, 0)))
	return n, err
}

// splices reports whether the client's connection can read from another one by itself (io.ReaderFrom).
func (c *client) splices() bool {
	_, ok := c.w.(io.ReaderFrom)
	return ok
}

func (c *client) hold() {
	if !c.held {
		c.mu.Lock()
		c.held = true
	}
}

// release lets the other side write.
func (c *client) release() {
	if c.held {
		c.held = false
		c.mu.Unlock()
	}
}

// send writes what is held back, and then b.
func (c *client) send(b []byte) error {
	for _, p := range [2][]byte{c.buf, b} {
		if len(p) > 0 {
			n, err := c.w.Write(p)
			c.count.Add(uint64(max(n, 0)))
			if err != nil {
				return err
			}
		}
	}
	if c.buf = c.buf[:0]; cap(c.buf) > 2*gather {
		c.buf = nil
	}
	return nil
}

// flush writes what is held back. Only the side that reads responses calls it.
func (c *client) flush() error {
	if !c.held {
		c.mu.Lock()
		defer c.mu.Unlock()
	}
	return c.send(nil)
}

// sendWhole writes whole responses, between those that are passed on.
func (c *client) sendWhole(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.send(b)
}
