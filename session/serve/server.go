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

// A Server serves IMAP. A program sets its fields before it serves, and does not change them afterwards. Each field may
// be zero; its comment says what that means.
type Server struct {
	// Backend has the mailboxes. If it is nil, the server has only the commands that need no back end, and those in
	// Commands.
	Backend Backend
	// Login is called when a user has authenticated, if Backend is nil. If Login fails, the user is not logged in. Its
	// result, if not nil, is closed when the user logs out or the connection ends.
	Login func(ctx context.Context, name string, c *Conn) (io.Closer, error)

	// Commands are the program's own commands, by their names in upper case, without "UID". They replace the commands
	// of this package that have the same name. See Command.
	Commands map[string]Command
	// Capabilities are offered in addition to those that the server determines itself. Before the login, CAPABILITY
	// lists only a few of them, such as IMAP4rev1 and ID.
	Capabilities []string
	// Hooks returns a value for a connection. The server calls the methods of that value, if it implements CommandHook,
	// ResponseHook or another interface in hooks.go. If Hooks is nil or returns nil, the connection has no hooks.
	Hooks func(c *Conn) any

	// Auth determines who may log in, which SASL mechanisms the server offers, and whether it offers LOGIN. For channel
	// binding and EXTERNAL, the server adds the data of the connection to a copy of Auth. If Auth is nil, users can log
	// in only with EXTERNAL, or as an AuthHook allows.
	//
	// If a function of Auth fails, the client gets AUTHENTICATIONFAILED, and mail programs ask their users for another
	// password. If the error wraps parser.CodeUnavailable, the client gets UNAVAILABLE instead, so that it can try again
	// later. If the error wraps parser.CodeAuthorizationFailed, the client gets that code. The client never gets the
	// error's text.
	Auth *auth.ServerConfig
	// Mechanisms has the names of the SASL mechanisms that the server may offer. nil allows all that Auth supports.
	Mechanisms []string
	// External returns the user to whom a client's certificate belongs, or "" if it belongs to none. The certificate
	// has been verified, as TLSConfig requires. If External is nil, the server does not offer EXTERNAL.
	External func(cert *x509.Certificate) string
	// InsecureAuth allows clients to send passwords on connections that others can read: those without TLS, except
	// Unix sockets.
	InsecureAuth bool

	// TLSConfig is for STARTTLS, and for ListenAndServeTLS and ServeTLS. If it is nil, the server does not offer
	// STARTTLS.
	TLSConfig *tls.Config

	// Delimiter separates the levels in names of mailboxes; 0 stands for '/'.
	Delimiter byte
	// Without has capabilities that the server must not offer, such as "COMPRESS=DEFLATE" or "AUTH=CRAM-MD5". "LOGIN"
	// stands for the command LOGIN.
	Without []string
	// Hosts are the server's names in URLs, for CATENATE and URLAUTH. A URL with another host belongs to another
	// server. Without Hosts, the server does not offer URLAUTH, and CATENATE accepts only URLs without a host.
	Hosts []string
	// Submitters are the user names of submission servers, which send mail for other users. They may read URLs that
	// are authorized for "submit+" (RFC 4467 §3).
	Submitters []string
	// Now returns the current time, for an APPEND without a date and for searches by age; nil stands for time.Now.
	Now func() time.Time
	// ID has the fields that the server sends in the response ID (RFC 2971), by name; nil stands for none.
	ID map[string]string

	// LoginLimits limits commands before somebody has logged in, and Limits afterwards. Zero values stand for the
	// defaults.
	LoginLimits, Limits wire.Limits
	// MaxMessage is the size, in octets, of the largest message that a client can append; 0 stands for 64 MiB.
	MaxMessage int64
	// MaxConns is how many connections may be open at a time, and MaxConnsPerUser is how many of these may belong to
	// one user. 0 means no limit.
	MaxConns, MaxConnsPerUser int
	// MaxBad is how many times in a row a client may get BAD before the server ends the connection. MaxFailedLogins is
	// how many attempts to log in may fail before that. 0 stands for 20 in MaxBad and for 5 in MaxFailedLogins; a
	// negative number means no limit.
	MaxBad, MaxFailedLogins int
	// FailedLoginDelay is how long the server waits before it answers a failed login. 0 stands for a second; a
	// negative value means no delay.
	FailedLoginDelay time.Duration

	// DeflateLevel is the level of compress/flate for COMPRESS. 0 stands for flate.BestSpeed, which does not compress
	// short answers.
	DeflateLevel int

	// LoginTimeout is the time from the beginning of a connection within which a user must log in. 0 stands for a
	// minute; a negative value means no limit.
	LoginTimeout time.Duration
	// IdleTimeout is how long a client may send nothing before the server ends the connection, even during IDLE. 0
	// stands for 30 minutes, the minimum by RFC 9051 §5.4; a negative value means no limit.
	IdleTimeout time.Duration
	// WriteTimeout is how long a write of up to 256 KiB may take before the server ends the connection. 0 stands for
	// two minutes; a negative value means no limit.
	WriteTimeout time.Duration
	// CommandTimeout limits how long the back end may take for one command other than IDLE. After that time, the
	// context of the back end's methods ends. 0 means no limit.
	CommandTimeout time.Duration

	// Progress is a number of messages. A COPY, MOVE, SEARCH, SORT or THREAD of at least that number of messages
	// reports its progress (RFC 9585) at its beginning. A COPY or MOVE reports it again at its end, and the other
	// commands each time they have processed that number of messages. 0 means never.
	Progress int

	// Logger gets these records:
	//   - at level Error: connections that cannot be accepted, errors of the back end, and panics
	//   - at level Info: logins, and failed logins
	//   - at level Debug: commands, with their names, and lost connections
	//
	// The records contain neither secrets nor parts of messages. nil stands for slog.Default.
	Logger *slog.Logger
	// BaseContext is the parent of the connections' contexts; nil stands for context.Background.
	BaseContext context.Context

	once sync.Once
	caps capSet

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[*Conn]struct{}
	users     map[string]int
	closed    atomic.Bool // Shutdown or Close was called
	serial    atomic.Int64
}

// The defaults of a Server's limits and time-outs.
const (
	defaultMaxMessage   = 64 << 20
	defaultMaxBad       = 20
	defaultMaxFailed    = 5
	defaultLoginTimeout = time.Minute
	defaultIdle         = 30 * time.Minute
	defaultWrite        = 2 * time.Minute
	defaultLoginDelay   = time.Second
)

// The limits are lower before a login, because the client may be anybody. Conn.literal accepts and refuses literals.
// Limits.Skip is the size of the largest non-synchronizing literal that is refused without ending the connection.
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

// init sets the default limits and determines the server's capabilities, once.
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

// ListenAndServe listens on addr, or on ":143" if addr is empty. It serves connections that begin without TLS, until
// the server is closed. The error is then ErrServerClosed.
func (s *Server) ListenAndServe(addr string) error {
	l, err := listen(addr, ":143")
	if err != nil {
		return err
	}
	return s.Serve(l)
}

// ListenAndServeTLS listens on addr, or on ":993" if addr is empty. It serves connections that begin with TLS. It uses
// TLSConfig, and a certificate and a key from two files. The names of the files may be empty if TLSConfig has a
// certificate.
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

// ServeTLS does what Serve does, but for connections that begin with TLS; see ListenAndServeTLS. It closes l.
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

// tlsListener is a listener whose connections begin with TLS.
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

// Serve accepts connections from l and serves each in its own goroutine, until the server is closed or l fails. It
// closes l. The error is never nil: it is ErrServerClosed after Shutdown or Close.
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
			// An error such as EMFILE (too many open files) is temporary.
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

// ServeConn serves the connection nc until it ends, and closes it. If nc is a *tls.Conn of tls.Server, the connection
// begins with TLS.
func (s *Server) ServeConn(nc net.Conn) { s.NewConn(nc, ConnOptions{}).Serve() }

// ConnOptions are the options of one connection.
type ConnOptions struct {
	User  string // the user who has logged in by other means, so that the greeting is PREAUTH; "" means that nobody has
	Hooks any    // the hooks; nil means the value that Server.Hooks returns
}

// NewConn makes a connection; Conn.Serve serves it. See ServeConn.
func (s *Server) NewConn(nc net.Conn, opt ConnOptions) *Conn { return s.newConn(nc, s.TLSConfig, opt) }

// Serve serves the connection until it ends, and closes it. It must be called only once.
func (c *Conn) Serve() {
	defer c.cancel()
	s := c.srv
	s.mu.Lock()
	switch {
	case s.closed.Load():
		s.mu.Unlock()
		c.nc.Close()
		return
	case s.MaxConns > 0 && len(s.conns) >= s.MaxConns:
		s.mu.Unlock()
		c.turnAway("[UNAVAILABLE] too many connections")
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

// enter counts a new connection of a user, or returns false if the user already has MaxConnsPerUser connections.
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

// Shutdown ends the server without interrupting commands. It closes the listeners, and waits for all connections to
// end. A client gets BYE at once if it has no command running or is in IDLE, and otherwise after its command has been
// answered. If ctx ends first, Shutdown returns the cause, and the remaining connections continue until Close.
func (s *Server) Shutdown(ctx context.Context) error {
	s.init()
	s.closed.Store(true)
	s.mu.Lock()
	for l := range s.listeners {
		l.Close()
	}
	for c := range s.conns {
		c.shutdown()
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

// Conns returns the number of open connections.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}
