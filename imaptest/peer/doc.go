// Package peer tells tests where to find the real IMAP servers that "make interop" starts. It skips a test whose server
// is not running.
//
//	func TestInteropLogin(t *testing.T) {
//		dovecot := peer.Dovecot(t)
//		c, err := tls.Dial("tcp", dovecot.TLSAddr(), dovecot.TLS(t))
//		// log in as dovecot.User with dovecot.Password
//	}
//
// The scripts in imaptest/interop start each server on loopback, with a directory of its own, and write a file of lines
// NAME=value, from which [Read] makes an [Env]. Environment variables such as IMAPSTACK_DOVECOT hold the names of these
// files. In all packages, "make interop" runs the tests whose names begin with TestInterop, so a test that calls
// [Dovecot], [Cyrus], [Courier], [DovecotProxy] or [Named] needs such a name.
//
// An [Env] holds only strings; they are the caller's.
package peer
