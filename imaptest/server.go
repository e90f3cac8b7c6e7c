package imaptest

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/wire"
)

// A Server is an IMAP server in memory. It listens on loopback, and also serves connections that a test passes to it. A
// test can inspect and change it while clients are connected. It is safe for use by several goroutines.
type Server struct {
	// Addr is the address of the listener that offers STARTTLS, and TLSAddr that of the listener that begins with TLS.
	// Each is "127.0.0.1:port", or empty without such a listener.
	Addr, TLSAddr string

	opt     options
	store   *store.Store
	machine serve.Server // speaks IMAP
	secrets secrets

	mu        sync.Mutex
	ca        *authority
	caErr     error
	listeners []net.Listener
	conns     map[*conn]struct{}
	accepted  int // connections so far
	closed    bool
	wg        sync.WaitGroup
	idlers    int
	idleCond  *sync.Cond // signalled when idlers changes
	faults    faultPlan
	done      chan struct{} // closed with the server
	history   history
}

// NewServer starts a server on two loopback ports, and closes it when t ends. Without options, it has the user "alice"
// with the password "secret". If t fails, NewServer logs the faults that have happened. A panic of the server fails t.
func NewServer(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s, err := New(opts...)
	if err == nil {
		err = s.Listen("127.0.0.1:0", "127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	if s.opt.guard.onPanic == nil {
		s.opt.guard.onPanic = func(v any, stack []byte) { t.Errorf("imaptest: panic: %v\n%s", v, stack) }
	}
	t.Cleanup(func() {
		s.Close()
		if t.Failed() {
			for _, i := range s.Injected() {
				t.Logf("imaptest: fault: %v", i)
			}
		}
	})
	return s
}

// New makes a server that does not listen yet: Listen, Pipe, Serve and ServeConn give it connections. Close it after
// use.
func New(opts ...Option) (*Server, error) {
	s := &Server{done: make(chan struct{}), conns: map[*conn]struct{}{}}
	s.secrets.passwords, s.secrets.salt = map[string]string{}, auth.NewSecret(rand.Text())
	s.idleCond = sync.NewCond(&s.mu)
	s.opt = options{limits: wire.Limits{Message: 1 << 20, Inline: 64 << 10, Literal: 256 << 20}, without: map[string]bool{}, seed: 1, messages: 250_000, guard: guard{bad: 1000}, login: loginOptions{tokens: map[string]string{}}}
	for _, f := range opts {
		f(&s.opt)
	}
	s.secrets.tokens = maps.Clone(s.opt.login.tokens)
	s.store = store.New(store.Options{Now: s.opt.now, Limits: store.Limits{Messages: s.opt.messages}})
	if len(s.opt.users) == 0 {
		s.opt.users = []credential{{"alice", "secret"}}
	}
	for _, u := range slices.Concat(s.opt.users, s.opt.login.masters) {
		if err := s.AddUser(u.name, u.password); err != nil {
			return nil, err
		}
	}
	s.opt.provider.injectQuirks(s)
	s.setMachine()
	return s, nil
}

// AddUser makes a user with an INBOX, who logs in with a password.
func (s *Server) AddUser(name, password string) error {
	if _, err := s.store.AddUser(name); err != nil {
		return err
	}
	if err := s.opt.provider.createMailboxes(s, name); err != nil {
		return err
	}
	s.secrets.mu.Lock()
	defer s.secrets.mu.Unlock()
	s.secrets.passwords[name] = password
	return nil
}

// Listen starts to listen on addr for connections that begin in plain text, and on tlsAddr for connections that
// begin with TLS. It skips an empty address. The error is that of net.Listen.
func (s *Server) Listen(addr, tlsAddr string) error {
	if addr != "" {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		s.Addr = l.Addr().String()
		s.Serve(l)
	}
	if tlsAddr != "" {
		l, err := net.Listen("tcp", tlsAddr)
		if err != nil {
			return err
		}
		s.TLSAddr = l.Addr().String()
		s.accept(l, func(c net.Conn) (net.Conn, *x509.Certificate) {
			// The certificates are made on first use, so that a server without TLS starts at once.
			return s.overTLS(s.linked(c))
		})
	}
	return nil
}

// Serve starts a goroutine that accepts connections from l until the server is closed.
func (s *Server) Serve(l net.Listener) {
	s.accept(l, func(c net.Conn) (net.Conn, *x509.Certificate) { return c, nil })
}

// accept is like Serve, but calls wrap for each connection. If wrap adds TLS, wrap also returns the server's
// certificate.
func (s *Server) accept(l net.Listener, wrap func(net.Conn) (net.Conn, *x509.Certificate)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		l.Close()
		return
	}
	s.listeners = append(s.listeners, l)
	s.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c, cert := wrap(c)
			s.wg.Go(func() { s.serveConn(c, cert, "") })
		}
	})
}

// Pipe returns the client's end of a new connection to the server, in memory. In a testing/synctest bubble it works if
// the server was made in the same bubble.
func (s *Server) Pipe() net.Conn {
	client, server := Pipe(0)
	s.wg.Go(func() { s.ServeConn(server, "") })
	return client
}

// ServeConn serves one connection until it ends, and closes it. If user is not empty, the server greets with PREAUTH
// and that user is logged in.
func (s *Server) ServeConn(nc net.Conn, user string) { s.serveConn(nc, nil, user) }

// ServeTLSConn is like ServeConn, for a connection that begins with TLS. No user is logged in.
func (s *Server) ServeTLSConn(nc net.Conn) {
	c, cert := s.overTLS(nc)
	s.serveConn(c, cert, "")
}

// overTLS puts TLS on a connection, and returns the server's certificate. If it cannot make a certificate, it closes
// the connection.
func (s *Server) overTLS(nc net.Conn) (net.Conn, *x509.Certificate) {
	cfg, cert, err := s.serverTLS()
	if err != nil {
		nc.Close()
		return nc, nil
	}
	return tls.Server(nc, cfg), cert
}

func (s *Server) serveConn(nc net.Conn, cert *x509.Certificate, user string) {
	c := newConn(s, nc, cert, user)
	s.mu.Lock()
	c.full = s.opt.maxConns > 0 && len(s.conns) >= s.opt.maxConns
	if s.closed {
		s.mu.Unlock()
		nc.Close()
		return
	}
	s.accepted++
	c.num = s.accepted
	c.batch.begin(s.opt.order, s.opt.seed, c.num)
	if c.link != nil {
		c.link.reseed(s.opt.seed, c.num)
	}
	s.conns[c] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	defer c.drain()
	c.m.Serve()
}

// Close ends all connections, stops listening, and waits until both are done.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		close(s.done)
	}
	s.closed = true
	s.idleCond.Broadcast()
	for _, l := range s.listeners {
		l.Close()
	}
	for c := range s.conns {
		c.hangUp()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// idling counts the connections that are in IDLE.
func (s *Server) idling(c *conn, on bool) {
	c.info.Lock()
	c.inIdle = on
	c.info.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if on {
		s.idlers++
	} else {
		s.idlers--
	}
	s.idleCond.Broadcast()
}

// WaitIdle waits until at least n connections are in IDLE, or the server is closed.
func (s *Server) WaitIdle(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.idlers < n && !s.closed {
		s.idleCond.Wait()
	}
}

// logger returns the logger, which may be nil.
func (s *Server) logger() *slog.Logger { return s.opt.logger }

// now returns the time by the server's clock.
func (s *Server) now() time.Time {
	if s.opt.now != nil {
		return s.opt.now()
	}
	return time.Now()
}
