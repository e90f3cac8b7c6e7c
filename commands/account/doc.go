// Package account keeps connections to one account of a mail server: it dials, logs in, hands sessions to any number of goroutines, notices
// that connections are gone, connects again, and waits for mail.
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
// [Account.Do] gives its function a connection on which the mailbox is open, preferably one that has it open already. There are no more
// than Options.MaxConns at a time, and fewer for a while when the server says that there are too many. One that waits for mail counts, and
// is not given to anybody; where no other may be opened, it stops waiting for as long as there is work. What may take long says so by [Bulk], and leaves one for what does not. What was not used for
// a while is asked by NOOP whether it is still there; what nobody wants is closed. An Account has no goroutine of its own, but timers, and
// one for as long as the LOGOUT of a connection takes that is one too many.
//
// # Errors
//
// Every error that comes of the server or of the network is an [Error], which says by errors.Is what to do: [ErrForGood] (ask a person),
// [ErrForNow] (try again) or [ErrForCommand] (go on without). [Causes] is the table; docs/errors.md is the same to read.
//
// What is for now is waited for and tried again, with pauses that grow, or as long as the server says, until Options.Patience ends. What is for
// good is reported at once, and to all who ask within the pause: a wrong password is not tried by each of a hundred callers.
//
// # What is repeated
//
// A function whose connection ended before one octet of what it asked was sent is run again on another. One whose commands may have been done is
// not, unless the caller says so by [Repeatable]: its error is [ErrUncertain], and it is for the caller to look and decide.
// The function may therefore run more than once; what it collects, it begins anew each time.
//
// # Watching
//
// [Account.Watch] tells what happens in one mailbox, some, or all, across reconnections, and loses nothing.
package account
