// Package differential compares what two libraries understand. Its tests read the same responses with the client of
// github.com/emersion/go-imap/v2 and with package parser. If both accept a response, they must return the same values,
// except for a few differences that the tests list with their reasons. The package consists of tests only. It is a
// module of its own, so that programs that use imapstack do not depend on go-imap.
package differential
