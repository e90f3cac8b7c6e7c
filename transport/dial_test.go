package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestDefaultPorts(t *testing.T) {
	for _, c := range []struct{ addr, tcp, tls string }{
		{"imap.example.org", "imap.example.org:143", "imap.example.org:993"},
		{"imap.example.org:1143", "imap.example.org:1143", "imap.example.org:1143"},
		{"imap.example.org:", "imap.example.org:143", "imap.example.org:993"},
		{"192.0.2.1", "192.0.2.1:143", "192.0.2.1:993"},
		{"2001:db8::1", "[2001:db8::1]:143", "[2001:db8::1]:993"},
		{"[2001:db8::1]", "[2001:db8::1]:143", "[2001:db8::1]:993"},
		{"[2001:db8::1]:9", "[2001:db8::1]:9", "[2001:db8::1]:9"},
		{"imap.example.org:imaps", "imap.example.org:imaps", "imap.example.org:imaps"},
	} {
		stop := errors.New("stop")
		var got string
		opt := DialContext(func(_ context.Context, network, addr string) (net.Conn, error) {
			got = network + " " + addr
			return nil, stop
		})
		if _, err := TCP(c.addr, opt).Dial(t.Context()); !errors.Is(err, stop) || got != "tcp "+c.tcp {
			t.Errorf("TCP(%q) dials %q: %v", c.addr, got, err)
		}
		if _, err := TLS(c.addr, nil, opt).Dial(t.Context()); !errors.Is(err, stop) || got != "tcp "+c.tls {
			t.Errorf("TLS(%q) dials %q: %v", c.addr, got, err)
		}
	}
}

// The argument of DialContext connects through a proxy. TLS then verifies the name of the server, not of the proxy.
func TestDialContext(t *testing.T) {
	a := newAuthority(t)
	server := a.server(t, time.Now().Add(time.Hour), "imap.example.org")
	l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { tlsEcho(c, server) })
	proxy := DialContext(func(ctx context.Context, network, addr string) (net.Conn, error) {
		if network != "tcp" || addr != "imap.example.org:993" {
			t.Errorf("the proxy is asked for %s %s, want tcp imap.example.org:993", network, addr)
		}
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	})
	c, err := TLS("imap.example.org", a.client(), proxy).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	chat(t, c, "a NOOP\r\n")
	c.Close()
}

func TestTCP(t *testing.T) {
	l := listen(t, "tcp", "127.0.0.1:0", echo)
	c, err := TCP(l.Addr().String()).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	chat(t, c, "a NOOP\r\n")
	if n, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = n.NetConn() // on Unix, c is a tcpConn, which wraps a *net.TCPConn
	}
	if _, ok := c.(*net.TCPConn); !ok || Secure(c) {
		t.Errorf("%T, secure: %v", c, Secure(c))
	}
	if _, ok := ConnectionState(c); ok {
		t.Error("ConnectionState reports TLS for a TCP connection")
	}
}

func TestDialErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	l.Close()
	nobody := DialContext((&net.Dialer{Resolver: &net.Resolver{
		PreferGo: true,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("this resolver reaches no name server")
		},
	}}).DialContext)
	for what, d := range map[string]Dialer{"TCP": TCP(closed), "TLS": TLS(closed, nil)} {
		_, err := d.Dial(t.Context())
		if !errors.Is(err, syscall.ECONNREFUSED) || !strings.HasPrefix(err.Error(), "transport: dial "+closed) {
			t.Errorf("%s refused: %v", what, err)
		}
	}
	var dns *net.DNSError
	for what, d := range map[string]Dialer{
		"TCP": TCP("imap.example.invalid", nobody), "TLS": TLS("imap.example.invalid", nil, nobody),
	} {
		if _, err := d.Dial(t.Context()); !errors.As(err, &dns) || dns.Name != "imap.example.invalid" {
			t.Errorf("%s without DNS: %v", what, err)
		}
	}
	missing := filepath.Join(t.TempDir(), "none")
	if _, err := Unix(missing).Dial(t.Context()); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "transport: dial "+missing) {
		t.Errorf("no socket: %v", err)
	}
}

// A lateContext is a context whose deadline has passed, but which ends only when done is closed.
type lateContext struct {
	context.Context
	done chan struct{}
}

func (lateContext) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }
func (c lateContext) Done() <-chan struct{}     { return c.done }
func (c lateContext) Err() error {
	select {
	case <-c.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// The socket has the deadline of the context too. If the socket reaches it a little earlier than the context, the error
// of the dial must still match the cause with which the context then ends.
func TestDialDeadlineOfSocketIsEarlier(t *testing.T) {
	ctx := lateContext{t.Context(), make(chan struct{})}
	early := DialContext(func(context.Context, string, string) (net.Conn, error) {
		time.AfterFunc(time.Millisecond, func() { close(ctx.done) })
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	})
	if _, err := TCP("h", early, Timeout(0)).Dial(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the error is %v, want one that matches context.DeadlineExceeded and os.ErrDeadlineExceeded", err)
	}
}

// Dial ends when its context ends, and the error then matches the cause of the context. Dial also ends after its
// timeout.
func TestDialEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("why")
		stuck := DialContext(func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		mute := DialContext(func(ctx context.Context, _, _ string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				defer far.Close()
				for {
					if _, err := far.Read(make([]byte, 100)); err != nil {
						return
					}
				}
			}()
			return near, nil
		})
		for what, dial := range map[string]func(...Option) Dialer{
			"TCP":                func(o ...Option) Dialer { return TCP("h", append(o, stuck)...) },
			"TLS":                func(o ...Option) Dialer { return TLS("h", nil, append(o, stuck)...) },
			"TLS, silent server": func(o ...Option) Dialer { return TLS("h", nil, append(o, mute)...) },
		} {
			for _, c := range []struct {
				opts []Option
				ctx  func() (context.Context, context.CancelFunc)
				want error
				took time.Duration
			}{
				{nil, func() (context.Context, context.CancelFunc) {
					ctx, cancel := context.WithCancelCause(t.Context())
					time.AfterFunc(time.Second, func() { cancel(why) })
					return ctx, func() { cancel(nil) }
				}, why, time.Second},
				{nil, func() (context.Context, context.CancelFunc) {
					return context.WithTimeout(t.Context(), time.Second)
				}, context.DeadlineExceeded, time.Second},
				{nil, func() (context.Context, context.CancelFunc) { return t.Context(), func() {} },
					context.DeadlineExceeded, defaultTimeout},
				{[]Option{Timeout(time.Minute)}, func() (context.Context, context.CancelFunc) { return t.Context(), func() {} },
					context.DeadlineExceeded, time.Minute},
				{[]Option{Timeout(0)}, func() (context.Context, context.CancelFunc) {
					return context.WithTimeout(t.Context(), time.Hour)
				}, context.DeadlineExceeded, time.Hour},
			} {
				began := time.Now()
				ctx, cancel := c.ctx()
				_, err := dial(c.opts...).Dial(ctx)
				cancel()
				if took := time.Since(began); !errors.Is(err, c.want) || took != c.took || !strings.HasPrefix(err.Error(), "transport: dial h:") {
					t.Errorf("%s: %v after %v; want %v after %v", what, err, took, c.want, c.took)
				}
			}
		}
	})
}

func TestUnix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	listen(t, "unix", path, echo)
	c, err := Unix(path).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	chat(t, c, "a NOOP\r\n")
	if !Secure(c) {
		t.Error("Secure() = false for a Unix socket")
	}
}

func TestFromConn(t *testing.T) {
	a := newAuthority(t)
	l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { tlsEcho(c, a.good(t)) })
	raw, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	cfg := a.client()
	cfg.ServerName = "localhost"
	given := tls.Client(raw, cfg)
	d := FromConn(given)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Dial(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
	c, err := d.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if state, ok := ConnectionState(c); c != Conn(given) || !ok || !state.HandshakeComplete {
		t.Errorf("%T, %v", c, state)
	}
	if _, err := d.Dial(t.Context()); err == nil {
		t.Error("FromConn: the second Dial returns no error")
	}
	raw, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	cfg.ServerName = "imap.example.org"
	var verify *tls.CertificateVerificationError
	if _, err := FromConn(tls.Client(raw, cfg)).Dial(t.Context()); !errors.As(err, &verify) {
		t.Errorf("a certificate for another name: %v, want a CertificateVerificationError", err)
	}
}

// A closeCounter counts calls of Close.
type closeCounter struct {
	Conn
	n int
}

func (c *closeCounter) Close() error {
	c.n++
	return nil
}

// wrapped stands for a layer of another package.
type wrapped struct{ Conn }

func (w wrapped) Unwrap() Conn { return w.Conn }

// withSecure stands for a connection of another package that has a method Secure.
type withSecure struct {
	Conn
	secure bool
}

func (s withSecure) Secure() bool { return s.secure }

func TestLayer(t *testing.T) {
	why := errors.New("why")
	c := &closeCounter{Conn: &script{}}
	failing := func(context.Context, Conn, []byte) (Conn, error) { return nil, why }
	if _, err := Layer(FromConn(c), failing).Dial(t.Context()); err != why || c.n != 1 {
		t.Errorf("an Upgrade that fails: %v, closed %d times; want %v, once", err, c.n, why)
	}
	if _, err := Layer(DialFunc(func(context.Context) (Conn, error) { return nil, why }), failing).Dial(t.Context()); err != why {
		t.Error(err)
	}
}

func TestSecure(t *testing.T) {
	plain, other := net.Pipe()
	defer other.Close()
	over := tls.Client(plain, &tls.Config{ServerName: "h"})
	for _, c := range []struct {
		name   string
		conn   Conn
		secure bool
		tls    bool
	}{
		{"nil", nil, false, false},
		{"pipe", plain, false, false},
		{"TLS", over, true, true},
		{"DEFLATE over TLS", deflate(t, over, nil), true, true},
		{"DEFLATE", deflate(t, plain, nil), false, false},
		{"foreign layer over TLS", wrapped{wrapped{over}}, true, true},
		{"DEFLATE over foreign layer over TLS", deflate(t, wrapped{over}, nil), true, true},
		{"foreign connection that hides TLS", streamOnly{over}, false, false},
		{"foreign connection with Secure() = true", withSecure{plain, true}, true, false},
		{"DEFLATE over foreign connection with Secure() = true", deflate(t, withSecure{plain, true}, nil), true, false},
		{"foreign connection with Secure() = false, over TLS", withSecure{over, false}, false, false},
		{"as net.Conn", NetConn(withSecure{plain, true}), true, false},
	} {
		if got := Secure(c.conn); got != c.secure {
			t.Errorf("%s: Secure() = %v, want %v", c.name, got, c.secure)
		}
		if _, got := ConnectionState(c.conn); got != c.tls {
			t.Errorf("%s: ConnectionState reports TLS: %v, want %v", c.name, got, c.tls)
		}
	}
}

func TestNetConn(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	if NetConn(near) != near {
		t.Error("NetConn wraps a net.Conn")
	}
	c := NetConn(streamOnly{near})
	if c.LocalAddr().Network() != "stream" || c.RemoteAddr().String() != "stream" {
		t.Errorf("the addresses are %v and %v, want \"stream\"", c.LocalAddr(), c.RemoteAddr())
	}
	if err := c.SetDeadline(time.Unix(1, 0)); err != nil {
		t.Error(err)
	}
	_, rerr := c.Read(make([]byte, 1))
	_, werr := c.Write(make([]byte, 1))
	for _, err := range []error{rerr, werr} {
		var n interface {
			net.Error
			Temporary() bool
		}
		if !errors.As(err, &n) || !n.Timeout() || !n.Temporary() || !errors.Is(err, os.ErrDeadlineExceeded) ||
			!strings.HasPrefix(err.Error(), "transport: ") {
			t.Error(err)
		}
	}
	c.Close()
}
