// Package differential compares what two libraries understand: the same responses through the client of
// github.com/emersion/go-imap/v2 and through package parser give the same values wherever both take them.
// It is all tests, and a module of its own, so that nobody who uses imapstack depends on go-imap.
package differential
