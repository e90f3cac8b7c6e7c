package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// ErrInjected reports that bytes in clear text arrived between the OK to STARTTLS and the TLS handshake. Somebody on
// the network may have inserted them, to make the client take them for responses that came under TLS (RFC 9051 §11.1).
// Close the connection, and do not trust anything that was received on it.
var ErrInjected = errors.New("transport: clear text injected before TLS")

// Conn is a byte stream with deadlines. Every net.Conn is a Conn. The connection to a process is a Conn too, although
// it has no addresses.
//
// As with net.Conn, one goroutine may read while another writes. The deadlines may be set, and Close may be called, at
// any time, also to end a Read or Write that waits. The zero time means no deadline. If a deadline ends a Read, no
// bytes are lost, and the Read may be repeated. The error then matches os.ErrDeadlineExceeded, or is a net.Error whose
// Timeout method returns true. If a deadline ends a Write, the layer decides whether the program can go on. TCP and
// processes return how many bytes they have taken. TLS and DEFLATE return an error from every later Write (see
// StartTLS and Deflate).
type Conn interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}

// A Dialer makes connections. The context bounds Dial, and not the life of the connection. If the context ends before
// Dial has succeeded, the error matches context.Cause(ctx), and Dial leaves no connection, process or goroutine behind.
type Dialer interface {
	Dial(ctx context.Context) (Conn, error)
}

// DialFunc is a Dialer that consists of a function. A program can use it for connections of its own.
type DialFunc func(ctx context.Context) (Conn, error)

// Dial calls f.
func (f DialFunc) Dial(ctx context.Context) (Conn, error) { return f(ctx) }

// An Upgrade puts a layer on a connection. The argument rest has the bytes that have already been read from c, but
// belong to the layer. The Upgrade does not keep rest. It clears the deadlines of c. After an error, c can no longer be
// used, and the caller must close it. After success, closing the new connection closes c.
type Upgrade func(ctx context.Context, c Conn, rest []byte) (Conn, error)

// Layer returns a Dialer that dials with d and puts u on the connection. For example, Layer(Process("ssh", "-W",
// "host:993", "gate"), StartTLS(nil, "host")) is TLS through a process.
func Layer(d Dialer, u Upgrade) Dialer {
	return DialFunc(func(ctx context.Context) (Conn, error) {
		c, err := d.Dial(ctx)
		if err != nil {
			return nil, err
		}
		up, err := u(ctx, c, nil)
		if err != nil {
			if ctx.Err() != nil {
				Abort(c) // because Close of a process waits until the program ends
			}
			c.Close()
			return nil, err
		}
		return up, nil
	})
}

// FromConn returns a Dialer whose Dial returns the existing connection c. If c is a *tls.Conn, Dial also performs its
// handshake. A second Dial fails.
func FromConn(c Conn) Dialer { return &existing{conn: c} }

type existing struct {
	conn Conn
	used atomic.Bool
}

func (g *existing) Dial(ctx context.Context) (Conn, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("transport: %w", context.Cause(ctx))
	}
	if g.used.Swap(true) {
		return nil, errors.New("transport: the connection has been used already")
	}
	if h, ok := g.conn.(handshaker); ok {
		ctx, cancel := withTimeout(ctx, defaultTimeout)
		defer cancel()
		if err := handshake(ctx, h, below(g.conn)); err != nil {
			g.conn.Close()
			return nil, dialError(ctx, "tls", explainEOF(err))
		}
	}
	return g.conn, nil
}

// below returns the connection under a layer, or nil. It knows the layers of other packages that have a method Unwrap()
// Conn, or a method NetConn() net.Conn as *tls.Conn has.
func below(c Conn) Conn {
	switch c := c.(type) {
	case interface{ Unwrap() Conn }:
		return c.Unwrap()
	case interface{ NetConn() net.Conn }:
		if n := c.NetConn(); n != nil {
			return n
		}
	}
	return nil
}

// BufferSize returns how many bytes can be written to c before the other end reads any, if that is known. If c, or a
// connection below it, has a method BufferSize() int, BufferSize returns the result of that method. For the connections
// of [net.Pipe], the size is 0. If c is a layer over a connection of known size, BufferSize returns an eighth of that
// size, because a layer writes more bytes than are written to it. The size of a socket's buffer is not known. It is
// usually more than 16 KiB.
func BufferSize(c Conn) (n int, known bool) {
	for over := 1; c != nil; c, over = below(c), 8 {
		switch t := c.(type) {
		case interface{ BufferSize() int }:
			return t.BufferSize() / over, true
		case interface{ LocalAddr() net.Addr }:
			if a := t.LocalAddr(); a != nil && a.Network() == "pipe" && below(c) == nil {
				return 0, true
			}
		}
	}
	return 0, false
}

// ConnectionState returns the state of the TLS layer of c, for channel binding (RFC 9266, RFC 5929) and for display. It
// looks through the layers above TLS: those of this package, and others that have a method Unwrap() Conn or NetConn()
// net.Conn. It returns false if c has no TLS layer.
func ConnectionState(c Conn) (tls.ConnectionState, bool) {
	for ; c != nil; c = below(c) {
		if t, ok := c.(interface{ ConnectionState() tls.ConnectionState }); ok {
			return t.ConnectionState(), true
		}
	}
	return tls.ConnectionState{}, false
}

// Secure reports whether secrets may be sent over c without further protection. It returns true if c, or a connection
// below it, is TLS, a Unix socket or a process. If a connection has a method Secure() bool, Secure returns the result
// of that method. The method is for connections that are safe by other means, such as tunnels. TLS without verification
// of certificates counts as secure, because the caller has chosen it explicitly.
func Secure(c Conn) bool {
	for ; c != nil; c = below(c) {
		switch t := c.(type) {
		case interface{ Secure() bool }:
			return t.Secure()
		case interface{ ConnectionState() tls.ConnectionState }:
			return true
		case *net.UnixConn:
			return true
		}
	}
	return false
}

// dialError returns the error of a dial or handshake that failed with err. If ctx has ended, the error wraps both the
// cause of ctx and err.
func dialError(ctx context.Context, what string, err error) error {
	if d, ok := ctx.Deadline(); ok && isTimeout(err) && !time.Now().Before(d) {
		// A net.Dialer sets the deadline of ctx on the socket too. The socket may time out some microseconds before ctx
		// ends.
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		if cause := context.Cause(ctx); !errors.Is(err, cause) {
			return fmt.Errorf("transport: %s: %w (%w)", what, cause, err)
		}
	}
	return fmt.Errorf("transport: %s: %w", what, err)
}

// Abort closes c and all connections below it without waiting. It is for connections whose other end no longer
// responds. Close of a TLS connection, by contrast, sends a last alert, and waits up to 5 seconds if the other end does
// not read.
func Abort(c Conn) error {
	b := below(c)
	if b == nil {
		if a, ok := c.(interface{ Abort() error }); ok {
			return a.Abort()
		}
		return c.Close()
	}
	err := Abort(b)
	c.Close()
	return err
}
