package account_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/transport"
)

// metered is a connection that counts the octets that the client reads.
type metered struct {
	transport.Conn
	n *atomic.Int64
}

func (c metered) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// TestWatchResyncs loses the connection while a mailbox with many messages is open. A few messages change meanwhile.
// If the server has QRESYNC or CONDSTORE, Watch reads few octets to find the changes.
func TestWatchResyncs(t *testing.T) {
	const messages = 3000
	for name, c := range map[string]struct {
		without []string
		most    int64
	}{
		"qresync":   {nil, 4 << 10},
		"condstore": {[]string{"QRESYNC"}, 8 << 10},
		"neither":   {[]string{"QRESYNC", "CONDSTORE"}, 200 << 10},
	} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			inbox := srv.Mailbox("alice", "INBOX")
			for i := range messages {
				inbox.Append([]byte(message(fmt.Sprint("old", i))))
			}
			var read atomic.Int64
			a := alice(t, srv, func(o *account.Options) {
				d := o.Dialer
				o.Dialer = transport.DialFunc(func(ctx context.Context) (transport.Conn, error) {
					conn, err := d.Dial(ctx)
					return metered{conn, &read}, err
				})
			})
			ctx, cancel := context.WithCancel(t.Context())
			f := follow(ctx, t, srv, a, account.WatchOptions{})
			defer func() { cancel(); <-f.ended }()
			for range 3 {
				f.mu.Lock()
				f.events = nil
				f.mu.Unlock()
				away := srv.Inject(imaptest.Bye{Code: parser.CodeUnavailable}, imaptest.When{Command: imaptest.Greeting})
				srv.Inject(imaptest.Cut{From: imaptest.ServerSide}, imaptest.When{Moment: imaptest.Now})
				time.Sleep(time.Minute)
				var all []uint32
				for m := range inbox.Messages() {
					all = append(all, m.UID)
				}
				inbox.Expunge(all[7], all[100])
				inbox.SetFlags([]parser.Flag{parser.FlagSeen}, all[9], all[2000])
				uid, err := inbox.Append([]byte(message("new")))
				if err != nil {
					t.Fatal(err)
				}
				read.Store(0)
				away()
				time.Sleep(time.Hour)
				f.mu.Lock()
				var got []string
				for _, ev := range f.events {
					what, _, _ := strings.Cut(strings.TrimPrefix(ev, "*account."), " ")
					got = append(got, what)
				}
				slices.Sort(got) // the order depends on the server's extensions
				if s := strings.Join(got, " "); s != "Arrived FlagsChanged Gone Interrupted Resumed" || !f.uids[uid] || f.uids[all[7]] || f.uids[all[100]] || len(f.uids) != len(all)-1 {
					t.Errorf("%s: the events are %s, and %d messages are known; want one event of each kind and %d messages", name, s, len(f.uids), len(all)-1)
				}
				f.mu.Unlock()
				if n := read.Load(); n > c.most {
					t.Errorf("%s: %d octets were read", name, n)
				}
			}
		}, imaptest.Without(c.without...))
	}
}

// TestWatchRenamedMeanwhile checks that Watch yields only one event for a rename or a deletion if the server reports
// it unasked while Watch asks for the mailbox by LIST.
func TestWatchRenamedMeanwhile(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`* LIST () "/" Renamed ("OLDNAME" ("Made"))`, "MailboxRenamed"},
		{`* LIST (\NonExistent) "/" Zeta`, "MailboxDeleted MailboxRenamed"},
	} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			srv.Mailbox("alice", "Made")
			srv.Mailbox("alice", "Zeta")
			ctx, cancel := context.WithCancel(t.Context())
			f := follow(ctx, t, srv, alice(t, srv, nil), account.WatchOptions{All: true})
			defer func() { cancel(); <-f.ended }()
			srv.RenameMailbox("alice", "Made", "Renamed")
			if strings.Contains(c.line, "Zeta") {
				srv.DeleteMailbox("alice", "Zeta")
			}
			// The first LIST asks for all mailboxes, the second one for Made.
			srv.Inject(imaptest.Say{Lines: []string{c.line}}, imaptest.When{Command: "LIST", Moment: imaptest.During, Skip: 1, Times: 1})
			time.Sleep(time.Hour)
			cancel()
			<-f.ended
			f.events = f.events[:len(f.events)-1] // without the nil event that ends Watch
			var got []string
			for _, ev := range f.events {
				what, _, _ := strings.Cut(strings.TrimPrefix(ev, "*account."), " ")
				got = append(got, what)
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("%s: want %q, got %v", c.line, c.want, f.events)
			}
		}, imaptest.Without("NOTIFY"))
	}
}
