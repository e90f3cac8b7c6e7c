// Package memory is a back end of package serve that keeps everything in memory. It is for tests, and for programs that
// show mail without storing it. It is also an example of a back end. It implements most of the optional interfaces of
// package serve.
//
// A [Backend] is safe for use by several goroutines. Messages are lost with the process.
//
// A mailbox has at most 1000 keywords, each of at most 255 octets. For QRESYNC, it remembers at least the last 1000
// expunged messages, or as many as it has messages if that is more, and at most twice as many. A client that needs to
// know of earlier ones is told of all UIDs that no message has. So the memory that a mailbox uses is bounded by the
// number of its messages, however many have been expunged.
package memory
