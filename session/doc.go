// Package session drives one IMAP connection: its state, and the commands in flight (RFC 9051 §2.2, §3, §5.5).
//
// [Start] and [StartStream] put a [Command] into a queue and return at once. [Call.Wait] and [Stream.All] drive the
// session: they write what may be written, read one response after the other, and give each to the command that it
// answers. So commands are pipelined if a program starts several before it waits for one. Calls and streams may be
// waited for in any order, whatever order the server answers in, and also within the loop over a stream.
//
// A session does its work on the goroutine that drives it. It starts another goroutine only to write while the first
// one reads: if the octets do not fit into the buffers on the way, or come from a reader that may take its time.
//
// # What may be in flight together
//
// A command says how it affects others (Command.Flow) and which responses answer it (Command.Answers). By that,
// [Together] decides before a command is sent: the command waits if it would change what another one means, or if a
// response could answer either. An abandoned command is in flight until the server has answered it. A command that
// declares nothing is never in flight together with another. A SELECT waits for everything before it, unless it and
// the SELECT before it say that nothing will be asked about the first mailbox (Chains).
//
// # Which mailbox
//
// A command that works on the selected mailbox belongs to the one that was open, or being opened, when it was started.
// If another mailbox is open at its turn, it is refused unsent with a [MailboxError]. A command that only reads may be
// sent together with its SELECT. One that changes something waits for the SELECT's answer if another mailbox was open
// before. A command with message sequence numbers is refused with a [StaleError] if messages were expunged after it was
// started.
//
// # The life of a command
//
// A command's progress has one of these values, and changes only as follows:
//
//	queued    → writing             its turn has come
//	          → answered            it was refused or abandoned before an octet was sent
//	writing   → awaiting            it has announced a literal that waits for "+"
//	          → sent                all of it has been written
//	          → answered            the server refused it while it was being written
//	awaiting  → writing             "+" has arrived
//	          → answered            the server refused the literal
//	sent      → asked               "+" has arrived: the server listens (IDLE, AUTHENTICATE)
//	          → answered            the tagged response has arrived
//	asked     → sent                the command has answered the challenge
//	          → answered            the tagged response has arrived
//
// At the end of the session every command becomes answered. Two more states belong to a command. The interest in its
// data only ever decreases: wanted, dropped, abandoned. A command that can be ended early advances from runsOn over
// stopDue to stopped. The outcome is set once; every Wait returns it.
//
// # Ownership
//
// Strings are yours, slices are ours: what a response holds is valid until the next one is read, that is, until the
// next turn of the loop. The caller owns what Wait returns, unless the command's documentation says otherwise. One
// goroutine at a time may use a session; a second one gets [ErrConcurrent].
//
// # Unsolicited data
//
// A response that answers no command goes to the functions of [Handler], between two responses, on the goroutine that
// drives the session. The session updates its view of the mailbox, [Session.Mailbox], before they run. [Handler].Opened
// tells which mailbox all later responses are about.
//
// # Ends
//
// If the connection ends without a BYE, the error is [ErrLost], wherever the end is noticed. BYE ends all commands in
// flight.
//
// The end of a context abandons the command that is waited for. The session lives on, unless the body of a literal was
// half sent. Two things end the session: silence for longer than [Config].StallTimeout, and a response that cannot be
// framed. A response that can be framed but not parsed is its command's error. [SafeToRetry] tells which commands were
// never sent.
//
// Package commands provides the commands. To write one of your own, use the type [Command].
package session
