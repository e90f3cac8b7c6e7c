package commands

import (
	"errors"
	"fmt"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// ModifiedError reports a STORE with UnchangedSince that left messages as they were, because somebody else has changed
// them (RFC 7162 §3.1.3). The server changed all others. errors.Is finds parser.CodeModified, and also parser.NO if the
// server said NO, as it does when there were no others.
type ModifiedError struct {
	Messages numset.Set // the messages left as they were, of the kind of the command's set; the caller's
	Err      error      // the server's NO, a *session.Error; nil if it said OK
}

// Error names the messages.
func (e *ModifiedError) Error() string {
	return fmt.Sprintf("commands: STORE: others have changed messages %v meanwhile", e.Messages)
}

// Unwrap returns the server's NO, if it said NO.
func (e *ModifiedError) Unwrap() error { return e.Err }

// Is reports whether target is the response code.
func (e *ModifiedError) Is(target error) bool { return target == parser.CodeModified }

// ExpungedError reports a FETCH or STORE that the server answered with OK although some of its messages are gone. What
// the server said about those messages, if anything, is not true (RFC 5530 §3, RFC 2180 §4.1). errors.Is finds
// parser.CodeExpungeIssued.
type ExpungedError struct{ Command string }

// Error names the command.
func (e *ExpungedError) Error() string {
	return "commands: " + e.Command + ": some of the messages no longer exist"
}

// Is reports whether target is the response code.
func (e *ExpungedError) Is(target error) bool { return target == parser.CodeExpungeIssued }

// partly turns codes by which a tagged OK says that not everything was done into errors, so that no program overlooks
// them.
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
