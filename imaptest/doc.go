// Package imaptest helps to test programs that speak IMAP. It has a server in memory that misbehaves when a test asks
// for that, and connections in memory with buffers of any size. It also has scripts: a test can play either side of a
// script on a connection, or record a connection as a script.
//
//	srv := imaptest.NewServer(t)
//	srv.Mailbox("alice", "INBOX").Append(message)
//	// connect to srv.Addr with STARTTLS and srv.TLSConfig(), or to srv.Pipe(); the password is "secret"
//
// A [Server] has the commands of IMAP4rev1 and IMAP4rev2, several users, and connections that see each other's changes.
// When a test changes a [Mailbox], the server reports the change to its clients as if another client had made it. The
// server is built on session/serve and packages wire, parser and auth, so a test that uses it also tests these
// packages.
//
// [Pipe], and a server whose connections come from Server.Pipe, work in a testing/synctest bubble, where waiting takes
// no time, and a deadlock fails the test.
//
// # Logging in
//
// The server offers every mechanism of package auth that the connection and the options allow, with channel binding
// over TLS. [WithMechanisms] and [Without] choose among them. [WithToken] lets users log in with tokens, [WithMaster]
// lets a user act for others, and [WithGuest] lets anybody in. Server.ClientCertificate makes certificates for
// EXTERNAL, and Server.RevokeToken makes a token expire.
//
// # Faults
//
// Server.Inject makes the server misbehave: a [Fault] says how, a [When] says when. Server.Injected lists the faults
// that have happened.
//
//	srv.Inject(imaptest.Answer{Code: parser.CodeInUse}, imaptest.When{Command: "SELECT", Times: 1})
//	srv.Inject(imaptest.Bye{}, imaptest.When{Command: "FETCH", Moment: imaptest.During, Response: 2})
//	srv.Inject(imaptest.Slow{Latency: 100 * time.Millisecond}, imaptest.When{})
//
// The faults concern:
//
//   - the network: [Slow], [Tear], [Cut], [Stall], [HalfClose] and [Intrude], which a [Link] applies to any connection;
//   - what the server sends unasked: [Bye], [Say], [GiantLiteral], [EndlessLine] and [DeepNesting];
//   - how long the server does nothing: [Delay];
//   - answers: [Answer], [RefuseLiteral], [Duplicate], [Shuffle], [Overtake], [WrongTag], [InvalidUTF8],
//     [PlaintextInjection] and [ConnLimit];
//   - answers that are legal but unexpected: [HoldTagged], [RespellSections], [HiddenCapabilities], [UnaskedList],
//     [CourierGroups] and [CourierQuota];
//   - mailboxes: [FalseUIDValidity], [ChangeUIDValidity] and [Vanish];
//   - extensions: [EnabledUnasked].
//
// [Chaos] chooses a fault by a seed.
//
// The server answers commands one after the other, even if they arrive together. [WithOrder] chooses another order that
// the RFC allows.
//
// # Tolerance
//
// The server accepts what most servers accept. With [Strict], it accepts only what the RFCs allow. In both modes
// Received.Wrong and Server.ExpectCorrect report what a client did wrong.
//
// # Extensions
//
// [WithCapability], [WithCommand], [WithFetchItem], [WithSearchKey] and [WithCode] add an extension of your own to the
// server.
//
// # What a test sees
//
// Server.Received lists the commands, without secrets. WaitReceived, WaitIdle and WaitIdleIn wait for clients.
// Connections, Mailboxes and the methods of Mailbox show the state. ExpectMessages, ExpectFlags, ExpectMailboxes and
// ExpectCommands fail a test and print the difference.
//
// # Scripts
//
// A [Script] is text that says what each side sends. [Play] plays one side of it: whole, octet by octet, or cut. A
// [Recorder] makes a script of a session with any server, without secrets. A [Proxy] can record a session within TLS.
package imaptest

// Where things are:
//
//	server.go, options.go, machine.go     a Server, its options, and the serve.Server that speaks IMAP for it
//	hooks.go, conn.go                     in what a connection differs from one of package serve
//	backend*.go, openbox.go               the back end; internal/store keeps the mail
//	table.go, cmd*.go                     commands that need more than the back end
//	fault*.go, inject.go, connfault.go    the faults, when they happen, and how they are applied
//	link*.go, pipe.go                     faults of the network, and connections in memory
//	order*.go, ways.go                    orders of answers, and other ways of servers
//	preset*.go, provider.go               servers like those of large providers
//	expect.go, received.go, mailboxes.go  what a test can check
//	script.go, play.go, record*.go        scripts, playing and recording them; redact.go takes the secrets out
//	extend.go                             extensions of a test's own
