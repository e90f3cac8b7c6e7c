// Package wire turns octets into the tokens of IMAP and tokens into octets (RFC 9051 §4 and §9),
// for clients, servers and proxies alike, and knows nothing else: no responses, no commands, no network.
//
// # Waiting and lexing
//
// A [Reader] waits and never lexes: it shows a message when all of it is in memory, up to a literal
// too big to hold. A [Decoder] lexes and never waits, and keeps its first error. A deadline can
// therefore only cut a wait, which is called again and goes on.
//
//	r := wire.NewReader(conn, wire.Limits{})
//	var d wire.Decoder
//	err := r.Next(&d)      // waits for a line; its head says what it is
//	err = r.Extend(&d)     // waits for the literals behind it, unless it is free text
//	name := d.AString()
//	d.SP()
//	for range d.List {
//		flags = append(flags, d.Intern(d.Flag()))
//	}
//	d.CRLF()
//	err = d.Err()          // of whatever went wrong first
//
// Framing needs one bit of grammar, which is why Next and Extend are two: a status response is free text
// to the end of its line, and a line of anything else that ends in {n} announces a literal.
//
// A [Literal] is read in place when it is small and streamed when it is big: Extend stops before it, its
// octets are read from the peer as they are asked for, and Continue shows what comes behind. [Relay] hands
// on all of a response as it came, [RelayRun] many of them at a time, [RelayCommand] a command when the other side has agreed to its literals, and Skip drops a message,
// without holding it.
//
// # Writing
//
// An [Encoder] writes to memory only. It chooses the form of each string by the [Mode], and refuses what
// the protocol cannot carry before an octet is sent: no value of a user's can end a line or begin a literal.
// Its [Segment] values say where to wait for the peer, what to copy from elsewhere, and what is secret.
//
// # Ownership
//
// Strings are yours, slices are ours: a []byte from this package is valid until the next message is
// read, and its capacity is its length. Builds with the race detector overwrite what is no longer valid.
//
// # Hostile peers
//
// [Limits] bounds what a peer can make this package hold; memory grows with what has come and not with what
// was announced, and work with the length of the input. A syntax error is a [SyntaxError] that quotes
// the place, an exceeded limit a [LimitError]; both leave the reader in step with the stream. What is
// read although it is wrong is a named [Rule], and none is applied that could change what is right.
package wire
