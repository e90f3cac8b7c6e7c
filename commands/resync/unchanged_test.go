package resync_test

import (
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// TestUnchanged changes a mailbox in several ways. Unchanged is true only if nothing has changed and the server has
// CONDSTORE.
func TestUnchanged(t *testing.T) {
	for _, sv := range servers {
		srv := imaptest.NewServer(t, imaptest.Without(sv.without...))
		box := srv.Mailbox("alice", "INBOX")
		fill(t, box, 6)
		r := newReplica()
		s := mustDial(t, srv)
		for what, change := range map[string]func(){
			"nothing":                  func() {},
			"a flag":                   func() { box.AddFlags([]parser.Flag{"$A"}, 3); box.RemoveFlags([]parser.Flag{"$A"}, 4) },
			"a new message":            func() { box.Append(body(9)) },
			"a message that has gone":  func() { box.Expunge(1) },
			"one for another":          func() { box.Expunge(2); box.Append(body(10)) },
			"one that comes and goes":  func() { uid, _ := box.Append(body(11)); box.Expunge(uid) },
			"UIDVALIDITY":              func() { box.SetUIDValidity(box.Status().UIDValidity + 1) },
			"the program's own append": func() { uid, _ := box.Append(body(12)); r.state.Add(uid); r.messages[uid] = "[]" },
		} {
			if _, err := r.pass(t.Context(), s, nil); err != nil {
				t.Fatal(err)
			}
			change()
			st, err := commands.Status(s, "INBOX", resync.StatusItems(s.Caps())...).Wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got, want := r.state.Unchanged(&st), what == "nothing" && sv.way > resync.ByComparing; got != want {
				t.Errorf("%s, %s: unchanged is %v: %+v", sv.name, what, got, st)
			}
		}
		if r.state.Unchanged(nil) {
			t.Error("Unchanged(nil) is true")
		}
	}
}
