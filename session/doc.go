// Package session drives one IMAP connection: its state, and the commands in flight (RFC 9051 §2.2, §3, §5.5).
//
// [Start] and [StartStream] put a [Command] into a queue and return at once. [Call.Wait] and [Stream.All] drive the
// session: they send the commands that may be sent now, read one response after the other, and give each response to
// the command that it answers. A program that starts several commands before it waits for one therefore pipelines
// them. It may wait for calls and streams in any order, whatever the order of the server's answers, and also in the
// body of a loop over a stream.
//
// A session does its work on the goroutine that calls one of these methods: that goroutine drives the session. The
// session starts a second goroutine only to write while the first one reads. It does so if the octets to write do not
// fit into the buffers between client and server, or if they come from an io.Reader that may block.
//
// # What may be in flight together
//
// A command says how it affects others (Command.Flow) and which responses answer it (Command.Answers). Before a command
// is sent, [Together] compares it with each command in flight. The command waits if it would change what another one
// means, or if a response could answer either of the two. An abandoned command is in flight until the server has
// answered it. A command without Answers is never in flight together with another. A SELECT waits until every command
// before it has been answered. There are two exceptions. A SELECT may follow a command with the flow [Leads], such as
// ID, at once. And it may follow another SELECT at once if both have the flow [Chains], which means that the program
// needs nothing from the first mailbox.
//
// # Which mailbox
//
// A command that works on the selected mailbox belongs to the mailbox that was open, or was being opened, when the
// program started the command. If another mailbox, or none, is open when the command is about to be sent, the session
// does not send it, and its error is a [MailboxError]. A command that only reads may be sent together with its SELECT.
// A command that changes something waits for the answer to that SELECT if another mailbox was open before. A command
// with message sequence numbers is not sent if messages were expunged after it was started, and its error is a
// [StaleError].
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
// When the session ends, every command becomes answered. A command has two more states. Its interest says whether the
// program still wants its data and its answer; it goes from wanted to dropped to abandoned, and never back. Its
// ending says whether the session has ended the command early, as DONE ends IDLE; it goes from runsOn to stopDue to
// stopped. The outcome of a command is set once, and every Wait returns it.
//
// # Ownership
//
// The caller may keep the strings in a response. The slices in it belong to the session: they are valid until the
// session reads the next response, which is at the next iteration of the loop. The caller owns what Wait returns,
// unless the command's documentation says otherwise. One goroutine at a time may use a session. A second one gets
// [ErrConcurrent], except while the body of a loop runs: then the session cannot tell it from the goroutine that runs
// the body.
//
// # Unsolicited data
//
// A response that answers no command goes to the functions of [Handler], between two responses, on the goroutine that
// drives the session. Before they run, the session updates its view of the mailbox, [Session.Mailbox]. The function
// Opened of [Handler] gets the mailbox that all later responses are about.
//
// # Ends
//
// If the connection ends without a BYE, the error is [ErrLost], whatever the session was doing at that moment. BYE
// ends all commands in flight.
//
// When the context of a Wait or a loop ends, the session abandons the command that was waited for. The session itself
// lives on, unless it had sent only a part of a literal, or the command negotiates a layer. The session ends if the
// server is silent for longer than [Config].StallTimeout while an answer is due, or sends more than
// [Config].MaxUntagged responses in a row that no command wants. It also ends if the server sends a response that
// cannot be framed, because the session cannot tell where such a response ends. A panic in a callback also ends the
// session. A response that can be framed but not parsed is an error only of the command that it answers. [SafeToRetry]
// reports whether a command was never sent.
//
// Package commands provides the commands. To write one of your own, use the type [Command].
package session

// Where things are:
//
//	session.go, upgrade.go      opening and closing a session: Open, Dial, StartTLS, Close
//	command.go                  a command as package commands declares it
//	call.go, stream.go          starting a command, and waiting for its result
//	pending.go, queue.go        a command that has been started: its progress, and its place in the queue
//	pipelining.go               why a command waits for another one (Together), such as STORE for FETCH
//	epoch.go                    why a command waits for its SELECT, or is not sent (MailboxError)
//	send.go, writer.go          sending commands; a literal waits for the server's "+", and IDLE ends for other commands
//	body.go                     reading the message of an APPEND
//	route.go, claim.go          reading responses; a response goes to the command that it answers
//	kept.go                     data that is kept until the program reads its stream
//	observe.go, mailbox.go      unsolicited data: what other clients have changed, and the view of the mailbox
//	handler.go                  the functions of the program that learn of such changes
//	link.go, poll.go, rest.go   waiting for the server, with time limits and contexts
//	state.go, errors.go         the states of a session, and its errors
//	usage.go                    only one goroutine at a time uses the session
//	caps.go, shared.go          capabilities; values that sessions share to save memory
//	trace.go, secrets.go        the trace, and hiding secrets in it
