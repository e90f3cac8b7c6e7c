package wire

import (
	"errors"
	"fmt"
)

// ErrLiteralOpen is the error of a Decoder that is to read on after a streamed literal:
// read that, then call Reader.Continue.
var ErrLiteralOpen = errors.New("wire: a streamed literal is in the way")

// ErrLiteralVoid reports a read from a streamed literal that the reader has gone on after.
var ErrLiteralVoid = errors.New("wire: literal is void, the reader has gone on")

// ErrHalfRead reports a message that cannot be detached: a call that was to show more of it has been cut short.
var ErrHalfRead = errors.New("wire: the message at hand is half read")

// SyntaxError reports octets that are not what the grammar wants at their place.
type SyntaxError struct {
	Offset int64  // octets from the beginning of the message
	Want   string // what the grammar wants there, in the words of RFC 9051 §9
	Got    []byte // what stands there, at most 32 octets; a copy, valid until changed by its owner
}

// Error quotes the place and what stands there.
func (e *SyntaxError) Error() string {
	if len(e.Got) == 0 {
		return fmt.Sprintf("wire: want %s at octet %d, got the end", e.Want, e.Offset)
	}
	return fmt.Sprintf("wire: want %s at octet %d, got %q", e.Want, e.Offset, e.Got)
}

// LimitError reports that the peer sent more than a limit allows.
// The stream is still in step: what is too big is skipped by Reader.Next or Reader.Skip,
// except where the size itself cannot be true: a literal over Limits.Literal, or more to skip than
// Limits.Skip, ends the stream, as Reader.Err tells.
type LimitError struct {
	What  string // "message", "literal", "literal in memory", "skipped data", "depth", "items"
	Limit int64  // in octets, levels or items
	Size  int64  // what was asked for, as far as it is known
}

// Error names the limit and what exceeded it.
func (e *LimitError) Error() string {
	return fmt.Sprintf("wire: %s of %d exceeds the limit of %d", e.What, e.Size, e.Limit)
}

// ArgumentError reports a value of the caller's that the protocol cannot carry.
// It is found while encoding, before an octet is sent.
type ArgumentError struct {
	What   string // the grammar's name for the value: "atom", "quoted string", "flag"
	Value  string // the value, cut to 64 octets; empty where it is secret
	Reason string
}

// Error names the kind of value and why it cannot be sent.
func (e *ArgumentError) Error() string {
	if e.Value == "" {
		return "wire: " + e.What + " " + e.Reason
	}
	return fmt.Sprintf("wire: %s %q %s", e.What, e.Value, e.Reason)
}
