package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

func TestReplaceAnswer(t *testing.T) {
	var gone []uint32
	cfg := session.Config{Handler: session.Handler{Gone: func(g session.Gone) { gone = append(gone, g.Seq) }}}
	onWith(t, cfg, further, selected+`
		# RFC 8508 §3.2
		C: A2 REPLACE 4 Drafts {5}
		S: + go
		C: hello
		S: * OK [APPENDUID 1 2000] Replacement Message ready
		S: * 10 EXISTS
		S: * 4 EXPUNGE
		S: A2 OK Replace completed
		# RFC 4469 §5
		C: A3 REPLACE 9 Drafts CATENATE (URL /gone/;UID=1)
		S: A3 NO [BADURL "/gone/;UID=1"] no such message
	`, func(ctx context.Context, s *session.Session) {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		got, err := commands.Replace(s, numset.Of(numset.Seq, 4), "Drafts", commands.Message{Body: strings.NewReader("hello"), Size: 5}).Wait(ctx)
		if err != nil || got.UIDValidity != 1 || got.UIDs.String() != "2000" || fmt.Sprint(gone) != "[4]" || s.Mailbox().Exists != 9 {
			t.Errorf("Replace: got %+v, %v, %v", got, gone, err)
		}
		_, err = commands.Replace(s, numset.Of(numset.Seq, 9), "Drafts", commands.Message{Parts: []commands.Part{{URL: "/gone/;UID=1"}}}).Wait(ctx)
		if !errors.Is(err, parser.CodeBadURL) {
			t.Error(err)
		}
	})
}

func TestUnauthenticate(t *testing.T) {
	on(t, "PREAUTH [CAPABILITY IMAP4rev1 UNAUTHENTICATE ENABLE CONDSTORE] ready", `
		C: A1 ENABLE CONDSTORE
		S: * ENABLED CONDSTORE
		S: A1 OK
		C: A2 SELECT INBOX
		S: * 3 EXISTS
		S: A2 OK
		# RFC 8437 §3
		C: A3 UNAUTHENTICATE
		S: A3 OK done
		C: A4 CAPABILITY
		S: * CAPABILITY IMAP4rev1 X-BEFORE
		S: A4 OK
		C: A5 LOGIN jo "secret"
		S: A5 OK [CAPABILITY IMAP4rev1 UNAUTHENTICATE] in
		C: A6 UNAUTHENTICATE
		S: A6 OK [CAPABILITY IMAP4rev1] done
	`, func(ctx context.Context, s *session.Session) {
		if _, err := commands.Enable(s, "CONDSTORE").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := commands.Unauthenticate(s).Wait(ctx); err != nil || s.State() != session.NotAuthenticated || s.Mailbox() != nil ||
			s.Enabled().Len() != 0 || !s.Caps().Has("X-BEFORE") {
			t.Fatalf("Unauthenticate: got %v, %v, %v, %v", s.State(), s.Enabled(), s.Caps(), err)
		}
		if _, err := commands.Login(s, "jo", secretOf("secret"), commands.AllowPlaintext()).Wait(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := commands.Unauthenticate(s).Wait(ctx); err != nil || s.Caps().Has("UNAUTHENTICATE") {
			t.Errorf("Unauthenticate: got %v, %v", s.Caps(), err)
		}
	})
}

func TestURLAuth(t *testing.T) {
	const url = "imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred"
	big := strings.Repeat("0123456789", 20_000)
	on(t, further, `
		# RFC 4467 §7
		C: A1 GENURLAUTH "`+url+`" INTERNAL
		S: * GENURLAUTH "`+url+`:internal:91354a473744909de610943775f92038"
		S: A1 OK GENURLAUTH completed
		C: A2 URLFETCH "a" "b" "c"
		S: * URLFETCH a {28}
		S: Si vis pacem, para bellum.
		S=  "\r\n"
		S: * URLFETCH b NIL c {200000}
		S=  "`+big+`"
		S:  d "x"
		S: A2 OK URLFETCH completed
		# RFC 5524 §3.2
		C: A3 URLFETCH ("a" BODYPARTSTRUCTURE BINARY)
		S: * URLFETCH a (BODYPARTSTRUCTURE ("text" "plain" NIL NIL NIL "7BIT" 28 1)) (BINARY {3}
		S: abc)
		S: A3 OK URLFETCH completed
		C: A4 URLFETCH "a"
		S: * URLFETCH a (
		S: A4 OK
		C: A5 GENURLAUTH "x" INTERNAL
		S: A5 BAD [URLMECH INTERNAL] not your URL
	`, func(ctx context.Context, s *session.Session) {
		made, err := commands.GenURLAuth(s, commands.URLInternal, url).Wait(ctx)
		if err != nil || len(made) != 1 || made[0] != url+":internal:91354a473744909de610943775f92038" {
			t.Errorf("GenURLAuth: got %q, %v", made, err)
		}
		var got []string
		for found, err := range commands.URLFetch(s, []string{"a", "b", "c"}).All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			for u, err := range found.All {
				if err != nil {
					t.Fatal(err)
				}
				text := []byte("NIL")
				if u.Body != nil {
					if text, err = io.ReadAll(u.Body); err != nil {
						t.Fatal(err)
					}
				}
				got = append(got, fmt.Sprintf("%s %d %.3s", u.URL, len(text), text))
			}
		}
		if fmt.Sprint(got) != "[a 28 Si  b 3 NIL c 200000 012 d 1 x]" {
			t.Errorf("URLFetch: got %q", got)
		}
		for found, err := range commands.URLFetch(s, []string{"a"}, commands.URLStructure, commands.URLBinary).All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			for u, err := range found.All {
				var body parser.BodyStructure
				if ok, err2 := u.BodyStructure(&body); err != nil || err2 != nil || !ok || body.Subtype != "plain" || !u.Binary || string(u.Data) != "abc" {
					t.Errorf("URLFetch: got %+v, %v, %v", u, err, err2)
				}
			}
		}
		if err := commands.URLFetch(s, []string{"a"}).Wait(ctx); err == nil {
			t.Error("a response that ends early has no error")
		}
		if _, err := commands.GenURLAuth(s, commands.URLInternal, "x").Wait(ctx); !errors.Is(err, parser.CodeURLMech) {
			t.Error(err)
		}
	})
}

func TestNotifyAnswer(t *testing.T) {
	var news []string
	cfg := session.Config{Handler: session.Handler{Other: func(r *parser.Response) { news = append(news, r.Name+" "+string(r.Code.Name)) }}}
	onWith(t, cfg, further, `
		# RFC 5465 §3.1, §5
		C: A1 NOTIFY SET STATUS (personal (MessageNew MessageExpunge))
		S: * STATUS Lists/Lemonade (MESSAGES 503 UIDNEXT 10002 UIDVALIDITY 101)
		S: * STATUS misc (MESSAGES 1 UIDNEXT 999 UIDVALIDITY 1)
		S: A1 OK done
		C: A2 NOOP
		S: * STATUS misc (UIDNEXT 1000 MESSAGES 2)
		S: * LIST () "/" NewMailbox ("OLDNAME" (OldMailbox))
		S: * METADATA "" /shared/comment
		S: * OK [NOTIFICATIONOVERFLOW] too much
		S: A2 OK
		C: A3 NOTIFY SET (personal (MailboxName))
		S: A3 NO [BADEVENT (MailboxName)] no
		C: A4 NOTIFY NONE
		S: A4 OK
	`, func(ctx context.Context, s *session.Session) {
		list, err := commands.NotifyStatus(s, commands.EventGroup{In: commands.InPersonal, Events: []commands.Event{commands.MessageNew, commands.MessageExpunge}}).Wait(ctx)
		if err != nil || len(list) != 2 || list[0].UIDNext != 10002 || list[1].Name() != "misc" {
			t.Errorf("NotifyStatus: got %+v, %v", list, err)
		}
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			t.Error(err)
		}
		if fmt.Sprint(news) != "[STATUS  LIST  METADATA  OK NOTIFICATIONOVERFLOW]" {
			t.Errorf("the handler got %q", news)
		}
		if _, err := commands.Notify(s, commands.EventGroup{In: commands.InPersonal, Events: []commands.Event{commands.MailboxName}}).Wait(ctx); !errors.Is(err, parser.CodeBadEvent) {
			t.Error(err)
		}
		if _, err := commands.NotifyNone(s).Wait(ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestSearchAnswersByTag checks that each ESEARCH goes to the search with its tag, and that updates of a result go
// only to the handler.
func TestSearchAnswersByTag(t *testing.T) {
	var updates []string
	cfg := session.Config{Handler: session.Handler{Other: func(r *parser.Response) {
		if x, ok := commands.SearchUpdate(r); ok {
			updates = append(updates, fmt.Sprint(string(x.Tag), x.AddTo, x.RemoveFrom))
		}
	}}}
	onWith(t, cfg, further, selected+`
		# RFC 5267 §4.3; RFC 7377 §2.1
		C: A2 UID SEARCH RETURN (UPDATE COUNT) ALL
		S: * ESEARCH (TAG "A2") UID COUNT 74
		S: A2 OK
		C: A3 UID SEARCH RETURN (COUNT) SEEN
		C: A4 UID SEARCH RETURN (COUNT) UNSEEN
		C: A5 ESEARCH IN (mailboxes folder1 subtree folder2) RETURN (COUNT) SEEN
		S: * ESEARCH (TAG "A2") UID ADDTO (0 32768:32769)
		S: * ESEARCH (TAG "A5" MAILBOX folder1 UIDVALIDITY 1) UID ALL 4001,4003
		S: * ESEARCH (TAG "A4") UID COUNT 4
		S: * ESEARCH (TAG "A2") UID REMOVEFROM (0 32768)
		S: * ESEARCH (TAG "A3") UID COUNT 3
		S: * ESEARCH (TAG "A5" MAILBOX "folder2/Entw&APw-rfe" UIDVALIDITY 3) UID COUNT 1
		S: A3 OK
		S: A4 OK
		S: A5 OK
		C: A6 SEARCH RETURN (COUNT UPDATE) ALL
		S: * NO [NOUPDATE "A6"] Too many contexts
		S: * ESEARCH COUNT 9
		S: A6 OK Search completed, will not notify.
		C: A7 UID SEARCH RETURN (PARTIAL 24000:24500) ALL
		S: * ESEARCH (TAG "A7") UID PARTIAL (24000:24500 NIL)
		S: A7 OK
		C: A8 UID SEARCH RETURN (RELEVANCY ALL) FUZZY SUBJECT x
		S: * ESEARCH (TAG "A8") UID RELEVANCY (4 99) ALL 3,7
		S: A8 OK
	`, func(ctx context.Context, s *session.Session) {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		watched := commands.Search(s, numset.UID, search.All, search.ReturnUpdate(), search.ReturnCount)
		if r, err := watched.Wait(ctx); err != nil || r.Count != 74 || r.NoUpdate || watched.Tag() != "A2" {
			t.Errorf("Search: got %+v, %v", r, err)
		}
		seen := commands.Search(s, numset.UID, search.Seen, search.ReturnCount)
		unseen := commands.Search(s, numset.UID, search.Unseen, search.ReturnCount)
		several := commands.MultiSearch(s, []commands.MailboxFilter{commands.InMailboxes("folder1"), commands.InSubtree("folder2")}, search.Seen, search.ReturnCount)
		var found []string
		for m, err := range several.All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, fmt.Sprint(m.Name(), m.UIDValidity, " ", m.Found, " ", m.Count))
		}
		if fmt.Sprintf("%q", found) != `["folder11 4001,4003 2" "folder2/Entwürfe3  1"]` {
			t.Errorf("MultiSearch: got %q", found)
		}
		if r, err := seen.Wait(ctx); err != nil || r.Count != 3 {
			t.Errorf("Search: got %+v, %v", r, err)
		}
		if r, err := unseen.Wait(ctx); err != nil || r.Count != 4 {
			t.Errorf("Search: got %+v, %v", r, err)
		}
		if fmt.Sprint(updates) != "[A2[{0 [{32768 32769}]}] [] A2[] [{0 [{32768 32768}]}]]" {
			t.Errorf("the updates are %q", updates)
		}
		if r, err := commands.Search(s, numset.Seq, search.All, search.ReturnCount, search.ReturnUpdate()).Wait(ctx); err != nil || !r.NoUpdate || r.Count != 9 {
			t.Errorf("Search: got %+v, %v", r, err)
		}
		if r, err := commands.Search(s, numset.UID, search.All, search.ReturnPartial(24000, 24500)).Wait(ctx); err != nil || !r.Window.Empty() || r.Partial.From != 24000 {
			t.Errorf("Search: got %+v, %v", r, err)
		}
		if r, err := commands.Search(s, numset.UID, search.Fuzzy(search.Subject("x")), search.ReturnRelevancy, search.ReturnAll).Wait(ctx); err != nil || fmt.Sprint(r.Relevancy) != "[4 99]" {
			t.Errorf("Search: got %+v, %v", r, err)
		}
	})
}

func TestOtherAnswers(t *testing.T) {
	on(t, further, selected+`
		# RFC 5255 §3.2, §4.7
		C: A2 LANGUAGE
		S: * LANGUAGE (EN DE IT i-default)
		S: A2 OK
		C: A3 LANGUAGE DE
		S: * LANGUAGE (DE)
		S: * NAMESPACE (("" "/")) (("Other Users/" "/" "TRANSLATION" ("Andere Ben&APw-tzer/"))) NIL
		S: A3 OK Sprachwechsel
		C: A4 LANGUAGE fr
		S: A4 NO nicht
		C: A5 COMPARATOR "cz;*" i;basic
		S: * COMPARATOR i;basic
		S: A5 OK
		# RFC 10022 §3.1
		C: A6 UIDBATCHES 2000
		S: * UIDBATCHES (TAG "A6") 163886:99703,99696:20358,20351:7841,7830:1
		S: A6 OK
		C: A7 UIDBATCHES 5
		S: A7 NO [TOOFEW] no
		# RFC 9698 §4
		C: A8 GETJMAPACCESS
		S: * JMAPACCESS "https://example.com/.s/[jmap]"
		S: A8 OK
		C: A9 XAPPLEPUSHSERVICE aps-version 2
		S: * XAPPLEPUSHSERVICE aps-version "2" aps-topic com.apple.mail
		S: A9 OK
		# RFC 5259 §6
		C: A10 CONVERT 2 ("text/plain") BINARY[3]
		S: * 2 CONVERTED (TAG "A10") (BINARY[3] {3}
		S: abc)
		S: A10 OK
		C: A11 LIST "" * RETURN (MYRIGHTS METADATA (/shared/c))
		S: * LIST () "/" INBOX
		S: * MYRIGHTS INBOX lrs
		S: * METADATA INBOX (/shared/c "x")
		S: * LIST (\NoSelect) "/" foo
		S: * MYRIGHTS other lrs
		S: A11 OK
		C: A12 UID FETCH 7 (PREVIEW SAVEDATE EMAILID THREADID X-GM-MSGID X-GM-LABELS ANNOTATION (/comment value))
		S: * 1 FETCH (UID 7 PREVIEW "So" SAVEDATE "02-Mar-2026 09:30:00 +0000" EMAILID (M1) THREADID NIL X-GM-MSGID 1278455344230334865 X-GM-LABELS (\Inbox Entw&APw-rfe "a b") ANNOTATION (/comment (value.priv "x" value.shared NIL)))
		S: A12 OK
		C: A13 X-ALL
		S: * X-ONE 1 {3}
		S: a)b (c)
		S: * 7 X-TWO
		S: * OK [X-CODE 5] text
		S: A13 OK [X-DONE a] fine
	`, func(ctx context.Context, s *session.Session) {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		if tags, err := commands.Languages(s).Wait(ctx); err != nil || fmt.Sprint(tags) != "[EN DE IT i-default]" {
			t.Errorf("Languages: got %v, %v", tags, err)
		}
		if x, err := commands.SetLanguage(s, "DE").Wait(ctx); err != nil || x.Tag != "DE" || x.Namespaces == nil || len(x.Namespaces.Other) != 1 {
			t.Errorf("SetLanguage: got %+v, %v", x, err)
		}
		if _, err := commands.SetLanguage(s, "fr").Wait(ctx); !errors.Is(err, parser.NO) {
			t.Error(err)
		}
		if x, err := commands.Comparator(s, "cz;*", "i;basic").Wait(ctx); err != nil || x.Active != "i;basic" {
			t.Errorf("Comparator: got %+v, %v", x, err)
		}
		if x, err := commands.UIDBatches(s, 2000, 0, 0).Wait(ctx); err != nil || fmt.Sprint(x) != "[99703:163886 20358:99696 7841:20351 1:7830]" {
			t.Errorf("UIDBatches: got %v, %v", x, err)
		}
		if _, err := commands.UIDBatches(s, 5, 0, 0).Wait(ctx); !errors.Is(err, parser.CodeTooFew) {
			t.Error(err)
		}
		if x, err := commands.GetJMAPAccess(s).Wait(ctx); err != nil || x != "https://example.com/.s/[jmap]" {
			t.Errorf("GetJMAPAccess: got %q, %v", x, err)
		}
		if x, err := commands.ApplePush(s, []parser.PushField{{Name: "aps-version", Value: "2"}}).Wait(ctx); err != nil || string(x.Get("aps-topic")) != "com.apple.mail" {
			t.Errorf("ApplePush: got %+v, %v", x, err)
		}
		for x, err := range commands.Convert(s, numset.Of(numset.Seq, 2), "text/plain", nil, commands.Converted(fetch.Binary("3"))).All(ctx) {
			if err != nil || len(x.Items) != 1 || !strings.HasSuffix(string(x.Items[0].Value), "abc") {
				t.Errorf("Convert: got %+v, %v", x, err)
			}
		}
		boxes, err := commands.ListDetails(s, "", []string{"*"}, commands.ReturnMyRights, commands.ReturnMetadata("/shared/c")).Wait(ctx)
		if err != nil || len(boxes) != 2 || boxes[0].Rights == nil || *boxes[0].Rights != "lrs" || string(boxes[0].Metadata[0].Value) != "x" || boxes[1].Rights != nil {
			t.Errorf("ListDetails: got %+v, %v", boxes, err)
		}
		notes := fetch.Annotations([]string{"/comment"}, []string{"value"})
		for m, err := range commands.Fetch(s, numset.Of(numset.UID, 7), fetch.Preview, fetch.SaveDate, fetch.EmailID, fetch.ThreadID, fetch.GmailMessageID, fetch.GmailLabels, notes).All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			preview, _ := fetch.Preview.Of(m)
			saved, _ := fetch.SaveDate.Of(m)
			email, _ := fetch.EmailID.Of(m)
			thread, ok := fetch.ThreadID.Of(m)
			id, _ := fetch.GmailMessageID.Of(m)
			labels, _ := fetch.GmailLabels.Of(m)
			list, _ := notes.Of(m)
			if preview != "So" || saved.Hour() != 9 || email != "M1" || thread != "" || !ok || id != 1278455344230334865 || fmt.Sprintf("%q", labels) != `["\\Inbox" "Entwürfe" "a b"]` ||
				len(list) != 1 || len(list[0].Values) != 2 || string(list[0].Values[0].Value) != "x" || list[0].Values[1].Value != nil {
				t.Errorf("Fetch: got %q, %v, %q, %q, %d, %q, %+v", preview, saved, email, thread, id, labels, list)
			}
		}
		all, err := commands.Execute(s, "X-ALL", nil).Wait(ctx)
		if err != nil || len(all.Data) != 3 || string(all.Data[0].Payload) != "1 {3}\r\na)b (c)" || all.Data[1].Num != 7 || all.Data[2].Code.Name != "X-CODE" ||
			all.Code.Name != "X-DONE" || all.Text != "fine" || len(all.Named("X-TWO")) != 1 {
			t.Errorf("Execute: got %+v, %v", all, err)
		}
	})
	// Execute also reads a literal that is larger than the session's buffers, up to Config.MaxResult.
	big := strings.Repeat("x", 100_000)
	on(t, further, "C: A1 X-BIG\nS: * X-BIG {100000}\nS= \""+big+" {5}\\r\\nhello\\r\\n\"\nS: A1 OK\n", func(ctx context.Context, s *session.Session) {
		all, err := commands.Execute(s, "X-BIG", nil, "X-BIG").Wait(ctx)
		if err != nil || len(all.Data) != 1 || string(all.Data[0].Payload) != "{100000}\r\n"+big+" {5}\r\nhello" {
			t.Errorf("Execute: got %d, %v", len(all.Data), err)
		}
	})
}

// TestExecuteCallsTheHandler checks that, if Execute is called without names of responses, the handler gets the responses
// too.
func TestExecuteCallsTheHandler(t *testing.T) {
	var calls []string
	cfg := session.Config{Handler: session.Handler{
		Gone:  func(g session.Gone) { calls = append(calls, fmt.Sprint("expunge ", g.Seq)) },
		Fetch: func(m *parser.Fetch) { calls = append(calls, fmt.Sprint("fetch ", m.Seq, m.Flags)) },
	}}
	big := strings.Repeat("x", 100_000)
	onWith(t, cfg, further, selected+`
		C: A2 X-MOVE 2
		S: * 2 EXPUNGE
		S: * 1 FETCH (FLAGS (\Seen) BODY[] {100000}
		S= "`+big+` UID 7)\r\n"
		S: A2 OK
		C: A3 X-MOVE 2
		S: * 2 EXPUNGE
		S: * X-MOVED 5
		S: A3 OK
	`, func(ctx context.Context, s *session.Session) {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		args := func(e *wire.Encoder) { e.Raw(" 2") }
		all, err := commands.Execute(s, "X-MOVE", args).Wait(ctx)
		if err != nil || len(all.Data) != 2 || string(all.Data[1].Payload) != `(FLAGS (\Seen) BODY[] {100000}`+"\r\n"+big+" UID 7)" {
			t.Errorf("Execute: got %d, %v", len(all.Data), err)
		}
		if all, err = commands.Execute(s, "X-MOVE", args, "X-MOVED").Wait(ctx); err != nil || len(all.Data) != 1 || string(all.Data[0].Payload) != "5" {
			t.Errorf("Execute: got %+v, %v", all, err)
		}
		if fmt.Sprint(calls) != `[expunge 2 fetch 1 [\Seen] expunge 2]` || s.Mailbox().Exists != 7 {
			t.Errorf("the handler got %q, and EXISTS is %d", calls, s.Mailbox().Exists)
		}
	})
}

// TestExamineIsReadOnly checks the result of Examine if a server answers with READ-WRITE, as Twisted does, although a
// mailbox opened by EXAMINE is read-only (RFC 9051 §6.3.3). The server also sends a LIST with another name than the
// requested one (RFC 9051 §6.3.2).
func TestExamineIsReadOnly(t *testing.T) {
	onWith(t, session.Config{}, further, selected+`
		C: A2 EXAMINE box
		S: * OK [CLOSED] left
		S: * 2 EXISTS
		S: * LIST () "/" Box ("OLDNAME" ("box"))
		S: A2 OK [READ-WRITE] done
	`, func(ctx context.Context, s *session.Session) {
		commands.Select(s, "INBOX").Wait(ctx)
		got, err := commands.Examine(s, "box").Wait(ctx)
		if err != nil || !got.ReadOnly || !s.Mailbox().ReadOnly || got.Exists != 2 {
			t.Errorf("Examine: got %+v, %v", got, err)
		}
		if got.List == nil || got.List.Name() != "Box" || string(got.List.OldName) != "box" {
			t.Errorf("LIST: got %+v", got.List)
		}
	})
}
