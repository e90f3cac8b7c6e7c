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

// tcpConn is a TCP connection that is an Awaiter. It also makes the system acknowledge received data without delay,
// unless the program writes between two reads.
//
// The system delays an acknowledgement for up to 40 ms, so that it can be sent together with data. Some servers, such
// as Cyrus and Courier, leave Nagle's algorithm on. If such a server receives two commands together, it sends its
// answer to the second only after its answer to the first has been acknowledged. With the delay, two commands sent
// together would take longer than two commands sent one after the other. A write between two reads also sends the
// acknowledgement.
type tcpConn struct {
	*net.TCPConn
	raw             syscall.RawConn
	take            func(fd uintptr) bool // the method takeAhead as a value, so that Await does not allocate one
	ahead           *ahead                // input that Await has read, or nil
	immediate       bool                  // set by Immediate
	mustAcknowledge atomic.Bool           // the next Read must acknowledge first, unless a Write comes before it
}

// An ahead has the input that Await has read. It comes from a pool, and is in use only while it has input.
type ahead struct {
	unread []byte
	n      int   // how many bytes Await has read into buf
	err    error // the error that follows these bytes
	buf    [1 << 10]byte
}

var aheads = sync.Pool{New: func() any { return new(ahead) }}

// wrapTCP returns c with the methods of tcpConn, if c is a TCP connection.
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
	if c.immediate {
		return 0, ErrNothing
	}
	if c.mustAcknowledge.Load() {
		c.raw.Control(acknowledge)
	}
	n, err := c.TCPConn.Read(p)
	c.mustAcknowledge.Store(acknowledges && n > 0 && n < len(p)) // if p is full, more data may follow at once
	return n, err
}

func (c *tcpConn) Write(p []byte) (int, error) {
	c.mustAcknowledge.Store(false)
	return c.TCPConn.Write(p)
}

// ReadFrom calls TCPConn.ReadFrom, in which the system may copy from one socket to another without passing the bytes
// through the program.
func (c *tcpConn) ReadFrom(r io.Reader) (int64, error) {
	c.mustAcknowledge.Store(false)
	return c.TCPConn.ReadFrom(r)
}

// WriteTo reads by c.Read. TCPConn.WriteTo would miss the input that Await has read.
func (c *tcpConn) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{c})
}

func (c *tcpConn) Immediate(on bool) { c.immediate = on }

func (c *tcpConn) Await() error {
	if c.ahead != nil {
		return nil
	}
	return c.raw.Read(c.take)
}

// takeAhead reads from the socket fd. It returns false if no input has arrived.
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

// readAhead returns input that Await has read.
func (c *tcpConn) readAhead(a *ahead, p []byte) (int, error) {
	n := copy(p, a.unread)
	if a.unread = a.unread[n:]; n > 0 && len(a.unread) > 0 || len(p) == 0 {
		return n, nil
	}
	if n == 0 && a.err != nil {
		return 0, a.err // every further Read returns the error too
	}
	if a.err == nil {
		clear(a.buf[:a.n])
		a.unread, c.ahead = nil, nil
		aheads.Put(a)
	}
	return n, nil
}

// NetConn returns the connection below c.
func (c *tcpConn) NetConn() net.Conn { return c.TCPConn }
