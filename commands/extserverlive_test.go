package commands_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestSeveralMailboxesOnServer searches and watches mailboxes other than the selected one.
func TestSeveralMailboxesOnServer(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.WithUser("alice", "secret"))
	for i, name := range []string{"INBOX", "Work", "Work/Sub"} {
		for range i + 1 {
			if _, err := srv.Mailbox("alice", name).Append([]byte("Subject: same\r\n\r\n")); err != nil {
				t.Fatal(err)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var changed []string
	s, err := session.Open(ctx, srv.Pipe(), &session.Config{Handler: session.Handler{Other: func(r *parser.Response) {
		var st parser.StatusData
		if r.Is("STATUS") && st.Decode(r.Decoder()) == nil {
			changed = append(changed, fmt.Sprint(st.Name(), " ", st.Messages))
		}
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := commands.Login(s, "alice", secretOf("secret"), commands.AllowPlaintext()).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	var found []string
	for m, err := range commands.MultiSearch(s, []commands.MailboxFilter{commands.InMailboxes("INBOX"), commands.InSubtree("Work")}, search.Subject("same"), search.ReturnCount).All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, fmt.Sprint(m.Name(), " ", m.Count))
	}
	if slices.Sort(found); fmt.Sprint(found) != "[INBOX 1 Work 2 Work/Sub 3]" {
		t.Errorf("MultiSearch: got %q", found)
	}
	list, err := commands.NotifyStatus(s, commands.EventGroup{In: commands.InMailboxes("Work"), Events: []commands.Event{commands.MessageNew, commands.MessageExpunge}}).Wait(ctx)
	if err != nil || len(list) != 1 || list[0].Messages != 2 {
		t.Errorf("NotifyStatus: got %+v, %v", list, err)
	}
	if _, err := srv.Mailbox("alice", "Work").Append([]byte("Subject: new\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	for len(changed) == 0 && ctx.Err() == nil {
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Contains(changed, "Work 3") {
		t.Errorf("the handler got STATUS of %q, want \"Work 3\"", changed)
	}
	if _, err := commands.NotifyNone(s).Wait(ctx); err != nil {
		t.Error(err)
	}
}

// TestLiveResultsOnServer keeps the results of a search and of a sort up to date with LiveResults.
func TestLiveResultsOnServer(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.WithUser("alice", "secret"))
	box := srv.Mailbox("alice", "INBOX")
	for i := range 4 {
		if _, err := box.Append([]byte("Subject: " + strings.Repeat("x", 4-i) + "\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var live []*commands.LiveResults
	s, err := session.Open(ctx, srv.Pipe(), &session.Config{Handler: session.Handler{Other: func(r *parser.Response) {
		for _, x := range live {
			if _, err := x.Update(r); err != nil {
				t.Error(err)
			}
		}
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := commands.Login(s, "alice", secretOf("secret"), commands.AllowPlaintext()).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		t.Fatal(err)
	}
	call := commands.Search(s, numset.UID, search.Not(search.Flagged), search.ReturnAll, search.ReturnUpdate())
	found, err := call.Wait(ctx)
	if err != nil || found.NoUpdate {
		t.Fatalf("Search: got %+v, %v", found, err)
	}
	sort := commands.Sort(s, numset.UID, []search.SortKey{search.BySubject}, search.Not(search.Flagged), search.ReturnAll, search.ReturnUpdate())
	sorted, err := sort.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := commands.NewLiveResults(numset.UID, call.Tag(), found.Found.Numbers())
	two, _ := commands.NewLiveResults(numset.UID, sort.Tag(), sorted.All())
	live = []*commands.LiveResults{one, two}
	watched := !sorted.NoUpdate
	check := func(want1, want2 string) {
		t.Helper()
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(one.UIDs()); got != want1 {
			t.Errorf("the search has %s, want %s", got, want1)
		}
		if got := fmt.Sprint(two.UIDs()); watched && got != want2 {
			t.Errorf("the sort has %s, want %s", got, want2)
		}
	}
	check("[1 2 3 4]", "[4 3 2 1]")
	if err := commands.Store(s, numset.Span(numset.UID, 2, 3), commands.AddFlags.Silent(), parser.FlagFlagged).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	check("[1 4]", "[4 1]")
	if err := commands.Store(s, numset.Of(numset.UID, 3), commands.RemoveFlags.Silent(), parser.FlagFlagged).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	check("[1 3 4]", "[4 3 1]")
	if _, err := box.Append([]byte("Subject: xx\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	check("[1 3 4 5]", "[4 3 5 1]")
	if _, err := commands.CancelUpdate(s, call.Tag()).Wait(ctx); err != nil {
		t.Error(err)
	}
	if r, err := commands.Search(s, numset.UID, search.All, search.ReturnPartial(-1, -2)).Wait(ctx); err != nil || r.Window.String() != "4:5" {
		t.Errorf("Search: got %+v, %v", r, err)
	}
	n := 0
	for _, err := range commands.Fetch(s, numset.All(numset.UID), fetch.UID, fetch.Partial(1, 3)).All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d messages", n)
	}
}
