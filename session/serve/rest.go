package serve

import (
	"errors"
	"os"
	"time"

	"github.com/imapstack/imapstack/wire"
)

// The clients of most connections are silent, so what such a connection holds determines how much memory the server
// needs. Therefore the wait for a command has two parts. The first is short, and a command that arrives within it is
// read at once. After it the connection rests: it releases its buffers, and waits for one octet with as few stack
// frames as possible, so that the garbage collector can shrink the stack.

// shortWait is the duration of the first part.
var shortWait = 250 * time.Millisecond

// errResting ends the first part of the wait.
var errResting = errors.New("serve: the client is silent")

// rest is the second part. It returns when there is something to read, or to send.
func (c *Conn) rest() error {
	if !c.resting {
		return nil
	}
	c.resting = false
	c.in.Shrink()
	if c.out.Len() == 0 {
		c.out = *wire.NewEncoder(c.mode())
	}
	for {
		idling := c.pushes()
		c.mu.Lock()
		c.waiting, c.idling = true, idling
		t := c.deadline()
		if c.shuttingDown || idling && c.woken {
			t = past
		}
		c.nc.SetReadDeadline(t)
		c.timed = true
		nc := c.nc
		c.mu.Unlock()
		n, err := nc.Read(c.octet[:])
		c.readErr = err
		if done, err := c.endRest(n, err); done {
			return err
		}
	}
}

// endRest handles the end of a rest, and reports whether the rest is over.
func (c *Conn) endRest(n int, err error) (bool, error) {
	c.mu.Lock()
	woken, leaving := c.woken && c.idling, c.shuttingDown
	c.waiting, c.idling = false, false
	if woken {
		c.woken = false
	}
	c.mu.Unlock()
	switch {
	case n > 0:
		c.lastActive = time.Now()
		c.reader.rest = c.octet[:n]
		return true, nil
	case err == nil:
		return false, nil
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return true, c.sayWhyEnded(err)
	case leaving:
		return true, c.sayWhyEnded(errShutdown)
	case woken:
		c.readErr = nil
		if err := c.beforeCommand(); err != nil {
			return true, err
		}
		return false, nil
	}
	return true, c.sayWhyEnded(err)
}
