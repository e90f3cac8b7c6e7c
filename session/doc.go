// Package session drives one IMAP connection: its state, and the commands in flight (RFC 9051 §2.2, §3, §5.5).
//
// A [Session] has no goroutine and no channel. [Start] and [StartStream] put a [Command] into a queue and return at
// once; [Call.Wait] and [Stream.All] drive the session: they write what may be written, read one response after the
// other, and give each to whom it belongs. So pipelining is what happens when several commands are started before
// one is waited for, and what RFC 9051 §5.5 forbids simply waits for its turn.
//
// # Ownership
//
// A session is used by one goroutine at a time. Strings are yours, slices are ours: what a response holds is
// valid until the next one is read, that is until the next turn of the loop, or until Wait returns.
//
// # Unsolicited data
//
// What no command claims goes to the functions of [Handler], between two responses, on the stack of who drives. The
// session's view of the mailbox, [Session.Mailbox], is up to date before they run.
//
// # Ends
//
// An end of the connection that the server has not announced by BYE is ErrLost, wherever it is noticed.
//
// The end of a context abandons the command that is waited for, and the session lives, unless the command was
// half written. Silence for longer than [Config].Progress ends the session, and so does a response that cannot be
// framed. A response that is framed and cannot be read is its command's error. [SafeToRetry] tells which commands
// were never sent.
//
// Package commands has the commands; one of your own is a value of type [Command].
package session
