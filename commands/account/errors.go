package account

import (
	"errors"
	"strings"
	"time"
)

// Kind says what an error means for whoever gets it.
type Kind uint8

// The kinds of errors. Each has an error that errors.Is compares with.
const (
	Unknown    Kind = iota // an error of the program's own, or of its context
	ForGood                // ErrForGood: trying again changes nothing before a person has done something
	ForNow                 // ErrForNow: the same may succeed later
	ForCommand             // ErrForCommand: this was refused, and all else may go on
)

// String returns "for good", "for now", "this command" or "unknown".
func (k Kind) String() string {
	return [...]string{"unknown", "for good", "for now", "this command"}[k&3]
}

// What an [Error] is, by kind.
var (
	ErrForGood    = errors.New("account: for good")
	ErrForNow     = errors.New("account: for now")
	ErrForCommand = errors.New("account: this command")
)

// What an [Error] is, by reason. The first four are for good, the others for now.
var (
	// ErrCredentials reports a password or a token that the server does not take.
	ErrCredentials = errors.New("account: wrong credentials")
	// ErrAccount reports an account that is disabled, locked, or not allowed to use IMAP.
	ErrAccount = errors.New("account: not allowed to log in")
	// ErrTLS reports a certificate that cannot be trusted, a server without TLS, or somebody between the two.
	ErrTLS = errors.New("account: no connection that can be trusted")
	// ErrMechanism reports a server that offers no way to log in with what there is.
	ErrMechanism = errors.New("account: no usable way to log in")

	// ErrNetwork reports that there is no connection: no network, no such host, nobody who listens.
	ErrNetwork = errors.New("account: no connection")
	// ErrLost reports that the connection has ended.
	ErrLost = errors.New("account: the connection has ended")
	// ErrThrottled reports a server that wants less to be asked for; Error.Wait may say for how long.
	ErrThrottled = errors.New("account: throttled")
	// ErrTooMany reports too many connections.
	ErrTooMany = errors.New("account: too many connections")
	// ErrUnavailable reports a server that cannot do now what it otherwise does.
	ErrUnavailable = errors.New("account: the server is not available")
	// ErrInUse reports something that another client holds.
	ErrInUse = errors.New("account: in use")
)

var (
	// ErrClosed reports use of an Account after Close.
	ErrClosed = errors.New("account: closed")
	// ErrUncertain reports that the connection ended while commands were on their way that may have been done. It is beside ErrForNow, of an error
	// of a function given to Account.Do, which is not repeated then: whether to, the caller decides.
	ErrUncertain = errors.New("account: may have been done")
	// ErrUnfinished reports a function given to Account.Do that returned and left commands for which it had not waited: they may not have been sent.
	ErrUnfinished = errors.New("account: commands were not waited for")
	// ErrPartial reports a listing of mailboxes, or of messages, that cannot be all of it.
	ErrPartial = errors.New("account: not all was told")
)

// Error is an error with what it means. It wraps what the session, the server or the network said.
type Error struct {
	Cause     *Cause        // the row of the table that says so
	Wait      time.Duration // how long to wait, if the server named a time
	Uncertain bool          // ErrUncertain
	Err       error
}

// Error returns what the error was without its meaning, unless something may have been done.
func (e *Error) Error() string {
	if e.Uncertain {
		return e.Err.Error() + " (" + strings.TrimPrefix(ErrUncertain.Error(), "account: ") + ")"
	}
	return e.Err.Error()
}

// Unwrap returns what the error was.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the error of the kind, of the reason, or ErrUncertain where that is so.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrForGood:
		return e.Cause.Kind == ForGood
	case ErrForNow:
		return e.Cause.Kind == ForNow
	case ErrForCommand:
		return e.Cause.Kind == ForCommand
	case ErrUncertain:
		return e.Uncertain
	}
	return e.Cause.Reason != nil && target == e.Cause.Reason
}
