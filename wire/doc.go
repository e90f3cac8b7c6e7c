// Package wire turns octets into the tokens of IMAP, and tokens into octets (RFC 9051 §4 and §9). It is for clients,
// servers and proxies alike. It knows nothing of responses, commands or the network.
//
// # Waiting and lexing
//
// A [Reader] waits and never lexes: it shows a message when all of it is in memory, up to a literal too big to hold. A
// [Decoder] lexes and never waits, and keeps its first error. So a deadline can only cut a wait, and the same call goes
// on later.
//
//	r := wire.NewReader(conn, wire.Limits{})
//	var d wire.Decoder
//	err := r.Next(&d)      // waits for a line; its beginning says what it is
//	err = r.Extend(&d)     // waits for the literals after it, unless it is free text
//	name := d.AString()
//	d.SP()
//	for range d.List {
//		flags = append(flags, d.Intern(d.Flag()))
//	}
//	d.CRLF()
//	err = d.Err()          // the first error
//
// Next and Extend are two methods because framing needs one bit of grammar: a status response is free text to the end
// of its line, and any other line that ends in {n} announces a literal.
//
// A small [Literal] is read in place. A large one is streamed: Extend stops before it, its octets are read from the
// peer as the program asks for them, and Continue shows what follows it. [Relay] passes on a response as it came,
// [RelayRun] many responses at a time, and [RelayCommand] a command after the other side has agreed to its literals.
// Skip drops a message. None of these holds the message.
//
// # Inside a Reader
//
// A Reader consists of two parts:
//
//   - The buffer (buffer.go) has the octets. It reads the stream (source.go) into arrays, and decides how large they are
//     (sizing.go), which octets stay where they are, and which are void. Its comment has a picture of an array. It knows
//     nothing of lines and literals.
//   - The framer (framer.go) has the message at hand: where its lines and literals end (header.go), what is too long, and
//     what is skipped (skip.go), streamed (stream.go) or divided (part.go). It holds no octets.
//
// The Reader adds the methods that a caller sees, and notes how far RelayRun and RelayCommand are.
//
// A framer goes through these states with each message. A wait that is cut short does not change the state: when the
// method is called again, it goes on. The third column names the fields that count in a state, beside the stride and
// the limits; "in" is the buffer.
//
//	state     the framer                                   fields that count      the next state
//	done      has shown all of the message                 in.tail later fail     Next: line; Join: extend
//	line      has shown the first line                                            Extend: extend; Next: line (there was only one)
//	extend    has a whole line; a literal at its end has   in.tail asked h later  no literal: done; in memory: extend; too big: literal;
//	          not been looked at, or is waited for                                not admitted: refused, or done if it does not come
//	literal   streams a literal                            h left seq             Continue, Skip, Next: tail
//	refused   gets a literal although it was refused       h left fail            Skip, Next: tail
//	tail      has read a literal; its line is due          later                  a whole line: extend; one over the limit: over
//	part      has shown a part of a line that OnLong       long.head long.shown   Next: part, or line; Relay: rest
//	          divides
//	rest      relays the rest of such a line               last                   its end: dropped
//	over      drops a line that is over the limit          last waste fail        its end: dropped
//	dropped   has taken a line without showing it          last fail              a literal announced in it: literal; none: done
//	ended     cannot find the next message                 err                    none
//
// There are three errors. err has ended the stream. fail has ended the message. pend, the buffer's, came from the
// stream together with octets, and is returned after them.
//
// # Writing
//
// An [Encoder] writes to memory only. It chooses the form of each string by the [Mode]. It refuses what the protocol
// cannot carry before an octet is sent: no value that comes from a user can end a line or begin a literal. Its
// [Segment] values say where to wait for the peer, what to copy from elsewhere, and what is secret.
//
// # Ownership
//
// Strings are the caller's. Slices are borrowed: a []byte from this package is valid until the next message is read,
// and its capacity is its length. Builds with the race detector overwrite what is no longer valid.
//
// # Hostile peers
//
// [Limits] bounds what a peer can make this package hold. Memory grows with what has come, not with what was announced,
// and work is linear in the length of the input. A syntax error is a [SyntaxError], which quotes the place. A value
// over a limit is a [LimitError]. Both leave the Reader in step with the stream. Each deviation that is read all the
// same is a named [Rule], and no rule changes the meaning of correct input.
package wire
