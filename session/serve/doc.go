// Package serve implements the server's half of a session: it owns the connection of a client and speaks IMAP on it
// (RFC 9051 and RFC 3501). A back end has the mailboxes.
//
//	s := &serve.Server{Backend: b, Auth: &auth.ServerConfig{Check: check}, TLSConfig: cfg}
//	err := s.ListenAndServeTLS("", "", "")
//
// # The back end
//
// A back end implements three small interfaces, ten methods in all: a [Backend] has users, a [User] has mailboxes, and a
// [Mailbox] is an open mailbox. A back end can also implement optional interfaces. The server offers a capability if
// the back end has the methods for it. For example, it offers QUOTA if the User is a [QuotaHaver], and CONDSTORE if the
// Mailbox is a [CondStorer]. The optional interfaces of a User are [Creator], [Subscriber], [Statuser],
// [MultiAppender], [Namespacer], [QuotaHaver], [QuotaSetter], [ACLHaver], [MetadataHaver], [Notifier] and [URLAuther].
// Those of a Mailbox are [CondStorer], [FlagStorer], [ChangeFinder], [Resyncer], [Mover], [Copier], [Replacer],
// [Identifier], [SaveDater], [Recenter] and [Keeper].
//
// A back end never writes a response. It reports changes with [Mailbox].Changes, and the server decides what the client
// receives, and when. The server never sends EXPUNGE during FETCH, STORE or SEARCH without UID (RFC 9051 §7.5.1). It
// uses sequence numbers as the client knows them. While an expunge has not been reported, HIGHESTMODSEQ stays below the
// expunge's mod-sequence (RFC 7162 §3.2). The server does not tell a client a second time of flags that the client
// itself has set, and NOTIFY does not report events that the client itself has caused. The server parses messages with
// package message, and searches, sorts and threads with package match.
//
// Messages are streamed in both directions: Append gets a reader, and the messages that Fetch yields may be on disk.
//
// # A program's own commands and hooks
//
// Server.Commands holds a program's own commands. The server reads and answers them, and checks whether they are
// allowed, as it does for its own commands; see [Command]. Server.Hooks returns a value for each connection. The server
// calls the methods of this value, for example before and after each command, before it sends a response, and at the
// greeting. Which methods the value has is up to the program: see [CommandHook], [ResponseHook], [ArgsHook],
// [AnswerHook] and the other interfaces in hooks.go. Without a Backend, the server has only the commands that need no
// back end, such as those for logging in and TLS. The program adds its own commands.
//
// # Robustness
//
// A connection has one goroutine, even while it is idle. Before a user has logged in, the server accepts only short
// commands, and only for a short time. The server limits the length of lines, literals and lists, and the time of each
// wait: see [Server]. A panic in a command, a hook or the back end ends only the connection that it happens on. A
// client may pipeline commands. The server runs them one after the other.
//
// # Shutdown
//
// Shutdown waits until the commands that are running have been answered. Close does not wait. The contexts of a back
// end's methods end with the connection. Most of them also end if the command takes longer than Server.CommandTimeout.
package serve

// Where things are:
//
//	backend.go, backendmore.go    the interfaces of a back end
//	server.go, conn.go            a Server, and a connection of a client; connio.go has its input and output
//	connapi.go, hooks*.go         what hooks and a program's own commands can call and see
//	command.go                    the loop that reads and answers commands; Conn.literal refuses a client's literals
//	signin.go, upgrade.go         LOGIN, AUTHENTICATE, STARTTLS, COMPRESS
//	commandtable.go               the commands, and during which of them the server may send EXPUNGE (column Updates)
//	updates.go                    telling a client what others have changed: messages, expunges, flags
//	view.go, knownflags.go        what the client knows of the open mailbox
//	journal.go                    how a back end can collect changes for Mailbox.Changes
//	notify.go, notifyreport.go    NOTIFY
//	rest.go                       waiting for a silent client
//	timeout.go                    the time that the back end may take for a command
//	store.go, list.go and so on   the command with that name; copy.go has MOVE, too
