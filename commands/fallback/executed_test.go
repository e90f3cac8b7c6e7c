package fallback_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands/fallback"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestExecutedButBad checks that Move and Replace use no other commands if the server executes MOVE or REPLACE, sends
// the new UIDs, and then answers BAD.
func TestExecutedButBad(t *testing.T) {
	srv := imaptest.NewServer(t)
	in, away := srv.Mailbox("alice", "INBOX"), srv.Mailbox("alice", "Away")
	for _, m := range []string{"one", "two"} {
		in.Append([]byte(m))
	}
	s := selected(t, srv, "INBOX")
	for _, name := range []string{"MOVE", "REPLACE"} {
		srv.Inject(imaptest.Answer{Status: parser.BAD}, imaptest.When{Command: name, Moment: imaptest.After})
	}
	srv.Forget()
	moved, err := fallback.Move(t.Context(), s, numset.Of(numset.UID, 1), "Away")
	if !errors.Is(err, parser.BAD) || moved.Way != fallback.None || len(moved.To) != 1 {
		t.Errorf("Move: got %+v, %v; want None, one new UID and BAD", moved, err)
	}
	away.ExpectBodies(t, []byte("one"))
	made, way, err := fallback.Replace(t.Context(), s, 2, "INBOX", strings.NewReader("new"), 3)
	if uid, _ := made.UIDs.Min(); !errors.Is(err, parser.BAD) || way != fallback.None || uid != 3 {
		t.Errorf("Replace: got %+v, %v, %v; want UID 3, None and BAD", made, way, err)
	}
	in.ExpectBodies(t, []byte("new"))
	srv.Received().ExpectCommands(t, "UID MOVE …", "UID REPLACE …")
}
