package wire

import (
	"errors"
	"fmt"
)

// ErrLiteralOpen reports that a Decoder was asked for something after a streamed literal. Read the literal, then call
// Reader.Continue.
var ErrLiteralOpen = errors.New("wire: a streamed literal has not been read")

// ErrLiteralVoid reports a read from a streamed literal after the Reader has gone on.
var ErrLiteralVoid = errors.New("wire: the literal is void: the reader has gone on")

// ErrHalfRead reports a message that cannot be detached, because a call that shows more of it has been cut short.
var ErrHalfRead = errors.New("wire: the message is only half read")

// A SyntaxError reports octets that the grammar does not allow at their place.
type SyntaxError struct {
	Offset int64  // octets from the beginning of the message
	Want   string // what the grammar wants there, in the words of RFC 9051 §9
	Got    []byte // what stands there, at most 32 octets; a copy, which is the caller's
}

// Error quotes the place and what stands there.
func (e *SyntaxError) Error() string {
	if len(e.Got) == 0 {
		return fmt.Sprintf("wire: want %s at octet %d, got the end", e.Want, e.Offset)
	}
	return fmt.Sprintf("wire: want %s at octet %d, got %q", e.Want, e.Offset, e.Got)
}

// A LimitError reports that the peer sent more than a limit allows. The stream is still in step: Reader.Next or
// Reader.Skip skips what is too large. But a literal or a divided line over Limits.Literal, or more to skip than
// Limits.Skip, ends the stream, as Reader.Err tells.
type LimitError struct {
	What  string // "message", "literal", "literal in memory", "line", "skipped data", "depth", "items"
	Limit int64  // in octets, levels or items
	Size  int64  // what was sent or announced, as far as it is known
}

// Error names the limit and what exceeded it.
func (e *LimitError) Error() string {
	return fmt.Sprintf("wire: %s of %d exceeds the limit of %d", e.What, e.Size, e.Limit)
}

// An ArgumentError reports a value from the caller that the protocol cannot carry. It is found while encoding, before
// an octet is sent.
type ArgumentError struct {
	What   string // the grammar's name for the value: "atom", "quoted string", "flag"
	Value  string // the value, cut to 64 bytes; empty if it is secret
	Reason string // the rest of the sentence: "is not an atom"
}

// Error names the kind of value and why it cannot be sent.
func (e *ArgumentError) Error() string {
	if e.Value == "" {
		return "wire: " + e.What + " " + e.Reason
	}
	return fmt.Sprintf("wire: %s %q %s", e.What, e.Value, e.Reason)
}
