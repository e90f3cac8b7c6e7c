package imaptest

import (
	"time"
)

// guard is what a client must not overdo.
type guard struct {
	commands int           // of one connection; 0: any number
	bad      int           // answered with BAD, one after the other; 0: any number
	login    time.Duration // until a user has logged in; 0: for ever
	idle     time.Duration // without an octet from the client; 0: for ever
	onPanic  func(v any, stack []byte)
	secrets  bool // are shown in what was received
}

// WithMaxCommands is how many commands one connection may send before it is ended with BYE; 0, the default, is any number.
func WithMaxCommands(n int) Option { return func(o *options) { o.guard.commands = n } }

// WithMaxBad is how many commands in a row may be answered with BAD before the connection is ended with BYE: 1,000
// without this option, and any number for 0.
func WithMaxBad(n int) Option { return func(o *options) { o.guard.bad = n } }

// WithLoginTimeout is how long a connection may take until a user has logged in; 0, the default, is for ever.
func WithLoginTimeout(d time.Duration) Option { return func(o *options) { o.guard.login = d } }

// WithIdleTimeout is how long a client may send nothing, within IDLE too, before it is logged out with BYE (RFC 9051 §5.4 wants 30
// minutes at least); 0, the default, is for ever.
func WithIdleTimeout(d time.Duration) Option { return func(o *options) { o.guard.idle = d } }

// WithPanicHandler sets what is told of a panic within a command, which is a defect of the server's. The connection ends with
// BYE and SERVERBUG, the others go on. Without it, a server that NewServer has made fails its test, and any other panics on.
func WithPanicHandler(f func(v any, stack []byte)) Option {
	return func(o *options) { o.guard.onPanic = f }
}
