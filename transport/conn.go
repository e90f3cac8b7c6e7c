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

// ErrInjected means that bytes in clear text came before the TLS handshake began. Somebody between the two ends put
// them there, so that they would be mistaken for what the server says under TLS (RFC 9051 §11.1). The connection must
// be closed, and nothing received on it may be believed.
var ErrInjected = errors.New("transport: clear text injected before TLS")

// Conn is a byte stream with deadlines. Every net.Conn is one. A process, which has no addresses, is one too.
//
// As with net.Conn, one goroutine may read while another writes. The deadlines and Close may be used at any time, also
// to end a Read or Write that waits. The zero time means no deadline. A Read that a deadline ends has taken nothing
// from the stream and may be repeated; its error matches os.ErrDeadlineExceeded, or is a net.Error whose Timeout method
// returns true. The layer says whether a Write may be repeated: TCP and processes tell how much they took; TLS and
// DEFLATE cannot go on.
type Conn interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}

// A Dialer makes connections. The context bounds only Dial, not the life of the connection. If the context ends first,
// the error matches context.Cause(ctx), and nothing stays open or keeps running.
type Dialer interface {
	Dial(ctx context.Context) (Conn, error)
}

// DialFunc makes a Dialer of a function, for any other way to a stream of bytes.
type DialFunc func(ctx context.Context) (Conn, error)

// Dial calls f.
func (f DialFunc) Dial(ctx context.Context) (Conn, error) { return f(ctx) }

// An Upgrade puts a layer on a connection. rest is what has already been read from c but belongs to the layer. The
// Upgrade does not keep it. It clears the deadlines of c. After an error c is of no more use, and the caller closes it.
// After success, closing the new connection closes c.
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
			c.Close()
			return nil, err
		}
		return up, nil
	})
}

// FromConn returns a Dialer that returns c, an existing connection, once. If c is a *tls.Conn, Dial does its handshake.
// The second Dial fails.
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
		return nil, errors.New("transport: the connection has been used already")
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

// below returns the connection under a layer, or nil. Other packages' layers take part if they have a method Unwrap()
// Conn, or NetConn() net.Conn as *tls.Conn does.
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

// BufferSize returns how many octets written to c can wait on the way until the other end reads them, if that is known.
// It is what a method BufferSize() int of c, or of a connection below it, says, and 0 for [net.Pipe]. Sockets hold more
// than 16 KiB. A layer needs room for more octets than are written to it.
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

// Secure reports whether secrets may be sent over c in clear: whether it is TLS, a Unix socket or a process, under any
// layers. A connection that is safe by other means, such as a tunnel, says so with a method Secure() bool, which is
// believed. TLS that does not verify certificates counts as secure, because the caller asked for that by name.
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

// failed makes the error of a dial or handshake. If ctx has ended, its cause comes before what the layer below made of
// it.
func failed(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		if cause := context.Cause(ctx); !errors.Is(err, cause) {
			return fmt.Errorf("transport: %s: %w (%w)", what, cause, err)
		}
	}
	return fmt.Errorf("transport: %s: %w", what, err)
}

// Abort closes c and everything below it without waiting. Close of a TLS connection waits up to 5 seconds for a peer
// that no longer reads, to send it a last alert. Abort is for connections that are known to be dead.
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
