package serve

import (
	"errors"
	"os"
	"time"

	"github.com/imapstack/imapstack/wire"
)

// Most connections are silent most of the time, and they take most of the server's memory. Therefore a connection waits
// for a command in two steps. In the first step, which lasts for shortWait, it keeps its buffers and reads a command as
// soon as it arrives. After that the connection rests: it releases its buffers, and waits for one octet with as few
// stack frames as possible, so that the garbage collector can shrink the stack.

// shortWait is the duration of the first step.
var shortWait = 250 * time.Millisecond

// errResting ends the first step if no input has arrived.
var errResting = errors.New("serve: the client is silent")

// rest does the second step: it waits for one octet. It returns when input has arrived or the connection must end. If
// a command arrived in the first step, rest does nothing.
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
		if n > 0 {
			err = nil // as in connReader.Read
		}
		c.readErr = err
		if done, err := c.endRest(n, err); done {
			return err
		}
	}
}

// endRest handles the result of a read by rest, and reports whether rest must return.
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
