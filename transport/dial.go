package transport

import (
	"context"
	"fmt"
	"net"
	"time"
)

// defaultTimeout bounds a dial or handshake for which no other time is set.
const defaultTimeout = 30 * time.Second

// An Option changes how the Dialers of TCP and TLS connect.
type Option func(*options)

type options struct {
	dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	timeout time.Duration
}

func newOptions(opts []Option) options {
	o := options{timeout: defaultTimeout}
	for _, f := range opts {
		f(&o)
	}
	if o.dial == nil {
		// The zero net.Dialer races IPv6 and IPv4 (RFC 8305) and turns TCP keep-alive on.
		o.dial = new(net.Dialer).DialContext
	}
	return o
}

// DialContext makes a Dialer call f to connect, instead of using a net.Dialer. f may connect through a SOCKS or HTTP
// proxy, or through an SSH client. It may also be the DialContext method of a net.Dialer with other settings. The
// Dialer calls f with the network "tcp" and an address of host and port. f must return when its context ends.
func DialContext(f func(ctx context.Context, network, addr string) (net.Conn, error)) Option {
	return func(o *options) { o.dial = f }
}

// Timeout bounds a Dial, from the name look-up to the end of the TLS handshake, in addition to its context. The default
// is 30 seconds. With 0 or less, only the context bounds the Dial.
func Timeout(d time.Duration) Option {
	return func(o *options) { o.timeout = d }
}

// withTimeout returns a context that ends when ctx ends, and after d at the latest.
func withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, d, lateError(d))
}

// A lateError reports that a dial or handshake has taken longer than the duration that is its value.
type lateError time.Duration

func (d lateError) Error() string {
	return fmt.Sprintf("no answer within %v: %v", time.Duration(d), context.DeadlineExceeded)
}

func (lateError) Unwrap() error { return context.DeadlineExceeded }

// TCP returns a Dialer for a plain TCP connection to addr, a host with or without a port. The default port is 143. The
// connection is not secure: see StartTLS and TLS. Keep-alive is on.
//
// The error wraps its cause, such as a *net.DNSError, syscall.ECONNREFUSED or context.DeadlineExceeded.
func TCP(addr string, opts ...Option) Dialer {
	o := newOptions(opts)
	full := withPort(addr, "143")
	return dialed{func(ctx context.Context) (Conn, error) {
		ctx, cancel := withTimeout(ctx, o.timeout)
		defer cancel()
		c, err := o.connect(ctx, full)
		if err != nil {
			return nil, err
		}
		return c, nil
	}, full}
}

func (o *options) connect(ctx context.Context, addr string) (net.Conn, error) {
	if ctx.Err() != nil {
		return nil, dialError(ctx, "dial "+addr, context.Cause(ctx))
	}
	c, err := o.dial(ctx, "tcp", addr)
	if err != nil {
		return nil, dialError(ctx, "dial "+addr, err)
	}
	return wrapTCP(c), nil
}

// Unix returns a Dialer for the Unix stream socket at path. Secure returns true for its connections.
func Unix(path string) Dialer {
	return DialFunc(func(ctx context.Context) (Conn, error) {
		ctx, cancel := withTimeout(ctx, defaultTimeout)
		defer cancel()
		c, err := new(net.Dialer).DialContext(ctx, "unix", path)
		if err != nil {
			return nil, dialError(ctx, "dial "+path, err)
		}
		return c, nil
	})
}

// withPort adds port to an address that has no port.
func withPort(addr, port string) string {
	host, p := splitPort(addr)
	if p == "" {
		p = port
	}
	return net.JoinHostPort(host, p)
}

// splitPort splits an address into host and port, either of which may be missing, and removes the brackets of an IPv6
// address.
func splitPort(addr string) (host, port string) {
	if h, p, err := net.SplitHostPort(addr); err == nil {
		return h, p
	}
	if n := len(addr); n >= 2 && addr[0] == '[' && addr[n-1] == ']' {
		return addr[1 : n-1], ""
	}
	return addr, ""
}
