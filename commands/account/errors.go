package account

import (
	"errors"
	"strings"
	"time"
)

// Kind says what a program can do about an error.
type Kind uint8

// The kinds of errors. For each kind except Unknown, there is an error for errors.Is.
const (
	Unknown    Kind = iota // the error has no row in Causes: it comes from the program, or wraps context.Canceled
	ForGood                // ErrForGood: trying again is useless until a person has done something
	ForNow                 // ErrForNow: the same command, or attempt to connect, may succeed later
	ForCommand             // ErrForCommand: this command has failed, and others may succeed
)

// String returns "for good", "for now", "this command" or "unknown".
func (k Kind) String() string {
	return [...]string{"unknown", "for good", "for now", "this command"}[k&3]
}

// These errors stand for the kinds of an [Error] in errors.Is.
var (
	ErrForGood    = errors.New("account: for good")
	ErrForNow     = errors.New("account: for now")
	ErrForCommand = errors.New("account: this command")
)

// These errors stand for the reasons of an [Error] in errors.Is. The first four are of kind ForGood, the others of kind
// ForNow.
var (
	// ErrCredentials reports a password or a token that the server does not accept.
	ErrCredentials = errors.New("account: wrong credentials")
	// ErrAccount reports an account that is disabled, locked, or not allowed to use IMAP.
	ErrAccount = errors.New("account: not allowed to log in")
	// ErrTLS reports a connection that cannot be trusted: the certificate is not valid, the server does not offer
	// TLS, or somebody interferes with the connection.
	ErrTLS = errors.New("account: the connection cannot be trusted")
	// ErrMechanism reports a server that offers no way to log in with the credentials.
	ErrMechanism = errors.New("account: no usable way to log in")

	// ErrNetwork reports that no connection could be opened. For example, there is no network, no such host, or no
	// server on the port.
	ErrNetwork = errors.New("account: no connection")
	// ErrLost reports that the connection has ended.
	ErrLost = errors.New("account: the connection has ended")
	// ErrThrottled reports that the server asks for fewer commands or less traffic. Error.Wait is the time that the
	// server names.
	ErrThrottled = errors.New("account: throttled")
	// ErrTooMany reports that the server refuses a connection because the account has too many.
	ErrTooMany = errors.New("account: too many connections")
	// ErrUnavailable reports that the server, or a part of it, does not work at the moment.
	ErrUnavailable = errors.New("account: the server is not available")
	// ErrInUse reports a mailbox or an account that another client has locked.
	ErrInUse = errors.New("account: in use")
)

var (
	// ErrClosed reports that an Account was used after Close.
	ErrClosed = errors.New("account: closed")
	// ErrUncertain reports that the connection ended after a function given to Account.Do had sent commands. The server
	// may or may not have executed them. An error that is ErrUncertain is also ErrForNow. Account.Do does not run its
	// function again after it; the caller decides whether to call Do again.
	ErrUncertain = errors.New("account: may have been done")
	// ErrUnfinished reports that a function given to Account.Do has returned without waiting for all its commands.
	// Perhaps some of the commands that it has not waited for were not sent.
	ErrUnfinished = errors.New("account: commands were not waited for")
	// ErrPartial reports that a server's list of mailboxes, or of messages, is incomplete.
	ErrPartial = errors.New("account: the list is incomplete")
)

// Error wraps an error of the session, the server or the network, and says what it means.
type Error struct {
	Cause     *Cause        // the row of Causes that matches; not nil
	Wait      time.Duration // how long the server asks the client to wait, at most a day; 0 if it does not say
	Uncertain bool          // the error is also ErrUncertain
	Err       error         // the wrapped error
}

// Error returns the text of the wrapped error. If e.Uncertain is set, it ends in "(may have been done)".
func (e *Error) Error() string {
	if e.Uncertain {
		return e.Err.Error() + " (" + strings.TrimPrefix(ErrUncertain.Error(), "account: ") + ")"
	}
	return e.Err.Error()
}

// Unwrap returns the error of the session, the server or the network.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the error of e's kind or of its reason. If e.Uncertain is set, Is also returns true
// for ErrUncertain.
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
