package account_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// TestWatchOwnName renames the open mailbox over another connection while Watch does not ask for all mailboxes. If the
// name is given to a new mailbox, Watch opens that one; if not, Watch ends as if it had connected again. A server that
// refuses STATUS for an open mailbox hides the change; Watch works there all the same.
func TestWatchOwnName(t *testing.T) {
	for name, kind := range watchable {
		for _, others := range [][]string{nil, {"Other"}} {
			for _, how := range []string{"new mailbox", "no mailbox", "refused"} {
				bubble(t, func(t *testing.T, srv *imaptest.Server) {
					a := alice(t, srv, kind.change)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					srv.Mailbox("alice", "Other")
					old := srv.Mailbox("alice", "Work")
					old.Append([]byte(message("old")))
					f := follow(ctx, t, srv, a, account.WatchOptions{Mailbox: "Work", Others: others})
					time.Sleep(time.Hour)
					if len(f.events) > 0 {
						t.Errorf("%s: events without a change: %v", name, f.events)
					}
					if how == "refused" {
						srv.Inject(imaptest.Answer{Status: parser.BAD}, imaptest.When{Command: "STATUS"})
					}
					srv.RenameMailbox("alice", "Work", "Renamed")
					if how == "new mailbox" {
						srv.Mailbox("alice", "Work")
					}
					time.Sleep(time.Hour)
					begin := time.Now()
					if how == "refused" {
						old.Append([]byte(message("new")))
					} else if how == "new mailbox" {
						srv.Mailbox("alice", "Work").Append([]byte(message("new")))
					}
					time.Sleep(time.Hour)
					cancel()
					<-f.ended
					switch {
					case how == "no mailbox":
						want(t, f.err, account.ErrForCommand, parser.CodeNonExistent)
					case f.told["arrived Work"].Before(begin):
						t.Errorf("%s, %v, %s: want an event about the new message, got %v, error %v", name, others, how, f.events, f.err)
					case how == "new mailbox" && !strings.HasPrefix(f.events[0], "*account.Reset &{Mailbox:Work "):
						t.Errorf("%s, %v, %s: want Reset first, got %v", name, others, how, f.events)
					}
				}, kind.opts...)
			}
		}
	}
}

// TestWatchBeginsLate appends a message to each mailbox while the first connection fails. Watch does not know what the
// mailboxes contained when the loop began, so it yields a Reset for each before it yields Resumed.
func TestWatchBeginsLate(t *testing.T) {
	for name, kind := range watchable {
		for _, opt := range []account.WatchOptions{{All: true}, {Others: []string{"Other"}}} {
			bubble(t, func(t *testing.T, srv *imaptest.Server) {
				a := alice(t, srv, kind.change)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				other := srv.Mailbox("alice", "Other")
				remove := srv.Inject(imaptest.Bye{Code: parser.CodeUnavailable}, imaptest.When{Command: imaptest.Greeting})
				f := follow(ctx, t, srv, a, opt)
				for _, box := range []*imaptest.Mailbox{srv.Mailbox("alice", "INBOX"), other} {
					box.Append([]byte(message("x")))
				}
				remove()
				time.Sleep(time.Hour)
				cancel()
				<-f.ended
				var got []string
				for _, ev := range f.events {
					what, _, _ := strings.Cut(strings.TrimPrefix(ev, "*account."), " UIDValidity")
					if what, _, _ = strings.Cut(what, "{Err"); !strings.Contains(what, "Mailbox:") || strings.HasSuffix(what, ":INBOX") || strings.HasSuffix(what, ":Other") {
						got = append(got, what) // some servers have more mailboxes
					}
				}
				if want := []string{"Interrupted &", "Reset &{Mailbox:INBOX", "Reset &{Mailbox:Other", "Resumed &{}", "<nil> <nil>"}; !slices.Equal(got, want) {
					t.Errorf("%s, %+v: got %q, want %q", name, opt, got, want)
				}
			}, kind.opts...)
		}
	}
}

// TestWatchNameRemains deletes a mailbox that has another one below it, so that LIST still shows its name. Watch yields
// MailboxDeleted, and MailboxCreated when a mailbox has the name again. It yields nothing when the mere name goes.
func TestWatchNameRemains(t *testing.T) {
	for name, kind := range watchable {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			a := alice(t, srv, kind.change)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			srv.Mailbox("alice", "Up").Append([]byte(message("old")))
			srv.Mailbox("alice", "Up/Down")
			f := follow(ctx, t, srv, a, account.WatchOptions{All: true})
			remove := func(box string) {
				err := a.Do(ctx, "", func(s *session.Session) error { _, err := commands.Delete(s, box).Wait(ctx); return err })
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
			}
			remove("Up")
			srv.Mailbox("alice", "Up")
			time.Sleep(time.Hour)
			remove("Up")
			remove("Up/Down")
			cancel()
			<-f.ended
			var got []string
			for _, ev := range f.events[:len(f.events)-1] {
				if what := strings.TrimPrefix(ev, "*account.Mailbox"); what != ev {
					got = append(got, what)
				}
			}
			if want := fmt.Sprint([]string{"Deleted &{Mailbox:Up}", "Created &{Mailbox:Up}", "Deleted &{Mailbox:Up}", "Deleted &{Mailbox:Up/Down}"}); fmt.Sprint(got) != want {
				t.Errorf("%s: got %v, want %v; events: %v", name, got, want, f.events)
			}
		}, kind.opts...)
	}
}
