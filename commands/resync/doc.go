// Package resync updates a program's copy of a mailbox. It finds out which messages are new, which have different
// flags, and which are gone.
//
//	pass := resync.New(s, "INBOX", saved, nil)
//	for change, err := range pass.All(ctx) {
//		if err != nil {
//			return err
//		}
//		switch change.Kind {
//		case resync.Reset:   // forget all messages: the pass yields those of the mailbox as new
//		case resync.Gone:    // change.UIDs no longer exist
//		case resync.Flags:   // change.Messages() have different flags
//		case resync.Arrived: // change.Messages() are new
//		}
//		saved = pass.State()
//	}
//	saved = pass.State()
//
// A [State] records what the program has: UIDVALIDITY, MAILBOXID, UIDNEXT, HIGHESTMODSEQ, and UIDs and flags as
// ranges. The State of a mailbox with a million messages takes no more memory than that of one with ten, if the UIDs
// have few gaps.
//
// A [Pass] yields the differences between the State and the server's mailbox, each exactly once. It finds them by
// QRESYNC (RFC 7162 §3.2), by CONDSTORE (§3.1), or by comparing UIDs and flags (RFC 4549 §4). If an extension that
// the server offers does not work, the pass uses the next of these methods. [Pass.Way] says which one it used.
//
// The State includes a change when the loop continues after it. If the program breaks out of the loop at a change,
// the State does not include that change. A program that applies each change to its copy and then saves the State can
// be interrupted anywhere: the next pass continues after the last change that the saved State includes. So no change
// is lost. A change is yielded twice only if the program was interrupted after it applied the change and before it
// saved the State.
//
// A program that changes the mailbox itself enters its changes with [State.Add], [State.SetFlags] and [State.Remove],
// and, while a pass runs, with [Pass.Edit]. Then no pass yields these changes.
//
// No command of the pass is in flight while the body of the loop runs. The body may use the session, but must not
// open another mailbox.
//
// [Numbers] maps sequence numbers to UIDs and back, for programs that show a list.
package resync

// Where things are:
//
//	pass.go, run.go          a Pass, and its steps
//	open.go                  opening the mailbox: which of QRESYNC, CONDSTORE and comparing is possible
//	glance.go, unchanged.go  finding out that nothing has changed, without opening the mailbox
//	view.go                  the mailbox as the server reports it, to compare with the State
//	change.go                a Change
//	state.go, text.go        the State that a program saves, and its text form
//	numbers.go               sequence numbers and UIDs of an open mailbox
