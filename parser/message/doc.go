// Package message reads mail for an IMAP server: it finds the parts of a message (RFC 2045, RFC 2046, RFC 5322)
// and says what FETCH, SEARCH, SORT and THREAD want to know of them: ENVELOPE, BODYSTRUCTURE, sections, BINARY, PREVIEW,
// texts and threads.
//
// # Where a message lies
//
// [New] takes a message in memory, and does nothing before it is asked. [Open] takes one that lies behind an io.ReaderAt,
// such as a file, reads it once through a window of some kilobytes, and keeps its headers; whatever else is asked for is read
// when it is asked for, and a [Section] is streamed. [Message.AppendCache] writes what is known of a message in a few hundred
// octets, and [Restore] makes a Message of that which answers most questions without the message at hand.
//
// A [Message] keeps its octets as they came, whatever they are. What is asked of it is computed when it is first
// asked for, once, and is safe to be read by any number of goroutines; so copies of a message in several
// mailboxes can share one value. Parts are places in the octets: BODY[2.1.MIME] copies nothing.
//
// # What is wrong with it
//
// Nothing is refused. A header that is none, a boundary that never comes, an address without a domain get
// the reading that mail servers commonly give them. Reading takes time in proportion to the size of the message
// at most, and [MaxDepth], [MaxParts], [MaxHeader] and [MaxText] bound what is looked at; what is beyond is still there to be
// fetched. A disk that fails is told by [Message.Err].
//
// Slices are valid until the program ends: they must not be changed, and nothing changes them.
package message
