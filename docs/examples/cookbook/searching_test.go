package cookbook

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fallback"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/mailboxes"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// Search by sender, date, size and a header field
//
// Since compares the days of INTERNALDATE, and SentSince those of the Date field. A server searches for substrings and
// ignores case.
func searchBy(ctx context.Context, s *session.Session, sender string, since time.Time) (numset.Set, error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return numset.Set{}, err
	}
	key := search.And(
		search.From(sender),
		search.Since(since),
		search.Larger(100),
		search.Not(search.Header("Precedence", "bulk")),
		search.Or(search.Unseen, search.Flagged),
	)
	found, err := commands.Search(s, numset.UID, key).Wait(ctx)
	return found.Found, err
}

func TestSearchBy(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "INBOX")
	day := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	from := func(sender, more string) []byte {
		return []byte("From: " + sender + "@example.com\r\n" + more + "Subject: x\r\n\r\n" + strings.Repeat("x", 200))
	}
	box.AppendAt(day, from("bob", ""))
	box.AppendAt(day, from("bob", "Precedence: bulk\r\n"))
	box.AppendAt(day, from("carol", ""))
	box.AppendAt(day.AddDate(0, -1, 0), from("bob", ""))
	box.AppendAt(day, from("bob", ""), parser.FlagSeen)
	box.AppendAt(day, from("bob", ""), parser.FlagSeen, parser.FlagFlagged)
	found, err := searchBy(t.Context(), open(t, srv, "alice"), "bob@", day.AddDate(0, 0, -1))
	if found.String() != "1,6" || err != nil {
		t.Errorf("got %v, %v; want 1,6", found, err)
	}
}

// Search for text in any language, whatever charsets the server knows
//
// A server that knows only US-ASCII, such as that of Microsoft 365, gets a wider search instead. The function
// then returns Wider, and the program must filter what was found.
func searchAny(ctx context.Context, s *session.Session, text string) (numset.Set, fallback.Way, error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return numset.Set{}, fallback.None, err
	}
	found, way, err := fallback.Search(ctx, s, numset.UID, search.Subject(text), search.All)
	return found.Found, way, err
}

func TestSearchAny(t *testing.T) {
	for preset, want := range map[string]string{"gmail": "1 directly", "outlook": "1:2 by a wider search"} {
		srv := imaptest.NewServer(t, imaptest.Preset(preset), imaptest.WithUser("alice", "secret"))
		add(t, srv, "INBOX", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n", mailOf("other"))
		found, way, err := searchAny(t.Context(), open(t, srv, "alice"), "grüße")
		if got := fmt.Sprint(found, " ", way); got != want || err != nil {
			t.Errorf("%s: got %s, %v; want %s", preset, got, err, want)
		}
	}
}

// Find the newest fifty by date
//
// A server with SORT sorts by date; without SORT, the order is that of arrival. With PARTIAL, a program can ask for
// these fifty only (search.ReturnPartial).
func newest(ctx context.Context, s *session.Session, n int) ([]uint32, error) {
	box, err := commands.Examine(s, "INBOX").Wait(ctx)
	if err != nil || box.Exists == 0 {
		return nil, err
	}
	if !s.Caps().Has("SORT") {
		last := search.In(numset.Span(numset.Seq, max(box.Exists, uint32(n))-uint32(n)+1, box.Exists))
		found, err := commands.Search(s, numset.UID, last).Wait(ctx)
		list := slices.Collect(found.Found.Numbers())
		slices.Reverse(list)
		return list, err
	}
	found, err := commands.Sort(s, numset.UID, []search.SortKey{search.ByDate.Reverse()}, search.All).Wait(ctx)
	list := slices.Collect(found.All())
	return list[:min(n, len(list))], err
}

func TestNewest(t *testing.T) {
	for without, want := range map[string]string{"": "[2 3]", "SORT": "[3 2]"} {
		srv := imaptest.NewServer(t, imaptest.Without(without))
		for _, day := range []int{2, 9, 4} {
			add(t, srv, "INBOX", fmt.Sprintf("Date: Mon, %d Mar 2026 10:00:00 +0000\r\n\r\n", day))
		}
		if list, err := newest(t.Context(), open(t, srv, "alice"), 2); fmt.Sprint(list) != want || err != nil {
			t.Errorf("without %q: got %v, %v; want %s", without, list, err, want)
		}
	}
}

// Show discussions as threads
//
// The function returns the threads as a flat list, each message before its answers.
func discussions(ctx context.Context, s *session.Session) (lines []string, err error) {
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		return nil, err
	}
	threads, err := commands.Thread(s, numset.UID, commands.References, search.All).Wait(ctx)
	if err != nil {
		return nil, err
	}
	for level, uid := range threads.All() {
		lines = append(lines, strings.Repeat("  ", level)+fmt.Sprint(uid))
	}
	return lines, nil
}

func TestDiscussions(t *testing.T) {
	srv := imaptest.NewServer(t)
	for _, m := range []string{"Message-ID: <1@x>", "Message-ID: <2@x>", "Message-ID: <3@x>\r\nReferences: <1@x>", "Message-ID: <4@x>\r\nReferences: <1@x> <3@x>"} {
		add(t, srv, "INBOX", m+"\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\n\r\n")
	}
	lines, err := discussions(t.Context(), open(t, srv, "alice"))
	if got := strings.Join(lines, "|"); got != "1|  3|    4|2" || err != nil {
		t.Errorf("got %s, %v; want a thread of 1, 3 and 4, and then 2", got, err)
	}
}

// Search all mailboxes
//
// Views such as Gmail's All Mail show messages of other mailboxes, so the function leaves them out. A server with
// MULTISEARCH needs only one command (commands.MultiSearch).
func searchAll(ctx context.Context, s *session.Session, key search.Key) (map[string]numset.Set, error) {
	tree, err := mailboxes.Load(ctx, s, nil)
	if err != nil {
		return nil, err
	}
	all := map[string]numset.Set{}
	for m := range tree.All {
		if !m.Selectable || m.Role.IsView() {
			continue
		}
		open := commands.Examine(s, m.Name)
		found, err := commands.Search(s, numset.UID, key).Wait(ctx) // sent together with EXAMINE
		if _, err := open.Wait(ctx); err != nil {
			return all, err
		}
		if err != nil {
			return all, err
		}
		if found.Count > 0 {
			all[m.Name] = found.Found
		}
	}
	return all, nil
}

func TestSearchAll(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", mailOf("one"), mailOf("two"))
	add(t, srv, "Work", mailOf("two"))
	add(t, srv, "Empty")
	srv.Mailbox("alice", "Everything").SetSpecialUse(parser.AttrAll)
	add(t, srv, "Everything", mailOf("two"))
	all, err := searchAll(t.Context(), open(t, srv, "alice"), search.Subject("two"))
	if fmt.Sprint(all) != "map[INBOX:2 Work:1]" || err != nil {
		t.Errorf("got %v, %v; want 2 in INBOX and 1 in Work", all, err)
	}
}

// Search Gmail in its own syntax, and read labels
//
// X-GM-RAW accepts what Gmail's search box accepts. A message has one UID in each mailbox, and the same X-GM-MSGID in
// all of them.
func searchGmail(ctx context.Context, s *session.Session, query string) (map[uint32][]string, error) {
	tree, err := mailboxes.Load(ctx, s, nil)
	if err != nil {
		return nil, err
	}
	everything := "INBOX"
	if all := tree.Role(mailboxes.All); all != nil {
		everything = all.Name // "[Gmail]/All Mail", in the user's language
	}
	if _, err := commands.Examine(s, everything).Wait(ctx); err != nil {
		return nil, err
	}
	found, err := commands.Search(s, numset.UID, search.GmailRaw(query)).Wait(ctx)
	if err != nil || found.Count == 0 {
		return nil, err
	}
	labels := map[uint32][]string{}
	for m, err := range commands.Fetch(s, found.Found, fetch.UID, fetch.GmailLabels).All(ctx) {
		if err != nil {
			return nil, err
		}
		labels[m.UID], _ = fetch.GmailLabels.Of(m)
	}
	return labels, nil
}

// Add a Gmail label to messages, and remove another
//
// A message that is copied into a mailbox gets the label of that mailbox. A message that is moved out of INBOX is
// archived.
func relabel(ctx context.Context, s *session.Session, uids numset.Set, add, remove string) error {
	if err := commands.StoreLabels(s, uids, commands.AddFlags.Silent(), add).Wait(ctx); err != nil {
		return err
	}
	return commands.StoreLabels(s, uids, commands.RemoveFlags.Silent(), remove).Wait(ctx)
}

func TestSearchGmail(t *testing.T) {
	c, sc := imaptest.Pipe(0)
	wait := imaptest.Play(t, sc, `
		S: * PREAUTH [CAPABILITY IMAP4rev1 X-GM-EXT-1 SPECIAL-USE ESEARCH] ready
		C: A1 LIST "" *
		S: * LIST () "/" INBOX
		S: * LIST (\All) "/" "[Gmail]/Alle Nachrichten"
		S: A1 OK done
		C: A2 LSUB "" *
		S: A2 OK done
		C: A3 EXAMINE "[Gmail]/Alle Nachrichten"
		S: * 9 EXISTS
		S: A3 OK done
		C: A4 UID SEARCH X-GM-RAW "has:attachment in:anywhere"
		S: * SEARCH 7 9
		S: A4 OK done
		C: A5 UID FETCH 7,9 (UID X-GM-LABELS)
		S: * 3 FETCH (UID 7 X-GM-LABELS (\Inbox "Reise &APw-"))
		S: * 9 FETCH (UID 9 X-GM-LABELS ())
		S: A5 OK done
		C: A6 UID STORE 7 +X-GM-LABELS.SILENT (Travel)
		S: A6 OK done
		C: A7 UID STORE 7 -X-GM-LABELS.SILENT (\Inbox)
		S: A7 OK done
	`)
	s, err := session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	labels, err := searchGmail(t.Context(), s, "has:attachment in:anywhere")
	if fmt.Sprint(labels) != `map[7:[\Inbox Reise ü] 9:[]]` || err != nil {
		t.Errorf("got the labels %v, %v; want two of UID 7 and none of UID 9", labels, err)
	}
	if err := relabel(t.Context(), s, numset.Of(numset.UID, 7), "Travel", `\Inbox`); err != nil {
		t.Error(err)
	}
	wait()
}
