package commands_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/session"
)

// TestSelectLastWord checks what Select returns if the server reports a message as changed and as gone in one answer.
// RFC 7162 §3.2.5 gives no meaning to that, so the later report counts. What the server reports before CLOSED is about
// the mailbox that was open before.
func TestSelectLastWord(t *testing.T) {
	on(t, "PREAUTH [CAPABILITY IMAP4rev1 ENABLE QRESYNC] hi", `
C: A1 ENABLE QRESYNC
S: * ENABLED QRESYNC
S: A1 OK done
C: A2 SELECT other
S: * 9 EXISTS
S: A2 OK done
C: A3 SELECT box (QRESYNC (1 7))
S: * 8 FETCH (UID 8 FLAGS ())
S: * OK [CLOSED] left
S: * 3 EXISTS
S: * OK [UIDVALIDITY 1] valid
S: * VANISHED (EARLIER) 4:5
S: * 1 FETCH (UID 5 FLAGS (\Seen))
S: * 2 FETCH (UID 6 FLAGS (\Seen))
S: * 3 FETCH (UID 7 FLAGS (\Seen))
S: * VANISHED (EARLIER) 6
S: A3 OK done
`, func(ctx context.Context, s *session.Session) {
		if _, err := commands.Enable(s, "QRESYNC").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		commands.Select(s, "other").Wait(ctx)
		got, err := commands.Select(s, "box", commands.QResync(commands.Resync{UIDValidity: 1, ModSeq: 7})).Wait(ctx)
		var changed []uint32
		for _, m := range got.Changed {
			changed = append(changed, m.UID)
		}
		if fmt.Sprint(changed) != "[5 7]" || got.Vanished.String() != "4,6" || err != nil {
			t.Errorf("got the messages %v changed and %v gone, %v; want [5 7] and 4,6", changed, got.Vanished, err)
		}
	})
}
