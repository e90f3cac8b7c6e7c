package commands_test

import (
	"context"
	"errors"
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

// onServer runs f with alice's session. Her INBOX contains a thread of three messages, and one other message.
func onServer(t *testing.T, f func(ctx context.Context, s *session.Session)) {
	t.Helper()
	srv := imaptest.NewServer(t, imaptest.WithUser("alice", "secret"))
	for i, m := range []struct{ from, subject, more string }{
		{`"Zoe" <a@example.com>`, "Plan", ""},
		{`"Abe" <z@example.com>`, "Re: Plan", "References: <m1@example.com>\r\n"},
		{`b@example.com`, "alone", ""},
		{`"Jo" <c@example.com>`, "Re: Plan", "References: <m1@example.com> <m2@example.com>\r\n"},
	} {
		text := fmt.Sprintf("From: %s\r\nSubject: %s\r\nDate: %d Mar 2026 09:30:00 +0000\r\nMessage-ID: <m%d@example.com>\r\n%s\r\n%s\r\n",
			m.from, m.subject, 4-i, i+1, m.more, strings.Repeat("text ", 10*i+1))
		if _, err := srv.Mailbox("alice", "INBOX").AppendAt(time.Date(2026, 3, i+1, 0, 0, 0, 0, time.UTC), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := session.Open(ctx, srv.Pipe(), nil)
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
	f(ctx, s)
}

func TestSortOnServer(t *testing.T) {
	onServer(t, func(ctx context.Context, s *session.Session) {
		for _, x := range []struct {
			want string
			by   []search.SortKey
		}{
			{"[4 3 2 1]", []search.SortKey{search.ByDate}},
			{"[4 3 2 1]", []search.SortKey{search.ByArrival.Reverse()}},
			{"[1 2 3 4]", []search.SortKey{search.BySize}},
			{"[1 3 4 2]", []search.SortKey{search.ByFrom}},
			{"[2 3 4 1]", []search.SortKey{search.ByDisplayFrom}},
			{"[3 4 2 1]", []search.SortKey{search.BySubject, search.ByDate}},
			{"[3 1 2 4]", []search.SortKey{search.BySubject, search.ByTo, search.ByCc, search.ByDate.Reverse()}},
		} {
			for _, opts := range [][]search.Return{nil, {search.ReturnAll, search.ReturnCount}} {
				r, err := commands.Sort(s, numset.UID, x.by, search.All, opts...).Wait(ctx)
				if got := fmt.Sprint(slices.Collect(r.All())); err != nil || got != x.want || r.Count != 4 {
					t.Errorf("%+v gives %s, want %s: %+v, %v", x.by, got, x.want, r, err)
				}
			}
		}
		for algorithm, want := range map[commands.ThreadAlgorithm]string{
			commands.References: "0:3 0:1 1:2 2:4 ", commands.OrderedSubject: "0:4 1:2 1:1 0:3 ", commands.Refs: "0:3 0:1 1:2 2:4 ",
		} {
			x, err := commands.Thread(s, numset.Seq, algorithm, search.All).Wait(ctx)
			var b strings.Builder
			for level, n := range x.All() {
				fmt.Fprintf(&b, "%d:%d ", level, n)
			}
			if err != nil || b.String() != want {
				t.Errorf("%s: %s, want %s: %v", algorithm, &b, want, err)
			}
		}
	})
}

func TestExtensionsOnServer(t *testing.T) {
	onServer(t, func(ctx context.Context, s *session.Session) {
		var id string
		for m, err := range commands.Fetch(s, numset.Of(numset.UID, 1), fetch.Preview, fetch.SaveDate, fetch.EmailID, fetch.ThreadID).All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			preview, ok1 := fetch.Preview.Of(m)
			_, ok2 := fetch.SaveDate.Of(m)
			email, ok3 := fetch.EmailID.Of(m)
			_, ok4 := fetch.ThreadID.Of(m)
			if strings.TrimSpace(preview) != "text" || email == "" || !ok1 || !ok2 || !ok3 || !ok4 {
				t.Errorf("Fetch: got %q, %q, %v, %v, %v, %v", preview, email, ok1, ok2, ok3, ok4)
			}
			id = email
		}
		if r, err := commands.Search(s, numset.UID, search.And(search.EmailID(id), search.SaveDateSupported)).Wait(ctx); err != nil || r.Found.String() != "1" {
			t.Errorf("Search: got %+v, %v", r, err)
		}
		got, err := commands.AppendAll(s, "INBOX", commands.Message{Body: strings.NewReader("a"), Size: 1}, commands.Message{Body: strings.NewReader("b\x00"), Size: 2, Binary: true}).Wait(ctx)
		if err != nil || got.UIDs.String() != "5:6" {
			t.Errorf("AppendAll: got %+v, %v", got, err)
		}
		if _, err := commands.Unselect(s).Wait(ctx); err != nil {
			t.Fatal(err)
		}
		if on, err := commands.Enable(s, "UTF8=ACCEPT").Wait(ctx); err != nil || !on.Has("UTF8=ACCEPT") {
			t.Fatalf("Enable: got %v, %v", on, err)
		}
		const name = "Grüße & mehr"
		if _, err := commands.Create(s, name).Wait(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := commands.Append(s, name, strings.NewReader("Subject: Grüße\r\n\r\n"), -1, commands.AsUTF8()).Wait(ctx); err != nil {
			t.Error(err)
		}
		if box, err := commands.Select(s, name).Wait(ctx); err != nil || box.Exists != 1 {
			t.Errorf("Select: got %+v, %v", box, err)
		}
		if r, err := commands.Search(s, numset.UID, search.Subject("Grüße")).Wait(ctx); err != nil || r.Found.String() != "1" {
			t.Errorf("Search: got %+v, %v", r, err)
		}
		if _, err := commands.Execute(s, "X-NOBODY-KNOWS", nil).Wait(ctx); !errors.Is(err, parser.BAD) {
			t.Error(err)
		}
		if all, err := commands.Execute(s, "LIST", nil).Wait(ctx); !errors.Is(err, parser.BAD) || len(all.Data) != 0 {
			t.Errorf("Execute: got %+v, %v", all, err)
		}
		if err := commands.Compress(ctx, s); err != nil {
			t.Fatal(err)
		}
		if _, err := commands.Unauthenticate(s).Wait(ctx); !errors.Is(err, commands.ErrCompressed) {
			t.Error(err)
		}
	})
}
