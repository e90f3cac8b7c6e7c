//go:build unix

package transport

import (
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// tcpConn is a TCP connection that can wait without memory to read into (see Awaiter). It acknowledges at once what it
// has read, unless something is written before the next read.
//
// The system would delay an acknowledgement for up to 40 ms, because there might be something to send with it. A server
// that leaves Nagle's algorithm on, as Cyrus and Courier do, sends the answer to the second of two commands only when
// the answer to the first has been acknowledged. So two commands sent together would take longer than one after the
// other. A write between two reads acknowledges as well.
type tcpConn struct {
	*net.TCPConn
	raw   syscall.RawConn
	take  func(fd uintptr) bool // takeAhead, made once, so that waiting allocates nothing
	ahead *ahead                // what Await has read
	now   bool                  // see Awaiter
	owed  atomic.Bool           // an acknowledgement is due, if nothing is written before the next read
}

// An ahead holds what came while a connection was waited for. It is borrowed only when something is there.
type ahead struct {
	unread []byte
	n      int   // octets in buf
	err    error // after them
	buf    [1 << 10]byte
}

var aheads = sync.Pool{New: func() any { return new(ahead) }}

// wrapTCP returns c with the methods of tcpConn, if it is a TCP connection.
func wrapTCP(c net.Conn) net.Conn {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return c
	}
	raw, err := t.SyscallConn()
	if err != nil {
		return c
	}
	x := &tcpConn{TCPConn: t, raw: raw}
	x.take = x.takeAhead
	return x
}

func (c *tcpConn) Read(p []byte) (int, error) {
	if a := c.ahead; a != nil {
		return c.readAhead(a, p)
	}
	if c.now {
		return 0, ErrNothing
	}
	if c.owed.Load() {
		c.raw.Control(acknowledge)
	}
	n, err := c.TCPConn.Read(p)
	c.owed.Store(acknowledges && n > 0 && n < len(p)) // otherwise there is more, or nothing
	return n, err
}

func (c *tcpConn) Write(p []byte) (int, error) {
	c.owed.Store(false)
	return c.TCPConn.Write(p)
}

// ReadFrom is TCPConn's, with which the system may copy octets that the program never holds.
func (c *tcpConn) ReadFrom(r io.Reader) (int64, error) {
	c.owed.Store(false)
	return c.TCPConn.ReadFrom(r)
}

// WriteTo reads by Read, and not by TCPConn's own WriteTo, which knows nothing of what Await has read.
func (c *tcpConn) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{c})
}

func (c *tcpConn) Immediate(on bool) { c.now = on }

func (c *tcpConn) Await() error {
	if c.ahead != nil {
		return nil
	}
	return c.raw.Read(c.take)
}

// takeAhead reads if there is something to read.
func (c *tcpConn) takeAhead(fd uintptr) bool {
	a := aheads.Get().(*ahead)
	n, err := syscall.Read(int(fd), a.buf[:])
	for err == syscall.EINTR {
		n, err = syscall.Read(int(fd), a.buf[:])
	}
	switch {
	case err == syscall.EAGAIN:
		aheads.Put(a)
		return false
	case err != nil:
		n, a.err = 0, &net.OpError{Op: "read", Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: os.NewSyscallError("read", err)}
	case n == 0:
		a.err = io.EOF
	}
	a.unread, a.n = a.buf[:n], n
	c.ahead = a
	return true
}

// readAhead reads what Await has read.
func (c *tcpConn) readAhead(a *ahead, p []byte) (int, error) {
	n := copy(p, a.unread)
	if a.unread = a.unread[n:]; n > 0 && len(a.unread) > 0 || len(p) == 0 {
		return n, nil
	}
	if n == 0 && a.err != nil {
		return 0, a.err // each time
	}
	if a.err == nil {
		clear(a.buf[:a.n])
		a.unread, c.ahead = nil, nil
		aheads.Put(a)
	}
	return n, nil
}

// NetConn returns the connection below.
func (c *tcpConn) NetConn() net.Conn { return c.TCPConn }
