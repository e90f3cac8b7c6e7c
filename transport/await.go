package transport

import "crypto/tls"

// ErrNothing is the error of a Read that has nothing to return after a call of Immediate(true) on the Awaiter. It is a
// net.Error whose Timeout method returns true, so layers treat it like the error of a deadline, and the Read may be
// repeated.
var ErrNothing error = nothing{}

type nothing struct{}

func (nothing) Error() string   { return "transport: there is nothing to read" }
func (nothing) Timeout() bool   { return true }
func (nothing) Temporary() bool { return true }

// An Awaiter is a connection on which a program can wait for input without a buffer, and with little stack.
type Awaiter interface {
	// If on is true, Read does not wait: it returns the input that Await has read, or ErrNothing if there is none.
	// Immediate must not be called during a Read.
	Immediate(on bool)
	// Await waits for input or the end of the connection, until the read deadline. Call it after a Read of the topmost
	// layer has returned ErrNothing. Before that, a layer may have unread bytes. After Await has returned nil, Read of
	// this connection has something to return. Read of a layer above, such as TLS, may still return ErrNothing if the
	// layer needs more bytes than have arrived.
	Await() error
}

// Bottom returns the Awaiter below the layers of c, or nil. On Unix systems, the TCP connections that the Dialers of
// this package make are Awaiters. Bottom looks through TLS, DEFLATE and NetConn. It does not look through other layers,
// because these may not expect ErrNothing.
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
