package commands_test

import (
	"fmt"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// TestChangesWithUIDOnly asks for the changes in a mailbox after UIDONLY has been enabled. The server then sends
// UIDFETCH instead of FETCH (RFC 9586 §3.3).
func TestChangesWithUIDOnly(t *testing.T) {
	srv, err := imaptest.New(imaptest.WithUser("alice", "secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	for range 3 {
		if _, err := srv.Mailbox("alice", "INBOX").Append([]byte("Subject: x\r\n\r\nx\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	c, sc := imaptest.Pipe(0)
	go srv.ServeConn(sc, "alice")
	unsolicited := 0
	s, err := session.Open(t.Context(), c, &session.Config{Handler: session.Handler{Fetch: func(*parser.Fetch) { unsolicited++ }}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := commands.Enable(s, "QRESYNC", "UIDONLY").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	box, err := commands.Examine(s, "INBOX").Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	since := commands.QResync(commands.Resync{UIDValidity: box.UIDValidity, ModSeq: 1})
	got, err := commands.Examine(s, "INBOX", since).Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var changed, streamed []uint32
	for _, m := range got.Changed {
		changed = append(changed, m.UID)
	}
	for x, err := range commands.SelectChanges(s, "INBOX", true, since).All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if x.Fetch != nil {
			streamed = append(streamed, x.Fetch.UID)
		}
	}
	if len(changed) == 0 || fmt.Sprint(streamed) != fmt.Sprint(changed) || unsolicited > 0 {
		t.Errorf("Examine reports changes of %v, SelectChanges of %v, and the handler is called %d times; want the same messages from both, and no call", changed, streamed, unsolicited)
	}
}
