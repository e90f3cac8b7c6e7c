package account

import (
	"context"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// Options is what an account is and how it behaves. Dialer and Credentials are needed; zero fields stand for the defaults.
type Options struct {
	// Dialer makes connections: a transport.Target, transport.TLS(…). It is used by several goroutines at once.
	Dialer transport.Dialer
	// Credentials is what to log in with. A Token is asked for once for all connections and kept for TokenLife; when the server does
	// not take it, it is asked for again, with auth.FreshToken, once for all who wait.
	Credentials auth.Credentials
	// Auth is which mechanisms may be used.
	Auth auth.Options
	// TokenLife is how long a token is kept. 0 is DefaultTokenLife; negative keeps none, for a source that does so itself.
	TokenLife time.Duration
	// Session is how sessions behave. The functions of its Handler are called by whoever drives one of the sessions, at once by several.
	Session session.Config

	// MaxConns is how many connections there may be at a time, those that wait for mail included. 0 is DefaultMaxConns.
	MaxConns int
	// ConnectTimeout bounds connecting, up to where commands can be given. 0 is DefaultConnectTimeout; negative is no bound.
	ConnectTimeout time.Duration
	// Probe is how long a connection may be unused before it is asked by NOOP whether it is there, and ProbeTimeout
	// how long the answer may take. 0 is DefaultProbe and DefaultProbeTimeout; a negative Probe never asks.
	Probe, ProbeTimeout time.Duration
	// IdleTimeout is how long a connection may be unused before it is closed. 0 is DefaultIdleTimeout; negative is for ever.
	IdleTimeout time.Duration
	// Regrow is how long after a server has said that there are too many connections one more is tried. 0 is DefaultRegrow.
	Regrow time.Duration
	// MinBackoff and MaxBackoff are the first and the longest pause between attempts to connect. Each pause is about twice the
	// one before, and differs by chance, so that clients do not come all at once. 0 is DefaultMinBackoff and DefaultMaxBackoff.
	MinBackoff, MaxBackoff time.Duration
	// Patience is how long Do goes on trying where an error is for now. Waiting for a connection that others use does not count.
	// 0 is DefaultPatience; negative is as long as the context allows.
	Patience time.Duration

	// ID is what to tell the server of the program, where it wants to know (RFC 2971). nil is a name only; empty is nothing.
	ID []commands.IDField
	// Compress says on which connections to ask for compression.
	Compress Compression
	// Enable names extensions to enable where they are offered, such as QRESYNC (RFC 5161).
	Enable []string
	// Prepare is called when somebody has logged in, before the session is used. Its error is one of connecting.
	Prepare func(ctx context.Context, s *session.Session) error

	// Report is told when the account begins to fail, with an *Error, when the reason changes, and, with nil, when it works again.
	// It must not use the account.
	Report func(err error)
}

// Compression says on which connections to ask for compression (RFC 4978).
type Compression uint8

// Where compression is asked for, if it is offered.
const (
	CompressRemote Compression = iota // to other machines, where it pays: text shrinks to a third
	CompressNever
	CompressAlways
)

// What stands for a zero field of Options.
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

// fill puts defaults in the place of what is not set.
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
