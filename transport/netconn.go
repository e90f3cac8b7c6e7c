package transport

import (
	"errors"
	"net"
	"time"
)

// NetConn returns c as a net.Conn, for crypto/tls and other packages that require one. If c is a net.Conn, NetConn
// returns c itself. Otherwise NetConn returns a wrapper of c. The methods Network and String of its addresses return
// "stream". Its deadline errors implement net.Error.
func NetConn(c Conn) net.Conn {
	if n, ok := c.(net.Conn); ok {
		return n
	}
	return netConn{c}
}

// netConn makes a net.Conn of a Conn.
type netConn struct{ Conn }

type streamAddr struct{}

func (streamAddr) Network() string { return "stream" }
func (streamAddr) String() string  { return "stream" }

func (netConn) LocalAddr() net.Addr  { return streamAddr{} }
func (netConn) RemoteAddr() net.Addr { return streamAddr{} }

// Unwrap lets Secure and ConnectionState look through c.
func (n netConn) Unwrap() Conn { return n.Conn }

func (n netConn) SetDeadline(t time.Time) error {
	return errors.Join(n.Conn.SetReadDeadline(t), n.Conn.SetWriteDeadline(t))
}

func (n netConn) Read(p []byte) (int, error) {
	k, err := n.Conn.Read(p)
	return k, asNetError("read", err)
}

func (n netConn) Write(p []byte) (int, error) {
	k, err := n.Conn.Write(p)
	return k, asNetError("write", err)
}

// asNetError turns a deadline error into a net.Error. After such an error of a read, crypto/tls can continue; it keeps
// any other error and returns it from all later reads.
func asNetError(op string, err error) error {
	if err == nil || !isTimeout(err) {
		return err
	}
	return &cutError{op: op, err: err}
}

// A cutError reports that a deadline ended a Read or Write.
type cutError struct {
	op  string
	err error
}

func (e *cutError) Error() string   { return "transport: " + e.op + ": " + e.err.Error() }
func (e *cutError) Unwrap() error   { return e.err }
func (e *cutError) Timeout() bool   { return true }
func (e *cutError) Temporary() bool { return true }

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
