// Package imaptest is for tests of programs that speak IMAP: a server in memory whose every misbehaviour can be asked for, connections
// with buffers as small as one likes, and scripts that play either side of a connection, or are recorded from one.
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
// deadlock is a failure.
//
// # Logging in
//
// The server has every mechanism of package auth, with channel binding over TLS: those that the connection and the options allow.
// [WithMechanisms] and [Without] say which; [WithToken], [WithMaster] and [WithGuest] let in by tokens, for others, and anybody;
// Server.ClientCertificate makes certificates for EXTERNAL, and Server.RevokeToken lets tokens expire.
//
// # Faults
//
// Server.Inject has the server do wrong what a [Fault] says, [When] it says; Server.Injected tells what was done.
//
//	srv.Inject(imaptest.Answer{Code: parser.CodeInUse}, imaptest.When{Command: "SELECT", Times: 1})
//	srv.Inject(imaptest.Bye{}, imaptest.When{Command: "FETCH", Moment: imaptest.During, Response: 2})
//	srv.Inject(imaptest.Slow{Latency: 100 * time.Millisecond}, imaptest.When{})
//
// Of the network: [Slow], [Tear], [Cut], [Stall], [HalfClose] and [Intrude], which a [Link] does to any connection. Of what is said unasked:
// [Bye], [Say], [Delay], [GiantLiteral], [EndlessLine] and [DeepNesting]. Of answers: [Answer], [RefuseLiteral], [Duplicate], [Shuffle], [Overtake],
// [WrongTag], [InvalidUTF8], [PlaintextInjection] and [ConnLimit]; not wrong, but not what was expected: [HoldTagged], [RespellSections], [HiddenCapabilities],
// [UnaskedList], [CourierGroups] and [CourierQuota]. Of mailboxes: [FalseUIDValidity], [ChangeUIDValidity] and [Vanish]. Of extensions: [EnabledUnasked]. [Chaos] chooses by a seed.
//
// Commands that came together are answered in turn; [WithOrder] has them answered in other orders that are allowed.
//
// # Tolerance
//
// The server takes what most servers take; with [Strict], what the RFCs allow. Received.Wrong and Server.ExpectCorrect tell in both what a client has sent wrongly.
//
// # Extensions
//
// [WithCapability], [WithCommand], [WithFetchItem], [WithSearchKey] and [WithCode] make the server one that has an extension of your own.
//
// # What a test sees
//
// Server.Received lists the commands, without secrets; WaitReceived, WaitIdle and WaitIdleIn wait for clients; Connections, Mailboxes and the methods of
// Mailbox show the state. ExpectMessages, ExpectFlags, ExpectMailboxes and ExpectCommands fail a test and print what differs.
//
// # Scripts
//
// [Play] plays a [Script]: what both sides say, as a person writes it down, delivered whole, octet by octet, or cut. A [Recorder] writes one
// down from a session with any server, secrets left out; a [Proxy] does within TLS.
package imaptest
