package account

import (
	"context"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// Options says what an account is and how it behaves. Dialer and Credentials are needed; zero fields stand for the
// defaults.
type Options struct {
	// Dialer makes connections: a transport.Target, or transport.TLS(…). Several goroutines use it at once.
	Dialer transport.Dialer
	// Credentials is what to log in with. The account calls Token once for all connections and keeps the token for
	// TokenLife. If the server does not accept the token, the account calls Token again, with auth.FreshToken, once for
	// everybody who waits.
	Credentials auth.Credentials
	// Auth says which mechanisms may be used.
	Auth auth.Options
	// TokenLife is how long the account keeps a token. 0 is DefaultTokenLife; with a negative value it keeps none, for
	// a source that does so itself.
	TokenLife time.Duration
	// Session configures the sessions. The functions of its Handler run on the goroutine that drives a session, so
	// several may run at once.
	Session session.Config

	// MaxConns is how many connections there may be at a time, including those that wait for mail. 0 is
	// DefaultMaxConns.
	MaxConns int
	// ConnectTimeout limits the time from dialling until the connection is ready for commands. 0 is
	// DefaultConnectTimeout; negative is no limit.
	ConnectTimeout time.Duration
	// Probe is how long a connection may be unused before a NOOP checks whether it is still there, and ProbeTimeout
	// how long the answer may take. 0 is DefaultProbe and DefaultProbeTimeout; with a negative Probe no NOOP is sent.
	Probe, ProbeTimeout time.Duration
	// IdleTimeout is how long a connection may be unused before it is closed. 0 is DefaultIdleTimeout; negative means
	// no limit.
	IdleTimeout time.Duration
	// Regrow is how long the account waits, after a server has said that there are too many connections, before it
	// tries one more. 0 is DefaultRegrow.
	Regrow time.Duration
	// MinBackoff and MaxBackoff are the first and the longest pause between attempts to connect. Each pause is about
	// twice the one before, and is partly random, so that clients do not come all at once. 0 is DefaultMinBackoff and
	// DefaultMaxBackoff.
	MinBackoff, MaxBackoff time.Duration
	// Patience is how long Do goes on trying after errors that are for now. Waiting for a connection that others use
	// does not count. 0 is DefaultPatience; negative is as long as the context allows.
	Patience time.Duration

	// ID is what to tell a server that supports ID about the program (RFC 2971). nil tells a name only; empty tells
	// nothing.
	ID []commands.IDField
	// Compress says on which connections to use compression.
	Compress Compression
	// Enable names extensions to enable where they are offered, such as QRESYNC (RFC 5161).
	Enable []string
	// Prepare is called on each new connection after the sign-in, before the session is used. Its error counts as a
	// failure to connect.
	Prepare func(ctx context.Context, s *session.Session) error

	// Report is called with an *Error when the account begins to fail and when the reason changes, and with nil when
	// the account works again. It must not use the account.
	Report func(err error)
}

// Compression says on which connections to use compression (RFC 4978).
type Compression uint8

// Where compression is used, if the server offers it.
const (
	CompressRemote Compression = iota // on connections to other machines, where it pays: text shrinks to a third
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
