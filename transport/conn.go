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

// ErrInjected means that bytes in clear text came before a TLS handshake could begin. Somebody between
// the two ends put them there, so that they are taken for the server's words under TLS (RFC 9051 §11.1); the
// connection must be closed and nothing of it believed.
var ErrInjected = errors.New("transport: clear text injected before TLS")

// Conn is a byte stream with deadlines. Every net.Conn is one; a process, which has no addresses, is one too.
//
// As with net.Conn, one goroutine may read while another writes, and the deadlines and Close may be used at
// any time, also to end a Read or Write that waits. The zero time is no deadline. A Read that a deadline
// ends has taken nothing from the stream and may be repeated; its error matches os.ErrDeadlineExceeded or
// is a net.Error whose Timeout method returns true. The layer says whether a Write may be repeated:
// TCP and processes tell how much they took, TLS and DEFLATE cannot go on.
type Conn interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}

// A Dialer makes connections. The context bounds Dial alone, not the life of the connection; when it ends
// first, the error matches context.Cause(ctx), and nothing is left open or running.
type Dialer interface {
	Dial(ctx context.Context) (Conn, error)
}

// DialFunc is a function as a Dialer: any other way to a stream of bytes.
type DialFunc func(ctx context.Context) (Conn, error)

// Dial calls f.
func (f DialFunc) Dial(ctx context.Context) (Conn, error) { return f(ctx) }

// An Upgrade puts a layer on a connection. rest is what was read from c already but belongs to the layer; it
// is not kept. Deadlines that were set on c are cleared. After an error c is of no more use, and is the
// caller's to close; after success closing the new connection closes c.
type Upgrade func(ctx context.Context, c Conn, rest []byte) (Conn, error)

// Layer returns a Dialer that dials by d and puts u on the connection: TLS through a process, say, by
// Layer(Process("ssh", "-W", "host:993", "gate"), StartTLS(nil, "host")).
func Layer(d Dialer, u Upgrade) Dialer {
	return DialFunc(func(ctx context.Context) (Conn, error) {
		c, err := d.Dial(ctx)
		if err != nil {
			return nil, err
		}
		up, err := u(ctx, c, nil)
		if err != nil {
			c.Close()
			return nil, err
		}
		return up, nil
	})
}

// FromConn returns a Dialer that returns c, an existing connection, once. If c is a *tls.Conn its
// handshake is done by Dial. The second Dial fails.
func FromConn(c Conn) Dialer { return &given{conn: c} }

type given struct {
	conn Conn
	used atomic.Bool
}

func (g *given) Dial(ctx context.Context) (Conn, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("transport: %w", context.Cause(ctx))
	}
	if g.used.Swap(true) {
		return nil, errors.New("transport: the connection was used already")
	}
	if h, ok := g.conn.(interface{ HandshakeContext(context.Context) error }); ok {
		ctx, cancel := bound(ctx, defaultTimeout)
		defer cancel()
		if err := h.HandshakeContext(ctx); err != nil {
			g.conn.Close()
			return nil, failed(ctx, "tls", hungUp(err))
		}
	}
	return g.conn, nil
}

// below returns the connection under a layer, or nil. Other layers take part by a method
// Unwrap() Conn, or NetConn() net.Conn as *tls.Conn has it.
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

// BufferSize returns how many octets that are written to c wait on the way for a reader, if that is known: what a method BufferSize() int of c, or
// of what is below it, says, and 0 for [net.Pipe]. Sockets hold more than 16 KiB. A layer needs room for more octets than are
// written to it.
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

// ConnectionState returns the state of the TLS layer of c, for channel binding (RFC 9266, RFC 5929) and for
// display. It looks through the layers above TLS: those of this package, and others that have a method
// Unwrap() Conn or NetConn() net.Conn. It returns false if there is no TLS.
func ConnectionState(c Conn) (tls.ConnectionState, bool) {
	for ; c != nil; c = below(c) {
		if t, ok := c.(interface{ ConnectionState() tls.ConnectionState }); ok {
			return t.ConnectionState(), true
		}
	}
	return tls.ConnectionState{}, false
}

// Secure reports whether secrets may be sent over c in clear: it is TLS, a Unix socket or a process, at the
// bottom of whatever layers. A connection that is safe by other means, such as a tunnel, says
// so by a method Secure() bool, which is believed. TLS that was told not to verify counts as secure: the caller asked
// for it by name.
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

// failed makes an error of a dial or handshake: the reason why ctx ended, if it did, before what the layer
// below made of it.
func failed(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		if cause := context.Cause(ctx); !errors.Is(err, cause) {
			return fmt.Errorf("transport: %s: %w (%w)", what, cause, err)
		}
	}
	return fmt.Errorf("transport: %s: %w", what, err)
}

// Abort closes c and all that is below it, and does not wait: Close of TLS waits up to 5 seconds for a peer that takes nothing any more to
// take the alert that says so. It is for connections that are known to be dead.
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
