package commands_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Most of the scripts in this file are examples from the RFCs.

func TestACL(t *testing.T) {
	on(t, extended, `
		# RFC 4314 §3.3, §3.6: two in flight, answered in the other order.
		C: A1 GETACL INBOX/Drafts
		C: A2 GETACL Entw&APw-rfe
		S: * ACL "Entw&APw-rfe" jo l
		S: * ACL INBOX/Drafts Fred rwipslxetad Chris lrswi -anyone ""
		S: A2 OK Getacl complete
		S: A1 OK Getacl complete
		# §3.4, §3.7
		C: A3 LISTRIGHTS ~/Mail/saved Smith
		S: * LISTRIGHTS ~/Mail/saved smith la r swicdkxte
		S: A3 OK Listrights completed
		# §3.5, §3.8
		C: A4 MYRIGHTS INBOX
		S: * MYRIGHTS inbox rwiptsldaex
		S: A4 OK Myrights complete
		# §3.1, §4
		C: A5 SETACL INBOX/Drafts Chris +t
		S: A5 NO [NOPERM] not yours
		C: A6 DELETEACL INBOX/Drafts Chris
		S: A6 OK done
		C: A7 MYRIGHTS "sent items"
		S: * MYRIGHTS "Sent Items" lrs
		S: A7 OK done
		# An answer about another mailbox does not count.
		C: A8 MYRIGHTS x
		S: * MYRIGHTS y lrs
		S: A8 OK done
		C: A9 MYRIGHTS x
		S: * MYRIGHTS x (lrs
		S: A9 OK done
	`, func(ctx context.Context, s *session.Session) {
		a, b := commands.GetACL(s, "INBOX/Drafts"), commands.GetACL(s, "Entwürfe")
		first, err := a.Wait(ctx)
		if err != nil || len(first.Entries) != 3 || string(first.Entries[0].Identifier) != "Fred" || !first.Entries[0].Rights.Equal("rwipslxetad") ||
			string(first.Entries[2].Identifier) != "-anyone" || first.Entries[2].Rights != "" {
			t.Errorf("GetACL: got %+v, %v", first, err)
		}
		second, err := b.Wait(ctx)
		if err != nil || second.Name() != "Entwürfe" || len(second.Entries) != 1 || !second.Entries[0].Rights.Has(parser.RightLookup) {
			t.Errorf("GetACL: got %+v, %v", second, err)
		}
		list, err := commands.ListRights(s, "~/Mail/saved", "Smith").Wait(ctx)
		if err != nil || list.Required != "la" || len(list.Optional) != 2 || string(list.Identifier) != "smith" {
			t.Errorf("ListRights: got %+v, %v", list, err)
		}
		mine, err := commands.MyRights(s, "INBOX").Wait(ctx)
		if err != nil || !mine.Has(parser.RightAdminister) || mine.Has(parser.RightCreate) || !mine.Modern().Has(parser.RightExpunge) {
			t.Errorf("MyRights: got %+v, %v", mine, err)
		}
		if _, err := commands.SetACL(s, "INBOX/Drafts", "Chris", commands.AddRights, "t").Wait(ctx); !errors.Is(err, parser.CodeNoPerm) {
			t.Error(err)
		}
		if _, err := commands.DeleteACL(s, "INBOX/Drafts", "Chris").Wait(ctx); err != nil {
			t.Error(err)
		}
		if r, err := commands.MyRights(s, "sent items").Wait(ctx); err != nil || r != "lrs" {
			t.Errorf("MyRights: got %q, %v", r, err)
		}
		if r, err := commands.MyRights(s, "x").Wait(ctx); !errors.Is(err, commands.ErrNoAnswer) || r != "" {
			t.Errorf("MyRights: got %q, %v", r, err)
		}
		if _, err := commands.MyRights(s, "x").Wait(ctx); err == nil || errors.Is(err, commands.ErrNoAnswer) {
			t.Error(err)
		}
	})
}

func TestQuota(t *testing.T) {
	on(t, extended, `
		# RFC 9208 §4.1.1, two in flight
		C: A1 GETQUOTA !partition/sda4
		C: A2 GETQUOTA ""
		S: * QUOTA "" (MESSAGE 42 1000 X-OWN 1 2)
		S: * QUOTA "!partition/sda4" (STORAGE 104 10923847)
		S: A1 OK Getquota complete
		S: A2 OK Getquota complete
		# RFC 9208 §4.1.2, and what some servers send first
		C: A3 GETQUOTAROOT INBOX
		S: * QUOTA "" (STORAGE 10 512)
		S: * QUOTAROOT INBOX "" {5}
		S: other
		S: * QUOTA other ()
		S: A3 OK Getquotaroot complete
		C: A4 GETQUOTAROOT comp.mail.mime
		S: * QUOTAROOT comp.mail.mime
		S: A4 OK no roots
		# RFC 9208 §4.1.3
		C: A5 SETQUOTA "" (STORAGE 512)
		S: * QUOTA "" (STORAGE 10 512)
		S: A5 OK Setquota completed
		C: A6 SETQUOTA "" (STORAGE 512)
		S: A6 OK Dovecot says no more
		C: A7 GETQUOTA #news
		S: A7 NO [NONEXISTENT] no such root
	`, func(ctx context.Context, s *session.Session) {
		a, b := commands.GetQuota(s, "!partition/sda4"), commands.GetQuota(s, "")
		q, err := a.Wait(ctx)
		if r, ok := q.Resource(parser.ResourceStorage); err != nil || !ok || r.Usage != 104 || r.Limit != 10923847 {
			t.Errorf("GetQuota: got %+v, %v", q, err)
		}
		if q, err = b.Wait(ctx); err != nil || len(q.Resources) != 2 || q.Resources[1] != (parser.QuotaResource{Name: "X-OWN", Usage: 1, Limit: 2}) {
			t.Errorf("GetQuota: got %+v, %v", q, err)
		}
		roots, err := commands.GetQuotaRoot(s, "INBOX").Wait(ctx)
		if err != nil || fmt.Sprintf("%q", roots.Roots) != `["" "other"]` || len(roots.Quotas) != 2 {
			t.Errorf("GetQuotaRoot: got %+v, %v", roots, err)
		}
		if q, ok := roots.Quota(""); !ok || len(q.Resources) != 1 {
			t.Errorf("GetQuotaRoot: got %+v", roots)
		}
		if roots, err = commands.GetQuotaRoot(s, "comp.mail.mime").Wait(ctx); err != nil || len(roots.Roots) != 0 {
			t.Errorf("GetQuotaRoot: got %+v, %v", roots, err)
		}
		limit := parser.ResourceLimit{Resource: parser.ResourceStorage, Limit: 512}
		if q, err = commands.SetQuota(s, "", limit).Wait(ctx); err != nil || len(q.Resources) != 1 {
			t.Errorf("SetQuota: got %+v, %v", q, err)
		}
		if q, err = commands.SetQuota(s, "", limit).Wait(ctx); err != nil || len(q.Resources) != 0 {
			t.Errorf("SetQuota: got %+v, %v", q, err)
		}
		if _, err = commands.GetQuota(s, "#news").Wait(ctx); !errors.Is(err, parser.CodeNonExistent) {
			t.Error(err)
		}
	})
}

func TestMetadata(t *testing.T) {
	var news []string
	handler := session.Handler{Other: func(r *parser.Response) { news = append(news, string(r.Raw())) }}
	onWith(t, session.Config{Handler: handler}, extended, `
		# RFC 5464 §4.2.1, with the server's own news between (§4.4.2), and one response for each entry as Cyrus has it
		C: A1 GETMETADATA (MAXSIZE 1024) INBOX (/shared/comment /private/comment)
		S: * METADATA INBOX /shared/comment
		S: * METADATA "INBOX" (/private/comment "My own comment")
		S: * METADATA "" (/private/comment "of the server")
		S: * METADATA "INBOX" (/shared/comment NIL)
		S: A1 OK [METADATA LONGENTRIES 2199] GETMETADATA complete
		# §4.3
		C: A2 SETMETADATA INBOX (/private/comment "x")
		S: A2 NO [METADATA MAXSIZE 1024] too long
		C: A3 SETMETADATA INBOX (/private/comment "x")
		S: A3 NO [METADATA TOOMANY] SETMETADATA failed
		# The draft, §4.2: one response for each mailbox that matches
		C: A4 GETANNOTATION * "/comment" ("value" "size.*")
		S: * ANNOTATION INBOX ("/comment")
		S: * ANNOTATION INBOX "/comment" ("value.shared" "Hello" "size.shared" "5" "value.priv" NIL)
		S: * ANNOTATION x "/comment" ("value.shared" {2}
		S: hi)
		S: A4 OK Completed
	`, func(ctx context.Context, s *session.Session) {
		m, err := commands.GetMetadata(s, "inbox", []string{"/shared/comment", "/private/comment"}, commands.MaxSize(1024)).Wait(ctx)
		if err != nil || string(m.Value("/PRIVATE/comment")) != "My own comment" || m.Value("/shared/comment") != nil || len(m.Values) != 2 || m.LongEntries != 2199 {
			t.Errorf("GetMetadata: got %+v, %v", m, err)
		}
		if len(news) != 2 {
			t.Errorf("the handler got %q, want 2 responses", news)
		}
		for _, want := range []parser.MetadataCode{{What: parser.MetadataMaxSize, Size: 1024}, {What: parser.MetadataTooMany}} {
			_, err := commands.SetMetadata(s, "INBOX", parser.EntryValue{Entry: "/private/comment", Value: []byte("x")}).Wait(ctx)
			var e *session.Error
			if !asError(err, &e) || !errors.Is(err, parser.CodeMetadata) {
				t.Fatal(err)
			}
			if got, ok := e.Code.Metadata(); !ok || got != want {
				t.Errorf("SetMetadata: got the code %+v, want %+v", got, want)
			}
		}
		list, err := commands.GetAnnotation(s, "*", []string{"/comment"}, []string{"value", "size.*"}).Wait(ctx)
		if err != nil || len(list) != 2 || string(list[0].Value("/comment", "size.shared")) != "5" || string(list[1].Value("/comment", "value.shared")) != "hi" {
			t.Errorf("GetAnnotation: got %+v, %v", list, err)
		}
	})
}

func TestSort(t *testing.T) {
	by := []search.SortKey{search.ByDate.Reverse()}
	on(t, extended, selected+`
		# RFC 5256 §4
		C: A2 SORT (REVERSE DATE) UTF-8 ALL
		S: * SORT 5 3 4 1 2
		S: A2 OK Completed
		C: A3 SORT (REVERSE DATE) UTF-8 SUBJECT nothing
		S: * SORT
		S: A3 OK Completed
		# RFC 5267 §3.3, §4.4
		C: A4 UID SORT RETURN (ALL) (REVERSE DATE) UTF-8 UNDELETED
		S: * ESEARCH (TAG "A4") UID ALL 23765,23764,23763,23761,10:12
		S: A4 OK Sort completed
		C: A5 UID SORT RETURN (MIN MAX COUNT) (REVERSE DATE) UTF-8 ALL
		C: A6 UID SORT RETURN (PARTIAL 1:3) (REVERSE DATE) UTF-8 ALL
		S: * ESEARCH (TAG "A6") UID PARTIAL (1:3 9,7:8)
		S: * ESEARCH (TAG "A5") UID MIN 90 MAX 7 COUNT 12
		S: A5 OK Sort completed
		S: A6 OK Sort completed
		C: A7 SORT (REVERSE DATE) UTF-8 ALL
		S: A7 NO [BADCHARSET] no
	`, func(ctx context.Context, s *session.Session) {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		r, err := commands.Sort(s, numset.Seq, by, search.All).Wait(ctx)
		if got := slices.Collect(r.All()); err != nil || fmt.Sprint(got) != "[5 3 4 1 2]" || r.Count != 5 || r.Min != 5 || r.Max != 2 || r.Set().String() != "1:5" {
			t.Errorf("Sort: got %v, %+v, %v", got, r, err)
		}
		if r, err = commands.Sort(s, numset.Seq, by, search.Subject("nothing")).Wait(ctx); err != nil || r.Count != 0 || !r.Has(parser.ESearchAll) {
			t.Errorf("Sort: got %+v, %v", r, err)
		}
		r, err = commands.Sort(s, numset.UID, by, search.Undeleted, search.ReturnAll).Wait(ctx)
		if got := slices.Collect(r.All()); err != nil || fmt.Sprint(got) != "[23765 23764 23763 23761 10 11 12]" || r.Count != 7 {
			t.Errorf("Sort: got %v, %+v, %v", got, r, err)
		}
		first := commands.Sort(s, numset.UID, by, search.All, search.ReturnMin, search.ReturnMax, search.ReturnCount)
		window := commands.Sort(s, numset.UID, by, search.All, search.ReturnPartial(1, 3))
		if r, err = first.Wait(ctx); err != nil || r.Min != 90 || r.Max != 7 || r.Count != 12 || r.Has(parser.ESearchPartial) {
			t.Errorf("Sort: got %+v, %v", r, err)
		}
		r, err = window.Wait(ctx)
		if got := slices.Collect(r.All()); err != nil || fmt.Sprint(got) != "[9 7 8]" || r.Partial != (parser.PartialRange{From: 1, To: 3}) {
			t.Errorf("Sort: got %v, %+v, %v", got, r, err)
		}
		if _, err = commands.Sort(s, numset.Seq, by, search.All).Wait(ctx); !errors.Is(err, parser.CodeBadCharset) {
			t.Error(err)
		}
	})
}

// TestTagsOfTheProgram checks that two searches that the server answers out of order each get their own result,
// whichever letters the tags begin with.
func TestTagsOfTheProgram(t *testing.T) {
	for _, letters := range []string{"A", "QRS", "b"} {
		c, srv := imaptest.Pipe(0)
		imaptest.Play(t, srv, strings.ReplaceAll(`
			S: * PREAUTH [CAPABILITY IMAP4rev1 ESEARCH] ready
			C: #1 SELECT INBOX
			S: #1 OK done
			C: #2 UID SEARCH RETURN (COUNT) SEEN
			C: #3 UID SEARCH RETURN (COUNT) UNSEEN
			S: * ESEARCH (TAG "#3") UID COUNT 3
			S: #3 OK done
			S: * ESEARCH (TAG "#2") UID COUNT 2
			S: #2 OK done
		`, "#", letters))
		s, err := session.Open(t.Context(), c, &session.Config{TagPrefix: letters})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		seen, unseen := commands.Search(s, numset.UID, search.Seen, search.ReturnCount), commands.Search(s, numset.UID, search.Unseen, search.ReturnCount)
		for i, call := range []*session.Call[commands.SearchResult]{seen, unseen} {
			if r, err := call.Wait(t.Context()); err != nil || r.Count != uint32(i+2) {
				t.Errorf("tags %s1, …: search %d: %+v, %v", letters, i, r, err)
			}
		}
	}
}

func TestThread(t *testing.T) {
	on(t, extended, selected+`
		# RFC 5256 §4: the example, and a message that is not there
		C: A2 THREAD REFERENCES UTF-8 SINCE 5-Mar-2000
		S: * THREAD (2)(3 6 (4 23)(44 7 96))
		S: * THREAD ((11)(12))
		S: A2 OK Completed
		C: A3 UID THREAD REFS UTF-8 ALL
		S: * THREAD
		S: A3 OK Completed
		C: A4 THREAD REFS UTF-8 ALL
		S: * THREAD (2 (3
		S: A4 OK Completed
	`, func(ctx context.Context, s *session.Session) {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		x, err := commands.Thread(s, numset.Seq, commands.References, search.Since(date(2000, 3, 5))).Wait(ctx)
		var b strings.Builder
		for level, n := range x.All() {
			fmt.Fprintf(&b, "%d:%d ", level, n)
		}
		if err != nil || b.String() != "0:2 0:3 1:6 2:4 3:23 2:44 3:7 4:96 0:0 1:11 1:12 " {
			t.Errorf("Thread: got %s, %v", &b, err)
		}
		for i, n := range x.Nodes {
			if int(n.Parent) >= i || n.Level > 0 && x.Nodes[n.Parent].Level != n.Level-1 {
				t.Errorf("node %d: %+v", i, n)
			}
		}
		if x, err = commands.Thread(s, numset.UID, commands.Refs, search.All).Wait(ctx); err != nil || len(x.Nodes) != 0 {
			t.Errorf("Thread: got %+v, %v", x, err)
		}
		if _, err = commands.Thread(s, numset.Seq, commands.Refs, search.All).Wait(ctx); err == nil {
			t.Error("an unfinished thread gives no error")
		}
	})
	// Reading a deep thread needs no recursion. A depth over the limit is an error.
	for _, depth := range []int{60_000, 70_000} {
		on(t, extended, selected+"C: A2 UID THREAD REFS UTF-8 ALL\nS: * THREAD "+strings.Repeat("(1 (2)", depth)+strings.Repeat(")", depth)+"\nS: A2 OK\n",
			func(ctx context.Context, s *session.Session) {
				if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
					t.Fatal(err)
				}
				x, err := commands.Thread(s, numset.UID, commands.Refs, search.All).Wait(ctx)
				var limit *wire.LimitError
				switch {
				case depth > 65_536 && !asError(err, &limit):
					t.Errorf("depth %d: %v", depth, err)
				case depth < 65_536 && (err != nil || len(x.Nodes) != 2*depth):
					t.Errorf("depth %d: %d, %v", depth, len(x.Nodes), err)
				}
			})
	}
}

func TestUTF8Accept(t *testing.T) {
	on(t, "PREAUTH [CAPABILITY IMAP4rev1 ENABLE UTF8=ACCEPT] ready", `
		C: A1 CREATE Entw&APw-rfe
		S: A1 OK
		# RFC 6855 §3: after ENABLE, names and strings are in UTF-8
		C: A2 ENABLE UTF8=ACCEPT
		S: * ENABLED UTF8=ACCEPT
		S: A2 OK
		C: A3 SELECT "Entwürfe & mehr"
		S: * 1 EXISTS
		S: A3 OK
		C: A4 SEARCH SUBJECT "Grüße"
		S: * SEARCH 1
		S: A4 OK
		C: A5 LIST "" *
		S: * LIST () "/" "Entwürfe & mehr"
		S: * LIST () "/" "A&-B"
		S: A5 OK
		# §4: UTF8 (~{…}), of servers without BINARY too
		C: A6 APPEND "Entwürfe & mehr" (\Seen) UTF8 (~{10}
		S: + go on
		C= "Grüße\r\n\n)\r\n"
		S: A6 OK [APPENDUID 1 2] done
	`, func(ctx context.Context, s *session.Session) {
		if _, err := commands.Create(s, "Entwürfe").Wait(ctx); err != nil {
			t.Error(err)
		}
		if _, err := commands.Append(s, "x", strings.NewReader("m"), 1, commands.AsUTF8()).Wait(ctx); !session.SafeToRetry(err) {
			t.Error(err)
		}
		if on, err := commands.Enable(s, "UTF8=ACCEPT").Wait(ctx); err != nil || !on.Has("UTF8=ACCEPT") || !s.Mode().UTF8 {
			t.Fatalf("Enable: got %v, %v", on, err)
		}
		const name = "Entwürfe & mehr"
		if _, err := commands.Select(s, name).Wait(ctx); err != nil {
			t.Fatal(err)
		}
		if r, err := commands.Search(s, numset.Seq, search.Subject("Grüße")).Wait(ctx); err != nil || r.Found.String() != "1" {
			t.Errorf("Search: got %+v, %v", r, err)
		}
		var names []string
		for l, err := range commands.List(s, "", "*").All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, l.Name())
		}
		if fmt.Sprint(names) != "["+name+" A&-B]" {
			t.Errorf("List: got %q", names)
		}
		got, err := commands.Append(s, name, strings.NewReader("Grüße\r\n\n"), -1, commands.WithFlags(parser.FlagSeen), commands.AsUTF8()).Wait(ctx)
		if err != nil || got.UIDs.String() != "2" {
			t.Errorf("Append: got %+v, %v", got, err)
		}
		if _, err := commands.Append(s, name, strings.NewReader("m"), 1, commands.AsBinary()).Wait(ctx); !session.SafeToRetry(err) {
			t.Errorf("literal8 for a server without BINARY: %v", err)
		}
	})
}

// TestIMAP4 uses a server that knows only IMAP4 (RFC 1730).
func TestIMAP4(t *testing.T) {
	on(t, "OK IMAP4 ready", `
		C: A1 CAPABILITY
		S: * CAPABILITY IMAP4 AUTH=KERBEROS_V4
		S: A1 OK CAPABILITY completed
		C: A2 LOGIN jo "secret"
		S: A2 OK LOGIN completed
		C: A3 CAPABILITY
		S: * CAPABILITY IMAP4
		S: A3 OK CAPABILITY completed
		C: A4 SELECT INBOX
		S: * FLAGS (\Answered \Flagged \Deleted \Seen)
		S: * 18 EXISTS
		S: * 2 RECENT
		S: * OK [UNSEEN 17] Message 17 is the first unseen message
		S: * OK [UIDVALIDITY 38576] UIDs valid
		S: A4 OK [READ-WRITE] SELECT completed
		C: A5 FETCH 4 (FLAGS RFC822.SIZE)
		S: * 4 FETCH (FLAGS () RFC822.SIZE 44827)
		S: A5 OK FETCH completed
		# §6.4.6: nothing in the answer says which octets these are
		C: A6 PARTIAL 4 RFC822 1 12
		S: * 4 FETCH (RFC822 {12}
		S: Return-Path: FLAGS (\Seen))
		S: A6 OK PARTIAL completed
		C: A7 STORE 4 +FLAGS (\Deleted)
		S: * 4 FETCH (FLAGS (\Deleted \Seen))
		S: A7 OK STORE completed
		C: A8 STATUS x (MESSAGES)
		S: A8 BAD command unknown
		C: A9 LOGOUT
		S: * BYE IMAP4 Server logging out
		S: A9 OK LOGOUT completed
	`, func(ctx context.Context, s *session.Session) {
		if _, err := commands.Login(s, "jo", secretOf("secret"), commands.AllowPlaintext()).Wait(ctx); err != nil {
			t.Fatal(err)
		}
		box, err := commands.Select(s, "INBOX").Wait(ctx)
		if err != nil || box.Exists != 18 || box.Unseen != 17 || !s.Caps().Has("IMAP4") || s.Caps().Has("IMAP4REV1") {
			t.Errorf("Select: got %+v, %v", box, err)
		}
		for m, err := range commands.Fetch(s, numset.Of(numset.Seq, 4), fetch.Flags, fetch.Size).All(ctx) {
			if err != nil || m.Size != 44827 {
				t.Errorf("Fetch: got %+v, %v", m, err)
			}
		}
		n := 0
		for m, err := range commands.FetchOctets(s, 4, fetch.RFC822, 1, 12).All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			for sec, err := range m.Sections {
				if b, _ := sec.Bytes(); err != nil || string(b) != "Return-Path:" {
					t.Errorf("FetchOctets: got %q, %v", b, err)
				}
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d sections", n)
		}
		if err := commands.Store(s, numset.Of(numset.Seq, 4), commands.AddFlags, parser.FlagDeleted).Wait(ctx); err != nil {
			t.Error(err)
		}
		if _, err := commands.Status(s, "x", status.Messages).Wait(ctx); !errors.Is(err, parser.BAD) {
			t.Error(err)
		}
		if _, err := commands.Logout(s).Wait(ctx); err != nil {
			t.Error(err)
		}
	})
}
