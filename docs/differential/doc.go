// Package differential compares what two libraries understand. The same responses, read by the client of
// github.com/emersion/go-imap/v2 and by package parser, give the same values whenever both accept them. The package
// consists of tests only. It is a module of its own, so that nobody who uses imapstack depends on go-imap.
package differential
