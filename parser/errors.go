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
	Seq  uint32 // the sequence number of the message that it is about; 0 if it is about none, or is not known
	UID  uint32 // the message's UID; 0 as Seq
	Err  error
}

// Error gives the path, the message, and what was wrong there.
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

// Unwrap returns the error of the lexer.
func (e *Error) Unwrap() error { return e.Err }

// at puts err under path, unless it is nil.
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
