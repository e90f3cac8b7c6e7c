package parser

import (
	"errors"
	"fmt"
)

// ErrFraming reports octets behind a literal that cannot stand there: the peer's count and what it
// sent differ, so nothing that follows can be trusted. It ends the stream.
var ErrFraming = errors.New("parser: literal and what follows it do not fit")

// ErrNotIMAP reports a first line that no IMAP server sends.
var ErrNotIMAP = errors.New("parser: not an IMAP server")

// Error says where in a response a value was not what the grammar wants. It wraps a
// wire.SyntaxError or a wire.LimitError, which quotes the place.
type Error struct {
	Path string // the way to the value, as in "FETCH.BODYSTRUCTURE"
	Err  error
}

// Error gives the path and what was wrong there.
func (e *Error) Error() string { return fmt.Sprintf("parser: %s: %v", e.Path, e.Err) }

// Unwrap returns the error of the lexer.
func (e *Error) Unwrap() error { return e.Err }

// at puts err under path, unless it is nil.
func at(path string, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) && err == error(e) {
		return &Error{Path: path + "." + e.Path, Err: e.Err}
	}
	return &Error{Path: path, Err: err}
}
