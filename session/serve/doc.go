// Package serve is the server's half of a session: it owns a connection and speaks IMAP on it (RFC 9051 and RFC 3501), for a
// back end that has the mailboxes.
//
//	s := &serve.Server{Backend: b, Auth: &auth.ServerConfig{Check: check}, TLSConfig: cfg}
//	err := s.ListenAndServeTLS("", "", "")
//
// # The back end
//
// A back end implements three small interfaces, ten methods in all: a [Backend] knows users, a [User] has mailboxes, and a
// [Mailbox] is one that is open. Whatever more it can do it says by further methods, and the server offers the capability because the method
// is there: a User with QuotaRoots has QUOTA, a Mailbox with StoreUnchanged has CONDSTORE. See [CondStorer], [Resyncer], [Mover], [Copier],
// [Identifier], [SaveDater], [Creator], [Subscriber], [Statuser], [MultiAppender], [Namespacer], [QuotaHaver], [QuotaSetter], [ACLHaver] and [MetadataHaver].
//
// A back end never writes a response. It reports changes, by [Mailbox].Changes, and the machine decides what the client hears and when:
// EXPUNGE never within FETCH, STORE or SEARCH (RFC 9051 §7.5.1), sequence numbers as the client has them, HIGHESTMODSEQ no higher than what
// was told while expunges wait (RFC 7162 §3.2), a client's own changes not again. It takes messages apart by package message, and
// searches, sorts and threads by package match.
//
// Messages are streamed both ways: Append is given a reader, and what Fetch yields may lie on disk.
//
// # Commands and hooks of one's own
//
// Server.Commands has commands of one's own, which the machine reads, allows and answers as it does its own; see [Command]. Server.Hooks gives each connection
// a value that is asked at certain moments: before and after each command, before a response is sent, at the greeting, and others. What it is asked
// follows from its methods: see [CommandHook], [ResponseHook], [ArgsHook], [AnswerHook] and their kin. Without a Backend the machine has
// only what needs none, such as logging in and TLS: the rest is one's own.
//
// # What it withstands
//
// A connection has one goroutine, and no more while it is idle. Before somebody has logged in, little is taken, and not for long. Every
// line, literal, list and wait has a limit, for which see [Server]. A panic ends its connection alone. Commands may be pipelined; they are
// served one after the other.
//
// # The end
//
// Shutdown lets commands be answered, Close does not. Contexts that back ends are given end with the connection.
package serve
