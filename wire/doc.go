// Package wire turns octets into the tokens of IMAP and tokens into octets (RFC 9051 §4 and §9),
// for clients, servers and proxies alike, and knows nothing else: no responses, no commands, no network.
//
// # Waiting and lexing
//
// A [Reader] waits and never lexes: it shows a message when all of it is in memory, up to a literal
// too big to hold. A [Decoder] lexes and never waits, and keeps its first error. A deadline can
// therefore only cut a wait, which is called again and goes on.
//
// A [Literal] is read in place when it is small and streamed when it is big. An [Encoder] writes to
// memory only; its [Segment] values say where to wait for the peer, and what to copy from elsewhere.
//
// # Ownership
//
// Strings are yours, slices are ours: a []byte from this package is valid until the next message is
// read, and its capacity is its length. Builds with the race detector overwrite what is no longer valid.
//
// # Hostile peers
//
// [Limits] bounds what a peer can make this package hold. A syntax error is a [SyntaxError] that quotes
// the place, an exceeded limit a [LimitError]; both leave the reader in step with the stream. What is
// read although it is wrong is a named [Rule], and none is applied that could change what is right.
package wire
