package transport

import "crypto/tls"

// ErrNothing is the error of a Read that would have to wait, after Awaiter.Immediate. It is a net.Error whose Timeout
// method returns true, so layers take it for the end of a wait by a deadline: the Read may be repeated.
var ErrNothing error = nothing{}

type nothing struct{}

func (nothing) Error() string   { return "transport: there is nothing to read" }
func (nothing) Timeout() bool   { return true }
func (nothing) Temporary() bool { return true }

// An Awaiter is a connection that a program can wait for without memory to read into, and with few frames on the stack.
type Awaiter interface {
	// Immediate says whether a Read that would have to wait returns ErrNothing instead. It must not be called during a
	// Read.
	Immediate(on bool)
	// Await waits for octets or for the end of the connection, within the deadline of Read. Call it after a Read of the
	// topmost layer has returned ErrNothing: only then does no layer hold unread octets. After Await, Read has
	// something to read. A layer above may still return ErrNothing, if it needs more than that.
	Await() error
}

// Bottom returns the Awaiter below the layers of c, or nil. On Unix systems it finds a TCP connection that a Dialer of
// this package has made, below TLS and DEFLATE. It does not look through other layers, which may not expect ErrNothing.
func Bottom(c Conn) Awaiter {
	for {
		switch t := c.(type) {
		case Awaiter:
			return t
		case *deflated:
			c = t.conn
		case *tls.Conn:
			c = t.NetConn()
		case netConn:
			c = t.Conn
		default:
			return nil
		}
	}
}
