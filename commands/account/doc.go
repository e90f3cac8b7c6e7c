// Package account keeps connections to one account of a mail server. It dials, logs in, lends sessions to any number of
// goroutines, notices that connections are gone, connects again, and waits for mail.
//
//	a := account.New(account.Options{
//		Dialer:      transport.TLS("mail.example.com", nil),
//		Credentials: auth.Credentials{Username: "alice", Password: password},
//	})
//	defer a.Close()
//	err := a.Do(ctx, "INBOX", func(s *session.Session) error {
//		found, err := commands.Search(s, numset.UID, search.Unseen).Wait(ctx)
//		…
//	})
//
// # Connections
//
// [Account.Do] calls its function with a connection on which the mailbox is open, preferably one that has it open
// already. An Account has no more than Options.MaxConns connections at a time, and fewer for a while if the server says
// that there are too many. A connection that waits for mail counts, and Do does not get it; but if no other may be
// opened, it stops waiting for as long as there is work. A function that may take long says so with [Bulk], which
// leaves one connection for functions that do not. An Account asks a connection that was not used for a while, by NOOP,
// whether it is still there, and closes a connection that nobody wants. It has no goroutine of its own, only timers,
// and a goroutine for the LOGOUT of a connection that is one too many.
//
// # Errors
//
// Every error of the server or of the network is an [Error], which errors.Is compares with what to do: [ErrForGood]
// (ask a person), [ErrForNow] (try again) or [ErrForCommand] (go on without). [Causes] is the table; docs/errors.md has
// the same table to read.
//
// After an error that is for now, an Account tries again, with pauses that grow, or as long as the server says, until
// Options.Patience ends. It reports an error that is for good at once, also to everybody who asks during the pause: a
// hundred callers do not try a wrong password a hundred times.
//
// # What is repeated
//
// If a connection ended before the function had sent one octet, Do runs the function again on another. If its commands
// may have been done, Do does not, unless the caller says [Repeatable]: the error is [ErrUncertain], and the caller has
// to look and decide. A function may therefore run more than once, and has to begin anew each time with what it
// collects.
//
// # Watching
//
// [Account.Watch] tells what happens in one mailbox, in some, or in all. It goes on across reconnections and loses
// nothing.
package account
