package wire

import (
	"errors"
	"fmt"
)

// ErrLiteralOpen reports that a Decoder was asked for a token after a streamed literal, before the literal was read.
// Read the literal, then call Reader.Continue.
var ErrLiteralOpen = errors.New("wire: a streamed literal has not been read")

// ErrLiteralVoid reports a read from a literal after the Reader has gone on to what follows the literal.
var ErrLiteralVoid = errors.New("wire: the literal is no longer valid: the reader has gone on")

// ErrHalfRead reports that Detach cannot detach a message, because a deadline has cut short a call of Skip or Relay, or
// because the Reader shows a long line in parts.
var ErrHalfRead = errors.New("wire: the message is only half read")

// A SyntaxError reports octets at a place at which the grammar does not allow them.
type SyntaxError struct {
	Offset int64  // octets from the beginning of the message
	Want   string // what the grammar wants at Offset, as RFC 9051 §9 names it
	Got    []byte // the octets there, at most 32; the caller owns the slice
}

// Error returns a text with the offset, what the grammar wants there, and the octets found there.
func (e *SyntaxError) Error() string {
	if len(e.Got) == 0 {
		return fmt.Sprintf("wire: want %s at octet %d, got the end of the input", e.Want, e.Offset)
	}
	return fmt.Sprintf("wire: want %s at octet %d, got %q", e.Want, e.Offset, e.Got)
}

// A LimitError reports that the peer sent more than a limit allows. After most LimitErrors, Reader.Next or Reader.Skip
// skips the part that is too large and finds the next message. A literal or a divided line over Limits.Literal, or more
// octets to drop than Limits.Skip, ends the stream; Reader.Err then returns the LimitError.
type LimitError struct {
	What  string // "message", "literal", "literal in memory", "line", "skipped data", "depth", "items"
	Limit int64  // in octets, levels or items
	Size  int64  // what was sent or announced, as far as is known
}

// Error returns a text with the limit and the size that exceeds it.
func (e *LimitError) Error() string {
	return fmt.Sprintf("wire: %s of %d exceeds the limit of %d", e.What, e.Size, e.Limit)
}

// An ArgumentError reports a value from the caller that the protocol cannot carry. The Encoder finds it before any
// octet is sent.
type ArgumentError struct {
	What   string // the kind of value, such as "atom", "quoted string" or "flag"
	Value  string // the value, cut to 64 bytes; empty if it is secret
	Reason string // what is wrong with the value, such as "is not an atom"
}

// Error returns a text with the kind of value, the value, and why it cannot be sent.
func (e *ArgumentError) Error() string {
	if e.Value == "" {
		return "wire: " + e.What + " " + e.Reason
	}
	return fmt.Sprintf("wire: %s %q %s", e.What, e.Value, e.Reason)
}
