// Package memory is a back end of package serve that keeps everything in memory: for tests, for programs that show mail
// without storing it, and as an example of a back end. It implements every interface of package serve for an open
// mailbox.
//
// A [Backend] is safe for use by several goroutines. Messages are lost with the process.
package memory
