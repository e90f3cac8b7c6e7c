package imaptest

import (
	"time"
)

// guard holds the limits on what a client does.
type guard struct {
	commands int           // the most commands of one connection; 0: no limit
	bad      int           // the most commands in a row that are answered BAD; 0: no limit
	login    time.Duration // the longest time until a user logs in; 0: no limit
	idle     time.Duration // the longest time without an octet from the client; 0: no limit
	onPanic  func(v any, stack []byte)
	secrets  bool // Received shows secrets
}

// WithMaxCommands sets how many commands one connection may send before the server ends it with BYE; 0, the default, is
// no limit.
func WithMaxCommands(n int) Option { return func(o *options) { o.guard.commands = n } }

// WithMaxBad sets how many commands in a row the server answers with BAD before it ends the connection with BYE: 1,000
// without this option; 0 is no limit.
func WithMaxBad(n int) Option { return func(o *options) { o.guard.bad = n } }

// WithLoginTimeout sets how long a client may take to log in; 0, the default, means no limit.
func WithLoginTimeout(d time.Duration) Option { return func(o *options) { o.guard.login = d } }

// WithIdleTimeout sets how long a client may send nothing, also in IDLE, before the server logs it out with BYE. RFC
// 9051 §5.4 wants at least 30 minutes. 0, the default, means no limit.
func WithIdleTimeout(d time.Duration) Option { return func(o *options) { o.guard.idle = d } }

// WithPanicHandler sets the function that gets the value and the stack of a panic in a command, which is a defect of
// the server. The connection ends with BYE and SERVERBUG; other connections continue. Without this option, a server of
// NewServer fails its test, and any other server lets the panic end the program.
func WithPanicHandler(f func(v any, stack []byte)) Option {
	return func(o *options) { o.guard.onPanic = f }
}
