// Package memory is a back end of package serve that keeps everything in memory. It is for tests, and for programs that
// show mail without storing it. It is also an example of a back end. It implements most of the optional interfaces of
// package serve.
//
// A [Backend] is safe for use by several goroutines. Messages are lost with the process.
package memory
