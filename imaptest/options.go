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
	plain    bool   // clients may log in without TLS
	seed     uint64 // the seed of everything random
	guard    guard
	greeting string
	progress int
	login    loginOptions
	provider *provider
	order    Order
	strict   bool
	ways     ways
	hosts    []string // besides ownHosts
	messages int      // the most messages in a mailbox
	ext      extension
}

type credential struct{ name, password string }

// WithUser adds a user. If there is a WithUser, the server does not have the default user alice.
func WithUser(name, password string) Option {
	return func(o *options) { o.users = append(o.users, credential{name, password}) }
}

// Without switches capabilities off: the server does not offer them, and does not accept their commands. "AUTH=…"
// switches off a SASL mechanism. "LOGIN" switches off the command LOGIN, and the server offers LOGINDISABLED.
func Without(capabilities ...string) Option {
	return func(o *options) {
		for _, c := range capabilities {
			o.without[strings.ToUpper(c)] = true
		}
	}
}

// WithLimits limits how much data a client can make the server keep in memory. Without this option, Message is 1 MiB,
// Inline 64 KiB, and Literal 256 MiB.
func WithLimits(l wire.Limits) Option { return func(o *options) { o.limits = l } }

// WithMaxMessages limits how many messages a mailbox may have: 250,000 without this option. The limit keeps a client
// that copies a mailbox into itself from filling the memory.
func WithMaxMessages(n int) Option { return func(o *options) { o.messages = n } }

// WithMaxConns limits how many connections the server serves at a time. It greets further ones with BYE.
func WithMaxConns(n int) Option { return func(o *options) { o.maxConns = n } }

// WithClock sets the clock from which the server takes dates; without this option it is time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithLogger logs the names of commands and the status of their answers at slog.LevelDebug, without arguments and
// texts.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.logger = l } }

// AllowPlain lets clients log in over a connection without TLS. Clients on a connection in memory may always log in.
func AllowPlain() Option { return func(o *options) { o.plain = true } }

// WithProgress makes the server report the progress of a command by INPROGRESS (RFC 9585), if the command concerns at
// least this many messages. With 0, the default, it reports no progress.
func WithProgress(least int) Option { return func(o *options) { o.progress = least } }
