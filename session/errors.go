package session

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/imapstack/imapstack/parser"
)

var (
	// ErrConcurrent reports use by a second goroutine while one drives the session; see the package documentation.
	ErrConcurrent = errors.New("session: used by two goroutines at once")
	// ErrBusy reports that a callback of the session has used the session.
	ErrBusy = errors.New("session: used within a handler")
	// ErrClosed reports that the session was used after Close or LOGOUT. If the session has ended for another reason,
	// the error is that of Session.Err.
	ErrClosed = errors.New("session: closed")
	// ErrStalled reports that the server was silent for longer than Config.StallTimeout while an answer was due.
	ErrStalled = errors.New("session: the server has stalled")
	// ErrNoTLS reports that TLS was required and cannot be had: the server does not offer STARTTLS, refuses it, or
	// greets with PREAUTH, after which STARTTLS is not allowed (RFC 9051 §6.2.1).
	ErrNoTLS = errors.New("session: the server does not offer TLS")
	// ErrLost reports that the connection ended or failed before the server said BYE: in the greeting or a TLS
	// handshake, between two responses, in the middle of a literal, or while the session was writing. It wraps the
	// error of the connection, such as io.ErrUnexpectedEOF or syscall.ECONNRESET.
	ErrLost = errors.New("session: connection lost")
	// ErrCut reports that the session has ended because a command was abandoned while it was being written, or while
	// it negotiated a layer (Negotiate).
	ErrCut = errors.New("session: abandoned in the middle of a command")
	// ErrPanicked reports a session that has ended because a handler or a function of a command panicked.
	ErrPanicked = errors.New("session: a callback panicked")
	// ErrNotIMAP reports that the greeting is not that of an IMAP server.
	ErrNotIMAP = parser.ErrNotIMAP
)

var (
	errNoContext = errors.New("session: no context")
	errNoConn    = errors.New("session: no connection")
)

// Error is a server's NO, BAD or BYE. errors.Is(err, parser.NO) checks the status, and
// errors.Is(err, parser.CodeOverQuota) the response code.
type Error struct {
	Command string // "" for a greeting and for an untagged BYE
	Status  parser.Status
	Code    parser.Code // owned
	Text    string      // the server's words, which may contain control characters
	Hidden  Words       // the server's words, instead of Text, if a secret was being sent
	Alerts  []string    // the last 8 texts, at most, of untagged NO, BAD and ALERT, and of lines that are not IMAP
}

// Error names what was refused, and quotes the server's words.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("session: ")
	if e.Command != "" {
		b.WriteString(e.Command + ": ")
	}
	b.WriteString(e.Status.String())
	if e.Code.Name != "" {
		fmt.Fprintf(&b, " [%s]", e.Code.Name)
	}
	if e.Text != "" {
		fmt.Fprintf(&b, " %q", e.Text)
	}
	for _, a := range e.Alerts {
		fmt.Fprintf(&b, " (server also said %q)", a)
	}
	return b.String()
}

// Is reports whether target is the status or the code's name.
func (e *Error) Is(target error) bool {
	switch t := target.(type) {
	case parser.Status:
		return t == e.Status
	case parser.CodeName:
		return t == e.Code.Name
	}
	return false
}

// SilentError reports that the server did not answer a command, but sent something else that may explain why: lines
// that are not IMAP, or an untagged NO, BAD or ALERT. errors.Is and errors.As find the reason why the session stopped
// waiting.
type SilentError struct {
	Said  []string // at most 8; the server's own words, which may contain control characters
	cause error
}

// Error quotes what the server said.
func (e *SilentError) Error() string {
	return fmt.Sprintf("%v (the server said %q)", e.cause, e.Said)
}

// Unwrap returns the reason why the session stopped waiting.
func (e *SilentError) Unwrap() error { return e.cause }

// StateError reports a command that was not sent, because it is not legal in the session's state.
type StateError struct {
	Command  string
	Now, Due State
}

// Error names the state that the command needs, and the state that the session is in.
func (e *StateError) Error() string {
	return fmt.Sprintf("session: %s needs the state %q, but the state is %q", e.Command, e.Due, e.Now)
}

// CapabilityError reports a command that was not sent, because the server does not offer it.
type CapabilityError struct {
	Command string
	Needs   string // "A|B" means either
}

// Error names the missing capability.
func (e *CapabilityError) Error() string {
	return fmt.Sprintf("session: %s needs a server with %s", e.Command, e.Needs)
}

// lostError matches ErrLost, and wraps the connection's error.
type lostError struct{ cause error }

func (e *lostError) Error() string {
	if e.cause == io.EOF {
		return ErrLost.Error() + ": " + io.ErrUnexpectedEOF.Error()
	}
	return ErrLost.Error() + ": " + e.cause.Error()
}

func (e *lostError) Unwrap() error { return e.cause }

func (e *lostError) Is(target error) bool {
	return target == ErrLost || target == io.ErrUnexpectedEOF && e.cause == io.EOF
}

// lost returns an error that matches ErrLost and wraps err. If err already matches ErrLost, it returns err.
func lost(err error) error {
	if errors.Is(err, ErrLost) {
		return err
	}
	return &lostError{err}
}

// hungUp reports whether a handshake failed because the connection has ended, and not because of what the peer sent.
func hungUp(err error) bool {
	var op *net.OpError
	var errno syscall.Errno
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe), errors.Is(err, net.ErrClosed):
		return true
	case errors.As(err, &errno):
		return !errno.Timeout()
	case errors.As(err, &op):
		return !op.Timeout() && (op.Op == "read" || op.Op == "write") // "remote error" is a TLS alert
	}
	return false
}

// unsentError wraps the error of a command of which nothing was sent.
type unsentError struct{ error }

func (e *unsentError) Unwrap() error { return e.error }

func unsent(err error) error {
	var u *unsentError
	if err == nil || errors.As(err, &u) {
		return err
	}
	return &unsentError{err}
}

// SafeToRetry reports whether err belongs to a command of which nothing was sent. Another session can send that
// command without the risk that it runs twice.
func SafeToRetry(err error) bool {
	var u *unsentError
	return errors.As(err, &u)
}
