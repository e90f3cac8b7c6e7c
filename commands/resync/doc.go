// Package resync brings what a program remembers of a mailbox up to date: which messages are new, which have other
// flags, and which are gone.
//
//	pass := resync.New(s, "INBOX", saved, nil)
//	for change, err := range pass.All(ctx) {
//		if err != nil {
//			return err
//		}
//		switch change.Kind {
//		case resync.Reset:   // forget the mailbox: what follows is all of it
//		case resync.Gone:    // change.UIDs no longer exist
//		case resync.Flags:   // change.Messages() have other flags
//		case resync.Arrived: // change.Messages() are new
//		}
//		saved = pass.State()
//	}
//	saved = pass.State()
//
// A [State] says what the program has: UIDVALIDITY, MAILBOXID, UIDNEXT, HIGHESTMODSEQ, and UIDs and flags as ranges. A
// mailbox of a million messages takes as much memory as one of ten, as long as its UIDs have few gaps. The changes of a
// pass are the difference between the State and the server. A pass tells each exactly once, however it found it: by
// QRESYNC (RFC 7162 §3.2), by CONDSTORE (§3.1), or by comparing UIDs and flags (RFC 4549 §4). If a server cannot do
// what it offers, the pass takes the next way; [Pass.How] tells which one it took.
//
// The State includes a change as soon as the loop goes on to the next turn. So a program that does what a turn asks for
// and then saves the State loses nothing and does nothing twice, wherever it is interrupted: the next pass begins where
// the last turn ended. If the loop is left on a change, the State does not include it.
//
// A program enters what it does itself: [State.Add] for what it appends, [State.SetFlags], [State.Remove]. The pass
// does not tell it then.
//
// Between two turns no command is in flight. The body of the loop may use the session, but must not open another
// mailbox.
//
// [Numbers] maps sequence numbers to UIDs and back, for programs that show a list.
package resync
