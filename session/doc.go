// Package session drives one IMAP connection: its state, and the commands in flight (RFC 9051 §2.2, §3, §5.5).
//
// [Start] and [StartStream] put a [Command] into a queue and return at once; [Call.Wait] and [Stream.All] drive the session: they write
// what may be written, read one response after the other, and give each to the command that it answers. So pipelining is what happens
// when several commands are started before one is waited for. Calls and streams may be waited for in any order, whatever order the server
// answers in, and also in the loop over a stream.
//
// A session does its work on the goroutine that drives it. It starts one of its own only to write what does not fit into the buffers on
// the way, or what comes from a reader that may take its time, while the other one reads.
//
// # What may be in flight together
//
// A command says what it does to others (Command.Flow) and which responses answer it (Command.Answers). [Together] decides by that
// before a command is sent: it waits if it would change what another one means, or if a response could answer either. A command that has
// been abandoned is in flight until the server has answered it. A command that says nothing shares the connection with no other.
//
// # Which mailbox
//
// A command that works on the selected mailbox belongs to the one that was open, or being opened, when it was started. It is refused unsent,
// by a [MailboxError], if that is not the one that is open when its turn comes. A command that only reads may go out along with its SELECT; one that
// changes something waits for the SELECT's answer if another mailbox was open before. A command with message sequence numbers is refused, by a
// [StaleError], if messages went after it was started.
//
// # The life of a command
//
// Its progress is one of these, and changes only so:
//
//	queued    → writing             its turn has come
//	          → answered            it was refused, or given up, before an octet was sent
//	writing   → awaiting            a literal has been announced that waits for "+"
//	          → sent                all of it has been written
//	          → answered            the server has refused it while it was being written
//	awaiting  → writing             "+" has come
//	          → answered            the server has refused the literal
//	sent      → asked               "+" has come: the server listens (IDLE, AUTHENTICATE)
//	          → answered            the tagged response has come
//	asked     → sent                the command has answered the challenge
//	          → answered            the tagged response has come
//
// The end of the session makes each of them answered. Beside that, what is done with the data only ever grows less (wanted, dropped, abandoned),
// and a command that can be ended early has not been, is to be, or has been (runsOn, stopDue, stopped). What the first Wait returns is written
// once, and every later one returns it.
//
// # Ownership
//
// Strings are yours, slices are ours: what a response holds is valid until the next one is read, that is until the next turn of the
// loop. What Wait returns is the caller's, unless the command's own documentation says otherwise. A session is used by one goroutine at a time; a second one gets [ErrConcurrent].
//
// # Unsolicited data
//
// What answers no command goes to the functions of [Handler], between two responses, on the goroutine that drives the session. The
// session's view of the mailbox, [Session.Mailbox], is up to date before they run; [Handler].Opened says of which mailbox everything is that follows.
//
// # Ends
//
// An end of the connection that the server has not announced by BYE is [ErrLost], wherever it is noticed. BYE ends what is in flight.
//
// The end of a context abandons the command that is waited for, and the session lives, unless the body of a literal was
// half sent. Silence for longer than [Config].StallTimeout ends the session, and so does a response that cannot be
// framed. A response that is framed and cannot be read is its command's error. [SafeToRetry] tells which commands
// were never sent.
//
// Package commands has the commands; one of your own is a value of type [Command].
package session
