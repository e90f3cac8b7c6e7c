package transport

import (
	"net"
	"syscall"
)

// prompt is a TCP connection that acknowledges at once what has been read. Without it the system waits up to 40 ms for
// something to send along with the acknowledgement. A server that leaves Nagle's algorithm on, as Cyrus and Courier do,
// sends the answer to the second of two commands only after the first answer has been acknowledged. Two commands sent
// together would then take longer than one after the other.
type prompt struct {
	*net.TCPConn
	raw syscall.RawConn
	ack func(fd uintptr) // made once, so that reading does not allocate
}

// prompted returns c as a connection that acknowledges at once, if it is a *net.TCPConn.
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

// Read acknowledges what it received if nothing more is waiting. The option does not last, and setting it acknowledges
// at once.
func (c *prompt) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	if n > 0 && n < len(p) {
		c.raw.Control(c.ack)
	}
	return n, err
}

// NetConn returns the connection below.
func (c *prompt) NetConn() net.Conn { return c.TCPConn }
