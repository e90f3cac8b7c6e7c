package serve

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/wire"
)

// A Server serves IMAP. Its fields are set before it serves, and not changed afterwards. The zero value of each, but of Backend, will do.
type Server struct {
	// Backend has the mailboxes. Without it there are only the commands that need none, and those of Commands.
	Backend Backend
	// Login lets a user in who has proved who he is, if there is no Backend. What it returns, if it is not nil, is closed when he leaves.
	Login func(ctx context.Context, name string, c *Conn) (io.Closer, error)

	// Commands are commands of one's own, by their names in upper case, without "UID". They take the place of the machine's. See Command.
	Commands map[string]Command
	// Capabilities are capabilities of one's own, beside those that the machine finds for itself.
	Capabilities []string
	// Hooks returns a value of one's own for a connection, whose methods are called as the interfaces of package serve say that it has: CommandHook,
	// ResponseHook and others. Nil, and a nil value, are none.
	Hooks func(c *Conn) any

	// Auth says who may log in: which SASL mechanisms there are, and LOGIN, follows from what it has. The machine completes
	// a copy with what it knows of the connection, for channel binding and EXTERNAL. Nil lets nobody in.
	Auth *auth.ServerConfig
	// Mechanisms are the SASL mechanisms that may be used, of those that Auth has; nil is all of them.
	Mechanisms []string
	// External returns whom a client's certificate, which TLSConfig has verified, is of; "" is nobody. Nil: there is no EXTERNAL.
	External func(cert *x509.Certificate) string
	// InsecureAuth lets passwords be sent where others can read them: without TLS, over anything but a Unix socket.
	InsecureAuth bool

	// TLSConfig is for STARTTLS, and for ListenAndServeTLS and ServeTLS. Nil: there is no STARTTLS.
	TLSConfig *tls.Config

	// Delimiter separates the levels of mailboxes' names; '/' if it is 0.
	Delimiter byte
	// Without are capabilities that are not to be offered although they could be: "COMPRESS=DEFLATE", "LOGIN", "AUTH=CRAM-MD5".
	Without []string
	// Hosts are the names by which the server goes in URLs, for CATENATE and URLAUTH; what has another one is on another server. Without any there
	// is no URLAUTH, and CATENATE takes URLs without a host alone.
	Hosts []string
	// Submitters are the users that are servers which take mail from users to send it: they may read what is authorized for
	// "submit+" (RFC 4467 §3).
	Submitters []string
	// Now is the clock for dates that a client does not give, and those that it asks by; nil is time.Now.
	Now func() time.Time
	// ID is what the server says of itself (RFC 2971), by name; nil says nothing.
	ID map[string]string

	// LoginLimits bounds what commands may be before somebody has logged in, and Limits afterwards. The zero values are reasonable.
	LoginLimits, Limits wire.Limits
	// MaxMessage is the size of the largest message that can be appended, in octets; 64 MiB if it is 0.
	MaxMessage int64
	// MaxConns is how many connections there may be at a time, and MaxConnsPerUser how many of one user. 0 is any number.
	MaxConns, MaxConnsPerUser int
	// MaxBad is how many commands in a row may be answered with BAD, and MaxFailedLogins how many attempts to log in may fail,
	// before the connection is ended; 20 and 5 if they are 0, and any number if they are negative.
	MaxBad, MaxFailedLogins int
	// FailedLoginDelay is how long the answer to a failed login waits; a second if it is 0, and no time if it is negative.
	FailedLoginDelay time.Duration

	// DeflateLevel is how hard COMPRESS tries, as compress/flate has it; flate.BestSpeed if it is 0, which does not compress short answers.
	DeflateLevel int

	// LoginTimeout is how long a connection may take, from its beginning, until somebody has logged in; a minute if it is 0, and for ever if it is negative.
	LoginTimeout time.Duration
	// IdleTimeout is how long a client may send nothing, within IDLE too, before it is logged out; 30 minutes if it is 0, and RFC 9051
	// §5.4 wants no less. It is for ever if it is negative.
	IdleTimeout time.Duration
	// WriteTimeout is how long a client may take to take some kilobytes; two minutes if it is 0, and for ever if it is negative.
	WriteTimeout time.Duration
	// CommandTimeout ends the context of the back end's methods, for one command; 0 is never.
	CommandTimeout time.Duration

	// Logger is told of connections that cannot be served and of the back end's errors (Error), of logins and their failures (Info), and
	// of each command by its name (Debug). No secret is ever among it, nor a message. Nil: slog.Default.
	Logger *slog.Logger
	// BaseContext is the context from which those of connections come; nil: context.Background.
	BaseContext context.Context

	once sync.Once
	caps capSet

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[*Conn]struct{}
	users     map[string]int
	closed    atomic.Bool // Shutdown or Close
	serial    atomic.Int64
}

// The defaults of a Server's limits.
const (
	defaultMaxMessage   = 64 << 20
	defaultMaxBad       = 20
	defaultMaxFailed    = 5
	defaultLoginTimeout = time.Minute
	defaultIdle         = 30 * time.Minute
	defaultWrite        = 2 * time.Minute
	defaultLoginDelay   = time.Second
)

// Before somebody has logged in, less is taken: nobody has vouched for the client. What literals may be Conn.literal says; those that come
// unasked are dropped up to Skip.
var (
	strangersLimits = wire.Limits{Message: 96 << 10, Inline: 4 << 10, Depth: 16, Skip: 1 << 20, Items: 100}
	usersLimits     = wire.Limits{Message: 4 << 20, Inline: 64 << 10, Depth: 64}
)

// orDefault returns d if x is zero.
func orDefault[T int | int64 | time.Duration](x, d T) T {
	if x == 0 {
		return d
	}
	return x
}

// init finds out what the back end can do.
func (s *Server) init() {
	s.once.Do(func() {
		if s.LoginLimits == (wire.Limits{}) {
			s.LoginLimits = strangersLimits
		}
		if s.Limits == (wire.Limits{}) {
			s.Limits = usersLimits
		}
		s.caps = s.capabilitySet()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.listeners, s.conns, s.users = map[net.Listener]struct{}{}, map[*Conn]struct{}{}, map[string]int{}
	})
}

func (s *Server) logger() *slog.Logger {
	if s.Logger == nil {
		return slog.Default()
	}
	return s.Logger
}

func (s *Server) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (s *Server) delimiter() byte {
	if s.Delimiter == 0 {
		return '/'
	}
	return s.Delimiter
}

// ListenAndServe listens on addr, ":143" if that is empty, and serves connections that begin in clear until the server is closed. The error is
// ErrServerClosed then.
func (s *Server) ListenAndServe(addr string) error {
	l, err := listen(addr, ":143")
	if err != nil {
		return err
	}
	return s.Serve(l)
}

// ListenAndServeTLS listens on addr, ":993" if that is empty, and serves connections that begin with TLS, by TLSConfig and the
// certificate and key in two files, whose names are empty if TLSConfig has what it needs.
func (s *Server) ListenAndServeTLS(addr, certFile, keyFile string) error {
	l, err := listen(addr, ":993")
	if err != nil {
		return err
	}
	return s.ServeTLS(l, certFile, keyFile)
}

func listen(addr, otherwise string) (net.Listener, error) {
	if addr == "" {
		addr = otherwise
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	return l, nil
}

// ServeTLS is Serve of connections that begin with TLS; see ListenAndServeTLS. It closes l.
func (s *Server) ServeTLS(l net.Listener, certFile, keyFile string) error {
	cfg := s.TLSConfig.Clone()
	if cfg == nil {
		cfg = &tls.Config{}
	}
	if certFile != "" || keyFile != "" {
		cert, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			l.Close()
			return fmt.Errorf("serve: %w", err)
		}
		cfg.Certificates = []tls.Certificate{cert}
	}
	return s.Serve(&tlsListener{l, cfg})
}

// tlsListener is a listener whose connections begin with TLS, and which knows by which configuration.
type tlsListener struct {
	net.Listener
	cfg *tls.Config
}

func (l *tlsListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return tls.Server(c, l.cfg), nil
}

// Serve accepts connections from l and serves each in a goroutine of its own, until the server is closed or l fails. It closes l. The
// error is never nil: ErrServerClosed after Shutdown or Close.
func (s *Server) Serve(l net.Listener) error {
	s.init()
	defer l.Close()
	s.mu.Lock()
	if s.closed.Load() {
		s.mu.Unlock()
		return ErrServerClosed
	}
	s.listeners[l] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.listeners, l)
		s.mu.Unlock()
	}()
	var wait time.Duration
	for {
		nc, err := l.Accept()
		if s.closed.Load() {
			if err == nil {
				nc.Close()
			}
			return ErrServerClosed
		}
		if err != nil {
			// Too many open files, say: that passes.
			var t interface{ Temporary() bool }
			if !errors.As(err, &t) || !t.Temporary() {
				return fmt.Errorf("serve: %w", err)
			}
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			s.logger().Error("serve: accept", "err", err, "retry", wait)
			time.Sleep(wait)
			continue
		}
		wait = 0
		var cfg *tls.Config
		if t, ok := l.(*tlsListener); ok {
			cfg = t.cfg
		}
		go s.newConn(nc, cfg, ConnOptions{}).Serve()
	}
}

// ServeConn serves one connection until it ends, and closes it. If it is a *tls.Conn of the server's side, it begins with TLS.
func (s *Server) ServeConn(nc net.Conn) { s.NewConn(nc, ConnOptions{}).Serve() }

// ConnOptions is what one connection has of its own.
type ConnOptions struct {
	User  string // has logged in by other means: the greeting is PREAUTH
	Hooks any    // instead of what Server.Hooks returns
}

// NewConn makes a connection, which is to be served by its Serve. See ServeConn.
func (s *Server) NewConn(nc net.Conn, opt ConnOptions) *Conn { return s.newConn(nc, s.TLSConfig, opt) }

// Serve serves the connection until it ends, and closes it. It is called once.
func (c *Conn) Serve() {
	s := c.srv
	s.mu.Lock()
	switch {
	case s.closed.Load():
		s.mu.Unlock()
		c.nc.Close()
		return
	case s.MaxConns > 0 && len(s.conns) >= s.MaxConns:
		s.mu.Unlock()
		c.turnAway("too many connections")
		return
	}
	s.conns[c] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	c.serve()
}

// enter counts a user's connection, and reports whether there may be one more.
func (s *Server) enter(user string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.MaxConnsPerUser > 0 && s.users[user] >= s.MaxConnsPerUser {
		return false
	}
	s.users[user]++
	return true
}

func (s *Server) leave(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[user]--; s.users[user] <= 0 {
		delete(s.users, user)
	}
}

// Shutdown ends the server without cutting a command short: it closes the listeners, says BYE to clients that wait for nothing
// or are in IDLE, and to others when their command is answered, and waits for them all. If ctx ends first, it returns its cause, and
// the connections that are left go on until Close.
func (s *Server) Shutdown(ctx context.Context) error {
	s.init()
	s.closed.Store(true)
	s.mu.Lock()
	for l := range s.listeners {
		l.Close()
	}
	for c := range s.conns {
		c.leave()
	}
	s.mu.Unlock()
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		s.mu.Lock()
		n := len(s.conns)
		s.mu.Unlock()
		if n == 0 {
			return nil
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return fmt.Errorf("serve: shutdown: %w", context.Cause(ctx))
		case <-t.C:
		}
	}
}

// Close ends the server at once: it closes the listeners and all connections. It does not wait for them.
func (s *Server) Close() error {
	s.init()
	s.closed.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for l := range s.listeners {
		if e := l.Close(); !errors.Is(e, net.ErrClosed) {
			err = errors.Join(err, e)
		}
	}
	for c := range s.conns {
		c.hangUp()
	}
	return err
}

// Conns returns how many connections there are.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}
