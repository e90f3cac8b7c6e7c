package resync_test

import (
	"strings"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// TestLastWord checks what a pass yields if the server reports a message as changed and as gone in one answer to
// SELECT: one change for the message, according to the later report.
func TestLastWord(t *testing.T) {
	for name, c := range map[string]struct {
		gone, flags int
	}{"FETCH, VANISHED": {1, 0}, "VANISHED, FETCH": {0, 1}} {
		srv := imaptest.NewServer(t)
		box := srv.Mailbox("alice", "INBOX")
		fill(t, box, 4)
		r := newReplica()
		if _, err := r.pass(t.Context(), mustDial(t, srv), nil); err != nil {
			t.Fatal(err)
		}
		if c.gone > 0 {
			box.Expunge(2) // the server reports that by VANISHED (EARLIER) 2
		} else if err := box.SetFlags([]parser.Flag{parser.FlagFlagged}, 2); err != nil {
			t.Fatal(err)
		}
		const fetch, vanished = "* 2 FETCH (UID 2 FLAGS (\\Flagged) MODSEQ (99))\r\n", "* VANISHED (EARLIER) 2\r\n"
		done := false
		s := rewrittenSession(t, srv, func(line string) string {
			switch {
			case done:
			case c.gone > 0 && strings.HasPrefix(line, "* VANISHED"):
				done = true
				return fetch + vanished
			case c.gone == 0 && strings.HasPrefix(line, "* 2 FETCH"):
				done = true
				return vanished + fetch
			}
			return line
		})
		r.gone, r.flags, r.arrived = 0, 0, 0
		if _, err := r.pass(t.Context(), s, nil); err != nil || !done || r.gone != c.gone || r.flags != c.flags || r.arrived != 0 {
			t.Errorf("%s: got %d gone, %d changed, %d new, %v; want %d gone, %d changed, 0 new", name, r.gone, r.flags, r.arrived, err, c.gone, c.flags)
		}
		r.same(t, name, box)
	}
}
