package commands

import (
	"errors"
	"fmt"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// ModifiedError reports that a STORE with UnchangedSince has not changed some messages, because another client has
// changed them before (RFC 7162 §3.1.3). The server has changed the other messages that still exist. errors.Is finds
// parser.CodeModified. If the server has answered NO, for example because some messages no longer exist, errors.Is
// finds parser.NO too.
type ModifiedError struct {
	Messages numset.Set // the messages that were not changed, as numbers of the same kind as those in the command; the caller's
	Err      error      // the server's NO, a *session.Error; nil if it said OK
}

// Error returns a text that contains the numbers of the messages.
func (e *ModifiedError) Error() string {
	return fmt.Sprintf("commands: STORE: others have changed messages %v meanwhile", e.Messages)
}

// Unwrap returns the server's NO, or nil.
func (e *ModifiedError) Unwrap() error { return e.Err }

// Is reports whether target is the response code MODIFIED.
func (e *ModifiedError) Is(target error) bool { return target == parser.CodeModified }

// ExpungedError reports that the server has answered a FETCH or STORE with OK although some of the messages are gone.
// Data that the server has sent about these messages may be wrong (RFC 5530 §3, RFC 2180 §4.1). errors.Is finds
// parser.CodeExpungeIssued.
type ExpungedError struct{ Command string }

// Error returns a text that contains the name of the command.
func (e *ExpungedError) Error() string {
	return "commands: " + e.Command + ": some of the messages no longer exist"
}

// Is reports whether target is the response code EXPUNGEISSUED.
func (e *ExpungedError) Is(target error) bool { return target == parser.CodeExpungeIssued }

// checkCodes makes the command return an error if the tagged OK has a code which says that not everything was done.
// Otherwise programs could overlook the code. checkCodes also turns a NO with the code MODIFIED into a *ModifiedError.
func checkCodes(cmd *session.Command, kind numset.Kind) {
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
