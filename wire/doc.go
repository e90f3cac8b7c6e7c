// Package wire turns octets into IMAP tokens, and tokens into octets (RFC 9051 §4 and §9). It is for clients, servers
// and proxies alike. It knows nothing of the network, or of the meaning of responses and commands.
//
// # Waiting and lexing
//
// A [Reader] waits for the peer, and does not lex. It shows a Decoder only what is completely in memory: the first
// line of a message, the whole message, or a part of it that begins or ends at a literal too large to hold. A
// [Decoder] lexes what is in memory, does not wait, and keeps its first error. So a deadline can cut short only a
// method of a Reader or of a streamed [Literal]. If it does, call the method again, and it goes on from there.
//
//	r := wire.NewReader(conn, wire.Limits{})
//	var d wire.Decoder
//	err := r.Next(&d)      // waits for a line; its first words say what it is
//	err = r.Extend(&d)     // waits for the literals that the line announces; omit it for free text
//	name := d.AString()
//	d.SP()
//	for range d.List {
//		flags = append(flags, d.Intern(d.Flag()))
//	}
//	d.CRLF()
//	err = d.Err()          // the first error
//
// Next and Extend are two methods, because a Reader cannot know whether {n} at the end of a line announces a literal.
// In the text of a status response or a continuation request, {n} is free text. In any other line, it announces a
// literal.
//
// A small [Literal] is held in memory, as part of the message. A large one is streamed: Extend stops before the
// literal, the program reads the octets of the literal from the peer, and Continue shows the line after the literal.
// Three functions are for proxies. [Relay] passes on one response unchanged, and [RelayRun] passes on many responses at
// a time. [RelayCommand] passes on a command, and sends each literal only when the receiver has agreed to it. Skip
// drops a message. Neither Skip nor these functions hold a whole message in memory.
//
// # Inside a Reader
//
// A Reader consists of two parts:
//
//   - The buffer (buffer.go) has the octets. It reads the stream (source.go) into arrays, and decides how large the
//     arrays are (sizing.go), which octets must not move, and which are no longer valid. The comment of type buffer has
//     a picture of an array. The buffer knows nothing of lines and literals.
//   - The framer (framer.go) has the state of the current message. It finds where lines and literals end (header.go),
//     refuses literals (literalrefuse.go), and skips (skip.go), streams (stream.go) or divides (part.go) what is too
//     long to show at once. It has no octets.
//
// The Reader adds the exported methods, and notes how far RelayRun and RelayCommand have come.
//
// # States of a framer
//
// A framer goes through these states while a message is read. If a deadline cuts a call short, the framer stays in the
// state that it has reached, and the same call can be made again. Each entry begins with the name of a state, and with
// the fields of the framer that have a meaning in that state ("in" is the buffer). After that it says what the state
// means, and which calls or events lead to other states. A stride is the part of a message that is shown at once.
//
//   - done (in.tail, afterLiteral, fail): The message has been shown to its end. Next leads to line or part, or to over
//     if the first line is over the limit. Join leads to extend.
//   - line: The first line of a message has been shown. Extend leads to extend. Without a call of Extend, the message
//     is one line, and Next leads to the same states as from done.
//   - extend (in.tail, accepted, h, afterLiteral): The last line of the stride is complete, and may announce a literal.
//     Without a literal, the state becomes done. A literal that fits in memory leads to extend again, with the line
//     after it. A larger literal leads to literal. A refused literal leads to refused if the peer sends it anyway, and
//     to done if not.
//   - literal (h, left, literalSeq): A literal is being streamed. Continue, Skip and Next lead to tail.
//   - refused (h, left, fail): The peer sends a literal that was refused. Skip and Next lead to tail.
//   - tail (afterLiteral): A literal has been read or dropped, and the line after it comes next. A complete line leads
//     to extend. A line over the limit leads to over.
//   - part (long.head, long.shown): Next has shown a part of a long line that OnLong divides. Next leads to part again,
//     or to line if it shows the last part. Relay leads to rest, and Skip leads to over.
//   - rest (last): Relay copies the rest of a divided line. The end of the line leads to dropped.
//   - over (last, octetsDropped, fail): The framer drops the rest of a line, because the line is over the limit or
//     skipped. The end of the line leads to dropped, at once if it has already arrived.
//   - dropped (last, fail): A line has been dropped, or relayed in parts, to its end. If the line announces a literal,
//     the state becomes literal. If not, it becomes done.
//   - ended (err): The stream has ended with an error, and nothing more can be read.
//
// A framer has three fields for errors. The error err has ended the stream, and the error fail has ended the message.
// The error in.pendingErr came from the stream together with octets, and is returned after them.
//
// # Writing
//
// An [Encoder] writes to memory only. The [Mode] decides whether it sends a string as an atom, in quotes or as a
// literal. Before any octet is sent, the Encoder refuses a value that the protocol cannot carry. So no octets of a
// value that comes from a user can pass for the end of a line or the header of a literal, unless the program passes the
// value to Verbatim. The [Segment] values of an Encoder say where the sender must wait for the peer, what it must copy
// from elsewhere, and what is secret.
//
// # Ownership
//
// A string that this package returns belongs to the caller. A []byte that a Decoder returns is borrowed: its capacity
// is its length, and it is valid until the next message is read, or until a method of the Reader such as Extend or
// Skip makes it invalid. Builds with the race detector overwrite a slice when it is no longer valid.
//
// # Hostile peers
//
// [Limits] bounds how much memory a peer can make this package use. Memory grows with the octets that have arrived, not
// with the size that a peer announces, and work is linear in the length of the input. Input that the grammar does not
// allow is a [SyntaxError], which quotes the place. A value over a limit is a [LimitError]. After a SyntaxError, and
// after most LimitErrors, the Reader finds the next message. A [Rule] is a deviation from the grammar that a Decoder
// accepts. No rule changes the meaning of correct input.
package wire

// Where things are:
//
//	reader.go, framer.go, buffer.go  a Reader and its two parts; "Inside a Reader" names their other files
//	literalrefuse.go                 refusing a literal, by OnLiteral or because it exceeds a limit
//	decoder.go, token.go, value.go   a Decoder; literal.go has its literals
//	class.go, fastscan.go            which octets a token may have, and finding its end
//	encoder.go, segment.go           an Encoder, and sending what it has encoded
//	relay.go, relayrun.go            passing on responses
//	relaycommand.go                  passing on commands: a literal waits for the back end (Await, Invite)
//	rule.go                          the rules that tolerate deviations
//	limits.go, errors.go             limits and errors
