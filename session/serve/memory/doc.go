// Package memory is a back end of package serve that keeps everything in memory. It is for tests, and for programs that
// show mail without storing it. It is also an example of a back end. It implements most of the optional interfaces of
// package serve.
//
// A [Backend] is safe for use by several goroutines. Messages are lost with the process.
//
// A mailbox has at most 1000 keywords, each of at most 255 octets. It remembers the last 1000 expunges for QRESYNC, or as
// many as it has messages if that is more. A client that has been away for longer is told of all UIDs that no message
// has. So the memory of a Backend depends on the mail that it has, and not on the mail that it has had.
package memory
