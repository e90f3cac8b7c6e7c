package commands_test

import (
	"io"
	"net"
	"testing"

	"github.com/imapstack/imapstack/transport"
)

// awaited says whether the connections that watched makes implement transport.Awaiter. On such connections, sessions
// wait without a buffer.
var awaited bool

// TestWatchAwaited runs the tests of Watch again with sessions that wait in Awaiter.Await, and not in a read.
func TestWatchAwaited(t *testing.T) {
	awaited = true
	defer func() { awaited = false }()
	for name, f := range map[string]func(*testing.T){
		"Restarts":     TestWatchRestarts,
		"Polls":        TestWatchPolls,
		"NoticesDeath": TestWatchNoticesDeath,
		"Bound":        TestWatchBound,
		"Ends":         TestWatchEnds,
	} {
		t.Run(name, f)
	}
}

// octetwise is a connection that implements transport.Awaiter, as TCP connections do. It returns one octet after each
// Await, so that the session calls Await again after each octet.
type octetwise struct {
	net.Conn
	now   bool
	ahead []byte
	err   error
}

func (c *octetwise) Immediate(on bool) { c.now = on }

func (c *octetwise) Await() error {
	if len(c.ahead) > 0 || c.err != nil {
		return nil
	}
	var b [1]byte
	n, err := c.Conn.Read(b[:])
	c.ahead = b[:n]
	if err == io.EOF {
		c.err, err = err, nil
	}
	return err
}

func (c *octetwise) Read(p []byte) (int, error) {
	switch {
	case len(c.ahead) > 0:
		n := copy(p, c.ahead)
		c.ahead = c.ahead[n:]
		return n, nil
	case c.err != nil:
		return 0, c.err
	case c.now:
		return 0, transport.ErrNothing
	}
	return c.Conn.Read(p)
}
