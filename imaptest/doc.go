// Package imaptest is for tests of programs that speak IMAP: a server in memory, connections with buffers as small as one
// likes, and scripts that play either side of a connection.
//
//	srv := imaptest.NewServer(t)
//	srv.Mailbox("alice", "INBOX").Append(message)
//	// connect to srv.Addr with STARTTLS and srv.TLSConfig(), or to srv.Pipe(); the password is "secret"
//
// A [Server] has the commands of IMAP4rev1 and IMAP4rev2, several users, and connections that see each other's
// changes; what a test does by [Mailbox] is told to clients as if another client had done it. It is built on packages wire,
// parser and auth alone, and so shows that they serve servers.
//
// [Pipe] and the whole server work within a testing/synctest bubble, in which time passes at once and a
// deadlock is a failure. [Play] plays a [Script]: what both sides say, as a person writes it down, delivered whole, octet by
// octet, or cut.
package imaptest
