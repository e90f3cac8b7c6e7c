package parser

import (
	"errors"
	"fmt"
)

// ErrFraming reports octets that cannot come after a literal. The literal is longer or shorter than announced, so it is
// not certain where the next response begins. Do not use the stream after this error.
var ErrFraming = errors.New("parser: wrong octets after a literal")

// ErrNotIMAP reports a first line that no IMAP server sends.
var ErrNotIMAP = errors.New("parser: not an IMAP server")

// Error says which value of a response or command breaks the grammar or exceeds a limit. It wraps a
// wire.SyntaxError, which quotes the octets, or a wire.LimitError.
type Error struct {
	Path string // the path to the value, as in "FETCH.BODYSTRUCTURE"
	Seq  uint32 // sequence number of the message; 0 if the error concerns no message, or if the number is not known
	UID  uint32 // UID of the message; 0 if the error concerns no message, or if the UID is not known
	Err  error
}

// Error returns a text with the path, the message and the error.
func (e *Error) Error() string {
	switch {
	case e.Seq != 0 && e.UID != 0:
		return fmt.Sprintf("parser: %s of message %d, UID %d: %v", e.Path, e.Seq, e.UID, e.Err)
	case e.Seq != 0:
		return fmt.Sprintf("parser: %s of message %d: %v", e.Path, e.Seq, e.Err)
	case e.UID != 0:
		return fmt.Sprintf("parser: %s of UID %d: %v", e.Path, e.UID, e.Err)
	}
	return fmt.Sprintf("parser: %s: %v", e.Path, e.Err)
}

// Unwrap returns the error of the wire.Decoder.
func (e *Error) Unwrap() error { return e.Err }

// at returns err as an *Error with the given path. If err is already an *Error, the given path comes before its own
// path. at returns nil if err is nil.
func at(path string, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) && err == error(e) {
		return &Error{Path: path + "." + e.Path, Seq: e.Seq, UID: e.UID, Err: e.Err}
	}
	return &Error{Path: path, Err: err}
}
