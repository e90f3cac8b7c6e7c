package store

import "fmt"

// Error says why something was refused. Code is the name of the response code that fits (RFC 5530, RFC 9051
// §7.1), or "" if there is none; Text is for a person. Use errors.Is with the Err variables, which match by code.
type Error struct {
	Code, Text string
}

// Error returns the text.
func (e *Error) Error() string { return "store: " + e.Text }

// Is reports whether target is one of the Err variables with the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// The reasons for refusals, by response code.
var (
	ErrNonExistent   error = &Error{"NONEXISTENT", "no such mailbox"}
	ErrAlreadyExists error = &Error{"ALREADYEXISTS", "the mailbox exists already"}
	ErrHasChildren   error = &Error{"HASCHILDREN", "the mailbox has children"}
	ErrCannot        error = &Error{"CANNOT", "the operation is not possible"}
	ErrNoPerm        error = &Error{"NOPERM", "permission denied"}
	ErrOverQuota     error = &Error{"OVERQUOTA", "quota exceeded"}
	ErrLimit         error = &Error{"LIMIT", "a limit of the server is reached"}
	ErrTooBig        error = &Error{"TOOBIG", "too big"}
	ErrUseAttr       error = &Error{"USEATTR", "special use attribute refused"}
	ErrClientBug     error = &Error{"CLIENTBUG", "the request makes no sense"}
	ErrExpungeIssued error = &Error{"EXPUNGEISSUED", "a message is gone"}
	ErrNoPrivate     error = &Error{"METADATA NOPRIVATE", "no private entries here"}
	ErrTooMany       error = &Error{"METADATA TOOMANY", "too many entries"}
	ErrMetaMaxSize   error = &Error{"METADATA MAXSIZE", "the entry is too big"}
)

// fail returns an error with the code of kind, which is one of the Err variables, and the formatted text.
func fail(kind error, format string, args ...any) error {
	return &Error{kind.(*Error).Code, fmt.Sprintf(format, args...)}
}
