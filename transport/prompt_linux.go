package transport

import (
	"net"
	"syscall"
)

// prompt is a TCP connection that acknowledges at once what has been read. The system would wait up to 40 ms for something to send along with
// it; and a server that leaves Nagle's algorithm on, as Cyrus and Courier do, sends the answer to the second of two commands only when that to
// the first has been acknowledged: two commands sent together would take longer than one after the other.
type prompt struct {
	*net.TCPConn
	raw syscall.RawConn
	ack func(fd uintptr) // made once, so that reading allocates nothing
}

// prompted returns c as a connection that acknowledges at once, if it is one of TCP's own.
func prompted(c net.Conn) net.Conn {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return c
	}
	raw, err := t.SyscallConn()
	if err != nil {
		return c
	}
	return &prompt{t, raw, func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1) }}
}

// Read acknowledges what came when nothing more is there: the option does not last, and says itself what is due.
func (c *prompt) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	if n > 0 && n < len(p) {
		c.raw.Control(c.ack)
	}
	return n, err
}

// NetConn returns the connection below.
func (c *prompt) NetConn() net.Conn { return c.TCPConn }
