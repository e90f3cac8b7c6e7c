package parser

import (
	"errors"
	"fmt"
)

// ErrFraming reports octets after a literal that cannot follow it: the literal is longer or shorter than its announced
// size, so nothing that follows can be trusted. It ends the stream.
var ErrFraming = errors.New("parser: literal and what follows it do not fit")

// ErrNotIMAP reports a first line that no IMAP server sends.
var ErrNotIMAP = errors.New("parser: not an IMAP server")

// Error says which value in a response broke the grammar. It wraps a wire.SyntaxError or a wire.LimitError, which quotes
// the octets.
type Error struct {
	Path string // the path to the value, as in "FETCH.BODYSTRUCTURE"
	Seq  uint32 // the message's sequence number; 0 if the error concerns no message, or the number is not known
	UID  uint32 // the message's UID; 0 as for Seq
	Err  error
}

// Error gives the path, the message, and what was wrong.
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

// Unwrap returns the lexer's error.
func (e *Error) Unwrap() error { return e.Err }

// at returns err with path before its path, or nil if err is nil.
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
