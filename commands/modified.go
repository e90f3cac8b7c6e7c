package commands

import (
	"errors"
	"fmt"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// ModifiedError is a STORE with UnchangedSince that has left messages as they were, because somebody else has changed them (RFC 7162 §3.1.3).
// All others were changed. errors.Is finds parser.CodeModified, and parser.NO where the server says NO, as it does if there were no others.
type ModifiedError struct {
	Messages numset.Set // those left, of the kind of the command's set; the caller's
	Err      error      // the server's NO, a *session.Error; nil if it said OK
}

// Error names the messages.
func (e *ModifiedError) Error() string {
	return fmt.Sprintf("commands: STORE: others have changed messages %v meanwhile", e.Messages)
}

// Unwrap returns the server's NO, if it said that.
func (e *ModifiedError) Unwrap() error { return e.Err }

// Is reports whether target is the response code.
func (e *ModifiedError) Is(target error) bool { return target == parser.CodeModified }

// ExpungedError is a FETCH or a STORE that was answered by OK although some of its messages are no more: what was told of them, if
// anything, is not true (RFC 5530 §3, RFC 2180 §4.1). errors.Is finds parser.CodeExpungeIssued.
type ExpungedError struct{ Command string }

// Error names the command.
func (e *ExpungedError) Error() string {
	return "commands: " + e.Command + ": some of the messages are no more"
}

// Is reports whether target is the response code.
func (e *ExpungedError) Is(target error) bool { return target == parser.CodeExpungeIssued }

// partly makes errors of codes by which a tagged OK says that not all was done, so that no program takes it for all.
func partly(cmd *session.Command, kind numset.Kind) {
	name := cmd.Name
	cmd.Done = func(r *response) error {
		if set, ok := r.Code.Modified(kind); ok {
			return &ModifiedError{Messages: set}
		}
		if r.Code.Name == parser.CodeExpungeIssued {
			return &ExpungedError{name}
		}
		return nil
	}
	cmd.Refused = func(err error) error {
		var refused *session.Error
		if errors.As(err, &refused) {
			if set, ok := refused.Code.Modified(kind); ok {
				return &ModifiedError{Messages: set, Err: err}
			}
		}
		return err
	}
}
