// Package message reads mail for an IMAP server. It finds the parts of a message (RFC 2045, RFC 2046, RFC 5322).
// From them it computes what FETCH, SEARCH, SORT and THREAD need: ENVELOPE, BODYSTRUCTURE, sections, BINARY,
// PREVIEW, texts and threads.
//
// # Where a message is stored
//
// [New] takes a message in memory. New parses nothing: the methods parse the message when they are called. [Open] takes
// a message in an io.ReaderAt, such as a file. Open reads the message once, through a window of 32 KiB that grows for
// longer headers, and keeps the headers in memory. Everything else is read when a method needs it, and a [Section] is
// streamed. [Message.AppendCache] stores what is known about a message in a few hundred bytes. [Restore] makes a
// Message from these bytes. The methods of this Message rarely need to read the octets of the message.
//
// A [Message] never changes its octets, even if they are malformed. Most results are computed when a method first needs
// them, and are then kept. Any number of goroutines may use a Message. So the copies of a message in several mailboxes
// can share one Message. Parts are ranges of the octets. So BODY[2.1.MIME], for example, copies nothing.
//
// # Malformed messages
//
// The package accepts every message. A message may be malformed: it may have a line that is not a header field, a
// boundary that never comes, or an address without a domain. The package reads such a message as mail servers commonly
// do. The time for reading is at most proportional to the size of the message. [MaxDepth], [MaxParts], [MaxHeader] and
// [MaxText] limit what is parsed. The rest can still be fetched. [Message.Err] reports an error of the disk.
//
// Slices are valid until the program ends. The package never changes them, and a program must not change them
// either.
package message
