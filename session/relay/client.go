package relay

import (
	"io"
	"sync"
	"sync/atomic"
)

// client is what is written to the client, by both sides: whoever has begun with a response ends it before another one comes.
type client struct {
	w     io.Writer
	mu    sync.Mutex
	held  bool // by the side that reads responses, which alone looks at it
	count atomic.Uint64
}

// Write begins with responses, or goes on with them, until release.
func (c *client) Write(p []byte) (int, error) {
	c.hold()
	n, err := c.w.Write(p)
	c.count.Add(uint64(max(n, 0)))
	return n, err
}

// ReadFrom is Write of all that r has, by the means of the client's connection.
func (c *client) ReadFrom(r io.Reader) (int64, error) {
	c.hold()
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

// say writes whole responses, between those that are handed on.
func (c *client) say(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.w.Write(b)
	c.count.Add(uint64(max(n, 0)))
	return err
}
