// Package serve is the server's half of a session: it owns a connection and speaks IMAP on it (RFC 9051 and RFC 3501),
// for a back end that has the mailboxes.
//
//	s := &serve.Server{Backend: b, Auth: &auth.ServerConfig{Check: check}, TLSConfig: cfg}
//	err := s.ListenAndServeTLS("", "", "")
//
// # The back end
//
// A back end implements three small interfaces, ten methods in all: a [Backend] knows users, a [User] has mailboxes,
// and a [Mailbox] is an open one. Further methods show what else the back end can do, and the server offers the
// capability if the methods exist: QUOTA if the User has QuotaRoots, CONDSTORE if the Mailbox has StoreUnchanged. See
// [CondStorer], [FlagStorer], [ChangeFinder], [Resyncer], [Mover], [Copier], [Identifier], [SaveDater], [Creator], [Subscriber], [Statuser],
// [MultiAppender], [Namespacer], [QuotaHaver], [QuotaSetter], [ACLHaver] and [MetadataHaver].
//
// A back end never writes a response. It reports changes with [Mailbox].Changes, and the machine decides what the
// client receives, and when: EXPUNGE never within FETCH, STORE or SEARCH (RFC 9051 §7.5.1), sequence numbers as the
// client knows them, HIGHESTMODSEQ not higher than what the client has been told while expunges wait (RFC 7162 §3.2),
// and the client's own changes not again. The machine parses messages with package message, and searches, sorts and
// threads with package match.
//
// Messages are streamed both ways: Append gets a reader, and the messages that Fetch yields may be on disk.
//
// # A program's own commands and hooks
//
// Server.Commands holds a program's own commands, which the machine reads, allows and answers like its own; see
// [Command]. Server.Hooks gives each connection a value that the machine calls at certain moments: before and after
// each command, before a response is sent, at the greeting, and others. The methods of the value decide at which: see
// [CommandHook], [ResponseHook], [ArgsHook], [AnswerHook] and the other interfaces in hooks.go. Without a Backend, the
// machine has only commands that need none, such as those for logging in and TLS; the program adds the rest.
//
// # Robustness
//
// A connection has one goroutine, even while it is idle. Before a user has logged in, the server accepts little, and
// only for a short time. Every line, literal, list and wait has a limit: see [Server]. A panic ends only its own
// connection. Commands may be pipelined; they are served one after the other.
//
// # The end
//
// Shutdown waits until commands have been answered, Close does not. The contexts of a back end's methods end with the
// connection.
package serve
