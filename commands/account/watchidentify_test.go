package account_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// TestWatchIdentifies renames mailboxes on a server on which only MAILBOXID (RFC 8474) shows that a mailbox was
// renamed. Watch asks for it with STATUS, because Cyrus 3.6.1 sends a wrong MAILBOXID in its answer to LIST. It asks
// once for each mailbox, and again if UIDVALIDITY has changed. Without LIST-STATUS, or if the server refuses it, Watch
// sends a STATUS for each mailbox in any case, and MAILBOXID is one of its items.
func TestWatchIdentifies(t *testing.T) {
	for _, c := range []struct {
		name    string
		without string
		fault   imaptest.Fault
	}{
		{"with LIST-STATUS", "X", nil},
		{"without LIST-STATUS", "LIST-STATUS", nil},
		{"with LIST-STATUS that is refused once", "X", imaptest.Answer{Status: parser.BAD}},
	} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			if c.fault != nil {
				srv.Inject(c.fault, imaptest.When{Command: "LIST", Times: 1})
			}
			srv.Mailbox("alice", "Made")
			srv.Mailbox("alice", "Other")
			ctx, cancel := context.WithCancel(t.Context())
			f := follow(ctx, t, srv, alice(t, srv, nil), account.WatchOptions{All: true})
			defer func() { cancel(); <-f.ended }()
			time.Sleep(3 * time.Hour)
			srv.RenameMailbox("alice", "Made", "Renamed")
			time.Sleep(time.Hour)
			srv.Mailbox("alice", "Other").SetUIDValidity(78)
			time.Sleep(time.Hour)
			srv.RenameMailbox("alice", "Other", "Another")
			time.Sleep(time.Hour)
			cancel()
			<-f.ended
			want := "MailboxRenamed &{From:Made To:Renamed}, Reset &{Mailbox:Other UIDValidity:78}, MailboxRenamed &{From:Other To:Another}"
			if got := strings.ReplaceAll(strings.Join(f.events[:len(f.events)-1], ", "), "*account.", ""); got != want {
				t.Errorf("%s: the events are %s, want %s", c.name, got, want)
			}
			asked := map[string]int{}
			for _, r := range srv.Received() {
				switch name, _, _ := strings.Cut(r.Args, " "); {
				case !strings.Contains(r.Args, "MAILBOXID"):
				case r.Name == "LIST":
					t.Errorf("%s: LIST asks for MAILBOXID: %s", c.name, r.Args)
				case r.Name == "STATUS" && c.without == "X":
					asked[strings.Trim(name, `"`)]++
				}
			}
			for name, n := range asked {
				if wanted := map[string]int{"Other": 2}[name]; n != max(wanted, 1) {
					t.Errorf("%s: %d commands STATUS for %s ask for MAILBOXID, want %d", c.name, n, name, max(wanted, 1))
				}
			}
		}, imaptest.Without("NOTIFY", c.without))
	}
}
