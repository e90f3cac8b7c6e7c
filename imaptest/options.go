package imaptest

import (
	"log/slog"
	"strings"
	"time"

	"github.com/imapstack/imapstack/wire"
)

// An Option changes how a Server behaves.
type Option func(*options)

type options struct {
	users    []credential
	without  map[string]bool
	limits   wire.Limits
	maxConns int
	now      func() time.Time
	logger   *slog.Logger
	plain    bool // LOGIN without TLS
	seed     uint64
	guard    guard
	greeting string
	progress int
	login    loginOptions
	provider *provider
	order    Order
	strict   bool
	ways     ways
	hosts    []string // besides ownHosts
	messages int      // in a mailbox
	ext      extension
}

type credential struct{ name, password string }

// WithUser adds a user. The first one replaces alice.
func WithUser(name, password string) Option {
	return func(o *options) { o.users = append(o.users, credential{name, password}) }
}

// Without switches capabilities off: their names are not told, and their commands are not known. "AUTH=…" is a SASL mechanism, and
// "LOGIN" the command LOGIN, instead of which LOGINDISABLED is told.
func Without(capabilities ...string) Option {
	return func(o *options) {
		for _, c := range capabilities {
			o.without[strings.ToUpper(c)] = true
		}
	}
}

// WithLimits bounds what a client can make the server hold.
func WithLimits(l wire.Limits) Option { return func(o *options) { o.limits = l } }

// WithMaxMessages is how many messages a mailbox may have: 250,000 without this option. It keeps a client that copies a mailbox into itself
// from filling the memory.
func WithMaxMessages(n int) Option { return func(o *options) { o.messages = n } }

// WithMaxConns is how many connections are served at a time; more are greeted with BYE.
func WithMaxConns(n int) Option { return func(o *options) { o.maxConns = n } }

// WithClock sets the clock that dates come from.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithLogger logs commands and their answers, without what they hold, at slog.LevelDebug.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.logger = l } }

// AllowPlain lets clients log in over a connection without TLS. Connections in memory always may.
func AllowPlain() Option { return func(o *options) { o.plain = true } }

// WithProgress tells how far commands have come that are about so many messages or more, by INPROGRESS (RFC 9585). 0 is never.
func WithProgress(least int) Option { return func(o *options) { o.progress = least } }
