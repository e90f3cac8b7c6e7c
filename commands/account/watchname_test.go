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

// TestWatchOwnName renames the mailbox that Watch has open, while Watch does not watch all mailboxes. If a new mailbox
// is created with the name, Watch opens that one. If no mailbox has the name, Watch ends with NONEXISTENT. If the
// server refuses STATUS, Watch cannot notice the change, and still yields events about the renamed mailbox.
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
// mailboxes contained when the loop began, so it yields a Reset for each of them before it yields Resumed.
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
// MailboxDeleted, and MailboxCreated when a mailbox has the name again. After that mailbox and then the one below it
// are deleted, Watch yields one MailboxDeleted for each.
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
