// Package account manages the connections to one account on a mail server. It dials, logs in, lends sessions to any
// number of goroutines, notices lost connections, connects again, and waits for mail.
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
// [Account.Do] calls a function with a session on which the mailbox is open. It prefers a connection on which the
// mailbox is open already. An Account has at most Options.MaxConns connections at a time, and fewer for a while if
// the server says that there are too many.
//
// A connection that waits for mail counts too. Do uses such a connection only if no other may be opened. The connection
// then stops waiting for mail until the function has returned. A function that may take long says so with [Bulk]; if
// the Account may have several connections, it keeps one free of such functions.
//
// Before it uses a connection that was idle for Options.Probe, an Account checks it with NOOP. It closes a connection
// that has been idle for Options.IdleTimeout. An Account has timers, but no goroutine of its own, except while it sends
// LOGOUT on a connection that it does not need.
//
// # Errors
//
// Every error of the server or of the network is an [Error]. errors.Is compares it with one of three kinds:
// [ErrForGood] (a person has to do something), [ErrForNow] (the same command, or attempt to connect, may succeed
// later) or [ErrForCommand] (only this command has failed). [Causes] is the table by which errors are classified;
// docs/errors.md shows it.
//
// After an error of kind ForNow, an Account tries again until Options.Patience has passed. The pauses between attempts
// grow; if the server names a time, the Account waits for that long. An error of kind ForGood goes to the caller at
// once, and to every other caller until the next attempt may be made. So a hundred callers do not try a wrong password
// a hundred times.
//
// # What is repeated
//
// If a connection ends before the function has sent an octet, Do runs the function again on another connection. If the
// server may have executed commands of the function, Do runs it again only if the caller says [Repeatable]. Otherwise
// Do returns [ErrUncertain], and the caller has to find out what was done. So a function may run more than once, and
// must discard what it has collected in an earlier run.
//
// # Watching
//
// [Account.Watch] yields what happens in one mailbox, in several, or in all. If the connection is lost, it connects
// again and yields what has happened meanwhile.
package account

// Where things are:
//
//	account.go, options.go            an Account and its Options; alive checks a connection before it is used
//	do.go                             Do; run decides whether to run the function again on another connection
//	pool.go                           which caller gets which connection; drop removes a dead one, and dial replaces it
//	connect.go                        connecting and logging in
//	watch*.go, event.go, handler.go   Watch, which also connects again
//	classify.go, causes.go, errors.go the kinds of errors
