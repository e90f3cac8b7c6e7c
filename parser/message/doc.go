// Package message reads mail for an IMAP server. It finds the parts of a message (RFC 2045, RFC 2046, RFC 5322) and
// computes what FETCH, SEARCH, SORT and THREAD need: ENVELOPE, BODYSTRUCTURE, sections, BINARY, PREVIEW, texts and
// threads.
//
// # Where a message is stored
//
// [New] takes a message in memory, and does nothing before a method asks. [Open] takes one in an io.ReaderAt, such as a
// file. It reads the message once, through a window of a few kilobytes, and keeps its headers. Everything else is read
// when a method asks for it, and a [Section] is streamed. [Message.AppendCache] writes what is known about a message in
// a few hundred bytes. [Restore] makes a Message from that, which answers most questions without reading the message.
//
// A [Message] keeps its octets as they came, whatever they are. Each result is computed once, when a method first asks
// for it, and any number of goroutines may read it. So copies of a message in several mailboxes can share one value.
// Parts are ranges of the octets: BODY[2.1.MIME] copies nothing.
//
// # Malformed messages
//
// The package refuses nothing. A line that is not a header field, a boundary that never comes, or an address without a
// domain is read as mail servers commonly read it. Reading takes time in proportion to the size of the message at most.
// [MaxDepth], [MaxParts], [MaxHeader] and [MaxText] bound what is parsed; the rest can still be fetched. [Message.Err]
// reports a disk that fails.
//
// Slices are valid until the program ends. They must not be changed, and nothing changes them.
package message
