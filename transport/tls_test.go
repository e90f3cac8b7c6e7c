package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

// tlsEcho is a TLS server that sends back all bytes that it receives.
func tlsEcho(c net.Conn, cfg *tls.Config) {
	t := tls.Server(c, cfg)
	io.Copy(t, t)
}

// startTLS dials without TLS and then adds TLS, with the host of addr as the server's name.
func startTLS(addr string, cfg *tls.Config) Dialer {
	host, _, _ := net.SplitHostPort(addr)
	return Layer(TCP(addr), StartTLS(cfg, host))
}

// bothPaths has the two ways to make a TLS connection. Both must make the same checks.
var bothPaths = map[string]func(addr string, cfg *tls.Config) Dialer{
	"TLS":      func(addr string, cfg *tls.Config) Dialer { return TLS(addr, cfg) },
	"StartTLS": startTLS,
}

func port(l net.Listener) string {
	_, p, _ := net.SplitHostPort(l.Addr().String())
	return p
}

func TestTLS(t *testing.T) {
	a := newAuthority(t)
	names := make(chan string, 10)
	cfg := a.good(t)
	cfg.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		names <- h.ServerName
		return nil, nil
	}
	l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { tlsEcho(c, cfg) })
	for path, dial := range bothPaths {
		for host, sni := range map[string]string{"localhost": "localhost", "127.0.0.1": ""} {
			mine := a.client()
			c, err := dial(host+":"+port(l), mine).Dial(t.Context())
			if err != nil {
				t.Fatalf("%s: Dial of %s: %v", path, host, err)
			}
			chat(t, c, "a NOOP\r\n")
			state, ok := ConnectionState(c)
			if _, isTLS := c.(*tls.Conn); !isTLS || !ok || !state.HandshakeComplete || len(state.VerifiedChains) == 0 ||
				state.NegotiatedProtocol != "imap" || state.Version < tls.VersionTLS12 || !Secure(c) {
				t.Errorf("%s %s: %T %+v", path, host, c, state)
			}
			if got := <-names; got != sni {
				t.Errorf("%s %s: SNI is %q, want %q", path, host, got, sni)
			}
			if mine.ServerName != "" || mine.NextProtos != nil || mine.MinVersion != 0 {
				t.Errorf("%s %s: the caller's configuration was changed", path, host)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// The connection uses the settings of the tls.Config.
func TestTLSConfig(t *testing.T) {
	a := newAuthority(t)
	server := a.server(t, time.Now().Add(time.Hour), "other.example.org")
	l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { tlsEcho(c, server) })
	for path, dial := range bothPaths {
		cfg := a.client()
		cfg.ServerName = "other.example.org"
		cfg.NextProtos = []string{}
		c, err := dial(l.Addr().String(), cfg).Dial(t.Context())
		if err != nil {
			t.Fatalf("%s: Dial with another ServerName: %v", path, err)
		}
		if state, _ := ConnectionState(c); state.NegotiatedProtocol != "" {
			t.Errorf("%s: ALPN has chosen %q, want none", path, state.NegotiatedProtocol)
		}
		c.Close()
		c, err = dial(l.Addr().String(), &tls.Config{InsecureSkipVerify: true}).Dial(t.Context())
		if err != nil {
			t.Fatalf("%s: Dial with InsecureSkipVerify: %v", path, err)
		}
		c.Close()
	}
	if _, err := StartTLS(nil, "")(t.Context(), &script{}, nil); err == nil {
		t.Error("StartTLS without a server name returns no error")
	}
}

func TestTLSVerifies(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	old := a.good(t)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	var (
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
		verify  *tls.CertificateVerificationError
	)
	for _, c := range []struct {
		what string
		cfg  *tls.Config
		as   []any
	}{
		{"another's name", a.server(t, time.Now().Add(time.Hour), "imap.example.org"), []any{&name, &verify}},
		{"expired", a.server(t, time.Now().Add(-time.Hour), "localhost"), []any{&invalid, &verify}},
		{"unknown authority", stranger.good(t), []any{&unknown, &verify}},
		{"TLS 1.1", old, []any{new(*net.OpError)}},
	} {
		l := listen(t, "tcp", "127.0.0.1:0", func(conn net.Conn) { tlsEcho(conn, c.cfg) })
		for path, dial := range bothPaths {
			conn, err := dial("localhost:"+port(l), a.client()).Dial(t.Context())
			if conn != nil || err == nil || !strings.HasPrefix(err.Error(), "transport: ") {
				t.Errorf("%s, %s: %v, want an error of this package", c.what, path, err)
			}
			for _, as := range c.as {
				if !errors.As(err, as) {
					t.Errorf("%s, %s: %v is not a %T", c.what, path, err, as)
				}
			}
			if errors.Is(err, ErrInjected) {
				t.Errorf("%s, %s: %v, which must not be ErrInjected", c.what, path, err)
			}
		}
	}
}

// If the server sends clear text on the TLS port, the error says so. It is not the error for a bad certificate.
func TestTLSOnPlainPort(t *testing.T) {
	l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
		io.WriteString(c, "* OK ready\r\n")
		io.Copy(io.Discard, c)
	})
	_, err := TLS(l.Addr().String(), nil).Dial(t.Context())
	var header tls.RecordHeaderError
	if !errors.As(err, &header) || !strings.Contains(err.Error(), "does not speak TLS") {
		t.Error(err)
	}
}

// Clear text after the OK is an ErrInjected, whether it arrives together with the OK or later.
func TestStartTLSInjected(t *testing.T) {
	a := newAuthority(t)
	for _, tail := range []string{"B OK done\r\n", "* PREAUTH\r\n", "* CAPABILITY IMAP4rev1 AUTH=PLA", "x", "\r\n", "\x16"} {
		s := &script{in: strings.NewReader("")}
		_, err := StartTLS(a.client(), "localhost")(t.Context(), s, []byte(tail))
		if !errors.Is(err, ErrInjected) || s.out.Len() != 0 {
			t.Errorf("%q together with the OK: %v, %d bytes sent; want ErrInjected, none", tail, err, s.out.Len())
		}
		if strings.Contains(err.Error(), tail) && len(tail) > 1 {
			t.Errorf("the error quotes %q: %v", tail, err)
		}
		if len(tail) < 5 || tail == "\x16" {
			continue // a record header has 5 bytes, and StartTLS waits for the rest
		}
		l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
			io.WriteString(c, tail)
			tlsEcho(c, a.good(t))
		})
		c, err := startTLS("localhost:"+port(l), a.client()).Dial(t.Context())
		if c != nil || !errors.Is(err, ErrInjected) {
			t.Errorf("%q after the OK: %v, want ErrInjected", tail, err)
		}
	}
}

// If the context ends during a handshake, the error wraps the cause of the context, and the connection is closed.
func TestHandshakeCancelled(t *testing.T) {
	why := errors.New("the user lost patience")
	for path, dial := range bothPaths {
		hello, closed := make(chan bool, 1), make(chan error, 1)
		l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
			c.Read(make([]byte, 1))
			hello <- true
			_, err := io.Copy(io.Discard, c)
			closed <- err
		})
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			<-hello
			cancel(why)
		}()
		c, err := dial("localhost:"+port(l), nil).Dial(ctx)
		if c != nil || !errors.Is(err, why) {
			t.Errorf("%s: %v, want %v", path, err, why)
		}
		<-closed
		if _, err := dial("localhost:"+port(l), nil).Dial(ctx); !errors.Is(err, why) {
			t.Errorf("%s: the context has ended before Dial: %v, want %v", path, err, why)
		}
	}
}

// Deadlines that were set before StartTLS do not end the handshake.
func TestStartTLSClearsDeadlines(t *testing.T) {
	a := newAuthority(t)
	l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { tlsEcho(c, a.good(t)) })
	c, err := TCP(l.Addr().String()).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetReadDeadline(time.Unix(1, 0))
	c.SetWriteDeadline(time.Unix(1, 0))
	up, err := StartTLS(a.client(), "localhost")(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	chat(t, up, "a NOOP\r\n")
}

// After a deadline, reading can continue and writing cannot, as the documentation of StartTLS says.
func TestTLSAfterDeadline(t *testing.T) {
	a := newAuthority(t)
	l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { tlsEcho(c, a.good(t)) })
	c, err := TLS("localhost:"+port(l), a.client()).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetReadDeadline(time.Unix(1, 0))
	if _, err := c.Read(make([]byte, 1)); !isTimeout(err) {
		t.Fatal(err)
	}
	chat(t, c, "a NOOP\r\n")
	c.SetWriteDeadline(time.Unix(1, 0))
	if _, err := io.WriteString(c, "b NOOP\r\n"); err == nil {
		t.Fatal("Write succeeds after the deadline")
	}
	c.SetWriteDeadline(time.Time{})
	if _, err := io.WriteString(c, "c NOOP\r\n"); err == nil {
		t.Fatal("crypto/tls can write again after a deadline: correct the documentation")
	}
}

// Connections with the same tls.Config and host share one completed copy of it, as long as one of them is in use.
func TestTLSConfigShared(t *testing.T) {
	mine := &tls.Config{}
	first, err := clientConfig(mine, "a.example")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := clientConfig(mine, "a.example")
	other, _ := clientConfig(mine, "b.example")
	none, _ := clientConfig(nil, "a.example")
	if first == mine || first != again || first == other || first == none || other.ServerName != "b.example" || none.ServerName != "a.example" {
		t.Errorf("copies of %p: %p, again %p, for another host %p, for nil %p", mine, first, again, other, none)
	}
	runtime.KeepAlive(first)
}
