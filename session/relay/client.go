package relay

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// gather is the size of the buffer for octets to the client. The Relay sends what is in the buffer before it waits for
// the back end. It sends octets that do not fit into the buffer at once.
const gather = 16 << 10

// errUnfinished reports that a write to the client has panicked, so that the client may have a part of a response.
var errUnfinished = errors.New("relay: a write to the client has not returned")

// client is the writer to the client. Both goroutines of a Relay use it: one writes the responses of the back end,
// and the other those of the proxy. The lock keeps the octets of a response together.
type client struct {
	w     io.Writer
	mu    sync.Mutex
	buf   []byte
	held  bool  // the goroutine that reads responses holds mu; only that goroutine uses the field
	fail  error // the error of the first write that failed; nothing is written after it
	count atomic.Uint64
}

// Write writes a part of a response of the back end. It holds the lock until release.
func (c *client) Write(p []byte) (int, error) {
	c.hold()
	if len(c.buf)+len(p) <= gather {
		c.buf = append(c.buf, p...)
		return len(p), nil
	}
	if err := c.send(nil); err != nil {
		return 0, err
	}
	return c.write(p)
}

// write writes to the connection. After a failed write the client may have a part of a response, so what would follow
// would not be what the back end has sent.
func (c *client) write(p []byte) (n int, err error) {
	if c.fail == nil {
		c.fail = errUnfinished // stays if Write panics
		n, c.fail = c.w.Write(p)
		c.count.Add(uint64(max(n, 0)))
		if c.fail == nil && n < len(p) {
			c.fail = io.ErrShortWrite
		}
	}
	return n, c.fail
}

// ReadFrom writes everything that r yields, and holds the lock as Write does. It uses the method ReadFrom of the
// client's connection.
func (c *client) ReadFrom(r io.Reader) (int64, error) {
	c.hold()
	if err := c.send(nil); err != nil {
		return 0, err
	}
	c.fail = errUnfinished // stays if io.Copy panics
	n, err := io.Copy(c.w, r)
	c.count.Add(uint64(max(n, 0)))
	c.fail = err
	return n, err
}

// splices reports whether the client's connection has a method ReadFrom. With such a method, the kernel may move octets
// between connections without copying them through the program.
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

// release releases the lock, between two responses.
func (c *client) release() {
	if c.held {
		c.held = false
		c.mu.Unlock()
	}
}

// send writes what is buffered, and then b.
func (c *client) send(b []byte) error {
	for _, p := range [2][]byte{c.buf, b} {
		if len(p) > 0 {
			if _, err := c.write(p); err != nil {
				return err
			}
		}
	}
	if c.buf = c.buf[:0]; cap(c.buf) > 2*gather {
		c.buf = nil
	}
	return nil
}

// flush writes what is buffered. Only the goroutine that reads responses calls it.
func (c *client) flush() error {
	if !c.held {
		c.mu.Lock()
		defer c.mu.Unlock()
	}
	return c.send(nil)
}

// sendWhole writes whole responses of the proxy, between two responses of the back end.
func (c *client) sendWhole(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.send(b)
}
