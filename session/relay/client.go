package relay

import (
	"io"
	"sync"
	"sync/atomic"
)

// gather is how much is held back of what goes to the client, in octets, until the back end is waited for. What is larger goes at once.
const gather = 16 << 10

// client is what is written to the client, by both sides: whoever has begun with a response ends it before another one comes.
type client struct {
	w     io.Writer
	mu    sync.Mutex
	buf   []byte
	held  bool // by the side that reads responses, which alone looks at it
	count atomic.Uint64
}

// Write begins with responses, or goes on with them, until release.
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

// ReadFrom is Write of all that r has, by the means of the client's connection.
func (c *client) ReadFrom(r io.Reader) (int64, error) {
	c.hold()
	if err := c.send(nil); err != nil {
		return 0, err
	}
	n, err := io.Copy(c.w, r)
	c.count.Add(uint64(max(n, 0)))
	return n, err
}

// splices reports whether the client's connection has means of its own to take what another one has.
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

// release lets others write.
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

// flush writes what is held back. It is for the side that reads responses.
func (c *client) flush() error {
	if !c.held {
		c.mu.Lock()
		defer c.mu.Unlock()
	}
	return c.send(nil)
}

// say writes whole responses, between those that are handed on.
func (c *client) say(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.send(b)
}
