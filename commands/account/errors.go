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
	Unknown    Kind = iota // an error of the program or of its context
	ForGood                // ErrForGood: it is useless to try again before a person has done something
	ForNow                 // ErrForNow: the same may succeed later
	ForCommand             // ErrForCommand: the server refused this command, and everything else may go on
)

// String returns "for good", "for now", "this command" or "unknown".
func (k Kind) String() string {
	return [...]string{"unknown", "for good", "for now", "this command"}[k&3]
}

// These are the kinds of an [Error], for errors.Is.
var (
	ErrForGood    = errors.New("account: for good")
	ErrForNow     = errors.New("account: for now")
	ErrForCommand = errors.New("account: this command")
)

// What errors.Is finds an [Error] to be, by its reason. The first four are for good, the others for now.
var (
	// ErrCredentials reports a password or a token that the server does not accept.
	ErrCredentials = errors.New("account: wrong credentials")
	// ErrAccount reports an account that is disabled, locked, or not allowed to use IMAP.
	ErrAccount = errors.New("account: not allowed to log in")
	// ErrTLS reports a certificate that cannot be trusted, a server without TLS, or somebody between the client and the
	// server.
	ErrTLS = errors.New("account: no connection that can be trusted")
	// ErrMechanism reports a server that offers no way to log in with the credentials.
	ErrMechanism = errors.New("account: no usable way to log in")

	// ErrNetwork reports that no connection could be made: no network, no such host, no server on the port.
	ErrNetwork = errors.New("account: no connection")
	// ErrLost reports that the connection has ended.
	ErrLost = errors.New("account: the connection has ended")
	// ErrThrottled reports a server that wants fewer commands or less traffic; Error.Wait may say for how long.
	ErrThrottled = errors.New("account: throttled")
	// ErrTooMany reports too many connections.
	ErrTooMany = errors.New("account: too many connections")
	// ErrUnavailable reports a server that at the moment cannot do what it otherwise does.
	ErrUnavailable = errors.New("account: the server is not available")
	// ErrInUse reports a mailbox or an account that another client has locked.
	ErrInUse = errors.New("account: in use")
)

var (
	// ErrClosed reports use of an Account after Close.
	ErrClosed = errors.New("account: closed")
	// ErrUncertain reports that the connection ended while commands were in flight, which the server may have done. An
	// error that is ErrUncertain is also ErrForNow. Account.Do returns it for its function and does not run the
	// function again: the caller decides whether to.
	ErrUncertain = errors.New("account: may have been done")
	// ErrUnfinished reports a function given to Account.Do that returned without having waited for all its commands:
	// they may not have been sent.
	ErrUnfinished = errors.New("account: commands were not waited for")
	// ErrPartial reports a listing of mailboxes, or of messages, that cannot be complete.
	ErrPartial = errors.New("account: not all was told")
)

// Error is an error and what it means. It wraps the error of the session, the server or the network.
type Error struct {
	Cause     *Cause        // the row of the table
	Wait      time.Duration // how long to wait, if the server named a time
	Uncertain bool          // ErrUncertain
	Err       error
}

// Error returns the text of the wrapped error, and after it a note if the commands may have been done.
func (e *Error) Error() string {
	if e.Uncertain {
		return e.Err.Error() + " (" + strings.TrimPrefix(ErrUncertain.Error(), "account: ") + ")"
	}
	return e.Err.Error()
}

// Unwrap returns the error of the session, the server or the network.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the error of e's kind or of its reason, or is ErrUncertain if e.Uncertain is set.
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
