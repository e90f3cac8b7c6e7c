// Package message reads mail for an IMAP server: it finds the parts of a message (RFC 2045, RFC 2046, RFC 5322)
// and says what FETCH, SEARCH, SORT and THREAD want to know of them: ENVELOPE, BODYSTRUCTURE, sections, BINARY, PREVIEW,
// texts and threads.
//
// A [Message] keeps its octets as they came, whatever they are. What is asked of it is computed when it is first
// asked for, once, and is safe to be read by any number of goroutines; so copies of a message in several
// mailboxes can share one value. Parts are offsets into the octets: BODY[2.1.MIME] copies nothing.
//
// Nothing is refused. A header that is none, a boundary that never comes, an address without a domain get
// the reading that mail servers commonly give them. Reading takes time in proportion to the size of the message
// at most, and [MaxDepth] and [MaxParts] bound the structure.
//
// Slices are valid until the program ends: they must not be changed, and nothing changes them.
package message
