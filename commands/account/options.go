package account

import (
	"context"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// Options configures an Account. Dialer and Credentials are required. Other fields that are zero mean the defaults.
type Options struct {
	// Dialer opens connections: use transport.TLS(…), or a transport.Target. Several goroutines may call it at once.
	Dialer transport.Dialer
	// Credentials are the user name and password, or tokens. The account calls Credentials.Token once for all
	// connections, and keeps the token for TokenLife. If the server refuses the token, the account calls Token again,
	// with a context for which auth.FreshToken is true, once for all connections that need a token at that time.
	Credentials auth.Credentials
	// Auth says which mechanisms may be used.
	Auth auth.Options
	// TokenLife is how long the account keeps a token. 0 means DefaultTokenLife. If it is negative, the account keeps
	// no token, and calls Credentials.Token for each connection.
	TokenLife time.Duration
	// Session configures the sessions. The functions of its Handler run on the goroutine that drives a session.
	// Because there are several sessions, they may run at the same time.
	Session session.Config

	// MaxConns limits the number of connections, including those that wait for mail. 0 means DefaultMaxConns.
	MaxConns int
	// ConnectTimeout limits the time from dialing until the connection is ready for commands. 0 means
	// DefaultConnectTimeout; a negative value means no limit.
	ConnectTimeout time.Duration
	// A connection that was idle for Probe is checked with NOOP before it is used; ProbeTimeout limits the wait for
	// the answer. 0 means DefaultProbe and DefaultProbeTimeout. If Probe is negative, no NOOP is sent.
	Probe, ProbeTimeout time.Duration
	// IdleTimeout is how long a connection may be idle before it is closed. 0 means DefaultIdleTimeout; a negative
	// value means no limit.
	IdleTimeout time.Duration
	// Regrow is how long the account waits before it opens one more connection, after the server has said that there
	// are too many. 0 means DefaultRegrow.
	Regrow time.Duration
	// MinBackoff and MaxBackoff limit the first and the longest pause between attempts to connect. The limit doubles
	// with each attempt. The pause is random, between half the limit and the limit, so that clients do not connect all
	// at once. 0 means DefaultMinBackoff and DefaultMaxBackoff.
	MinBackoff, MaxBackoff time.Duration
	// Patience is how long Do goes on trying after errors of kind ForNow. The time begins with the first of these
	// errors or, if an attempt to connect has failed, with the beginning of that attempt. Before that, Do may wait for
	// a connection that is in use, or run its function, for any time. 0 means DefaultPatience; a negative value means
	// as long as the context allows.
	Patience time.Duration

	// ID describes the program to a server that supports the command ID (RFC 2971). If it is nil, the account sends
	// the name "imapstack" only. If it is empty but not nil, the account does not send the command.
	ID []commands.IDField
	// Compress says which connections use compression.
	Compress Compression
	// Enable names extensions, such as QRESYNC, to enable if the server offers them (RFC 5161).
	Enable []string
	// Prepare is called with each new session after the login, before the session is used. Its error counts as a
	// failure to connect.
	Prepare func(ctx context.Context, s *session.Session) error

	// Report is called with an *Error when connections begin to fail, or begin to fail for another reason, and with
	// nil when they succeed again. It must not use the account.
	Report func(err error)
}

// Compression says which connections use compression (RFC 4978).
type Compression uint8

// The values of Options.Compress. They apply if the server offers compression.
const (
	CompressRemote Compression = iota // connections over TCP to other machines; text shrinks to a third
	CompressNever
	CompressAlways
)

// The defaults for zero fields of Options.
const (
	DefaultMaxConns       = 4
	DefaultTokenLife      = 45 * time.Minute
	DefaultConnectTimeout = time.Minute
	DefaultProbe          = 30 * time.Second
	DefaultProbeTimeout   = 10 * time.Second
	DefaultIdleTimeout    = 5 * time.Minute
	DefaultRegrow         = 10 * time.Minute
	DefaultMinBackoff     = time.Second
	DefaultMaxBackoff     = 5 * time.Minute
	DefaultPatience       = 2 * time.Minute
)

// fill replaces zero fields with defaults.
func (o *Options) fill() {
	if o.MaxConns <= 0 {
		o.MaxConns = DefaultMaxConns
	}
	for _, d := range []struct {
		p   *time.Duration
		def time.Duration
	}{
		{&o.TokenLife, DefaultTokenLife}, {&o.ConnectTimeout, DefaultConnectTimeout}, {&o.Probe, DefaultProbe}, {&o.ProbeTimeout, DefaultProbeTimeout},
		{&o.IdleTimeout, DefaultIdleTimeout}, {&o.Regrow, DefaultRegrow}, {&o.MinBackoff, DefaultMinBackoff},
		{&o.MaxBackoff, DefaultMaxBackoff}, {&o.Patience, DefaultPatience},
	} {
		if *d.p == 0 {
			*d.p = d.def
		}
	}
	o.MaxBackoff = max(o.MaxBackoff, o.MinBackoff)
	if o.ID == nil {
		o.ID = []commands.IDField{{Name: "name", Value: "imapstack"}}
	}
}
