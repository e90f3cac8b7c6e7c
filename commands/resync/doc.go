// Package resync brings what a program remembers of a mailbox up to date: which messages are new, whose flags have changed, which are gone.
//
//	pass := resync.New(s, "INBOX", saved, nil)
//	for change, err := range pass.All(ctx) {
//		if err != nil {
//			return err
//		}
//		switch change.Kind {
//		case resync.Reset:   // forget the mailbox: what follows is all of it
//		case resync.Gone:    // change.UIDs are no more
//		case resync.Flags:   // change.Messages() have other flags
//		case resync.Arrived: // change.Messages() have come
//		}
//		saved = pass.State()
//	}
//	saved = pass.State()
//
// A [State] says what the program has: UIDVALIDITY, MAILBOXID, UIDNEXT, HIGHESTMODSEQ, and UIDs and flags as ranges. A mailbox of a million
// messages takes as much as one of ten does, as long as its UIDs have few gaps. The changes of a pass are the difference between
// the State and the server, each exactly once, whichever way it was found: by QRESYNC (RFC 7162 §3.2), by CONDSTORE (§3.1), or by comparing
// UIDs and flags (RFC 4549 §4). Where a server offers more than it can do, the next way is taken; [Pass.How] tells which it was.
//
// The State takes in a change when the loop goes on to the next turn. So a program that has done what a turn asks for and
// then saves the State loses nothing and does nothing twice, wherever it is interrupted: the next pass begins where the last turn ended. A change on which
// the loop is left is not taken in.
//
// What a program does itself, it enters: [State.Add] for what it appends, [State.SetFlags], [State.Remove]. It is not told then.
//
// Between two turns no command is in flight: the body of the loop may use the session, but for opening another mailbox.
//
// [Numbers] maps sequence numbers to UIDs and back, for whoever shows a list.
package resync
