package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestOddNamesAreSentUnchanged lists mailboxes whose names are not encoded, or encoded in an unusual form, and uses the
// names in commands. Each name is sent with the same octets as it was received.
func TestOddNamesAreSentUnchanged(t *testing.T) {
	for _, raw := range []string{"&BBAEMQQyACYEMwQ0BDU-", "a&b", "x&", "&Jjo!", "&U,BTFw-&ZeVnLIqe-", "&AOQ-", "&AGE-"} {
		on(t, "PREAUTH [CAPABILITY IMAP4rev1 ACL QUOTA METADATA MOVE UNSELECT] hi", strings.ReplaceAll(`
C: A1 LIST "" *
S: * LIST () "/" "%R"
S: A1 OK done
C: A2 STATUS %R (MESSAGES)
S: * STATUS "%R" (MESSAGES 1)
S: A2 OK done
C: A3 SELECT %R
S: A3 OK done
C: A4 UID COPY 4 %R
S: A4 OK done
C: A5 UID MOVE 4 %R
S: A5 OK done
C: A6 APPEND %R {1}
S: + go
C: m
S: A6 OK done
C: A7 RENAME %R x
S: A7 OK done
C: A8 DELETE %R
S: A8 OK done
C: A9 GETACL %R
S: * ACL "%R" a lr
S: A9 OK done
C: A10 GETQUOTAROOT %R
S: * QUOTAROOT "%R"
S: A10 OK done
C: A11 GETMETADATA %R (/shared/comment)
S: * METADATA "%R" (/shared/comment "c")
S: A11 OK done
`, "%R", raw), func(ctx context.Context, s *session.Session) {
			name := ""
			for l, err := range commands.List(s, "", "*").All(ctx) {
				if err != nil {
					t.Fatal(err)
				}
				name = l.Name()
			}
			if st, err := commands.Status(s, name, status.Messages).Wait(ctx); err != nil || st.Messages != 1 || st.Name() != name {
				t.Errorf("%s: %+v, %v", raw, st, err)
			}
			commands.Select(s, name).Wait(ctx)
			commands.Copy(s, numset.Of(numset.UID, 4), name).Wait(ctx)
			commands.Move(s, numset.Of(numset.UID, 4), name).Wait(ctx)
			commands.Append(s, name, strings.NewReader("m"), 1).Wait(ctx)
			commands.Rename(s, name, "x").Wait(ctx)
			commands.Delete(s, name).Wait(ctx)
			if _, err := commands.GetACL(s, name).Wait(ctx); err != nil {
				t.Error(err)
			}
			if _, err := commands.GetQuotaRoot(s, name).Wait(ctx); err != nil {
				t.Error(err)
			}
			if _, err := commands.GetMetadata(s, name, []string{"/shared/comment"}).Wait(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestNoAnswers checks the errors if a server says OK without an answer, or with the wrong one. Sohu answers
// NAMESPACE with CAPABILITY.
func TestNoAnswers(t *testing.T) {
	on(t, "PREAUTH [CAPABILITY IMAP4rev1 NAMESPACE ID IDLE] hi", `
C: A1 NAMESPACE
S: * CAPABILITY (("" "/")) NIL NIL
S: A1 OK done
C: A2 CAPABILITY
S: A2 OK done
C: A3 ID NIL
S: A3 OK done
C: A4 CAPABILITY
S: A4 OK [CAPABILITY IMAP4rev1 MOVE] done
`, func(ctx context.Context, s *session.Session) {
		if _, err := commands.Namespace(s).Wait(ctx); !errors.Is(err, commands.ErrNoAnswer) {
			t.Error(err)
		}
		if c := s.Caps(); !c.Has("IDLE") || c.Len() != 4 {
			t.Errorf("the capabilities are %v", c)
		}
		if _, err := commands.Capability(s).Wait(ctx); !errors.Is(err, commands.ErrNoAnswer) {
			t.Error(err)
		}
		if _, err := commands.ID(s).Wait(ctx); !errors.Is(err, commands.ErrNoAnswer) {
			t.Error(err)
		}
		if c, err := commands.Capability(s).Wait(ctx); err != nil || !c.Has("MOVE") {
			t.Error(c, err)
		}
	})
}

// TestOddMailboxNames checks that names of mailboxes are understood if a server sends them without the necessary
// quotes.
func TestOddMailboxNames(t *testing.T) {
	on(t, "PREAUTH [CAPABILITY IMAP4rev1 QUOTA MULTISEARCH] hi", `
C: A1 STATUS "Sent Items" (UIDNEXT)
S: * STATUS Sent Items (UIDNEXT 1)
S: A1 OK done
C: A2 GETQUOTAROOT "folderB/TESTfolder(S)C"
S: * QUOTAROOT folderB/TESTfolder(S)C ""
S: * QUOTA "" (STORAGE 10 512)
S: A2 OK done
C: A3 GETQUOTAROOT "Sent Items"
S: * QUOTAROOT Sent Items ROOT
S: * QUOTA ROOT (STORAGE 10 512)
S: A3 OK done
C: A4 GETQUOTAROOT INBOX
S: * QUOTAROOT INBOX
S: * QUOTA "#user" (STORAGE 10 512)
S: A4 OK done
C: A5 ESEARCH IN (personal) ALL
S: * ESEARCH (TAG "A5" MAILBOX Mul x UIDVALIDITY 898006227) UID COUNT 1 ALL 1
S: A5 OK done
`, func(ctx context.Context, s *session.Session) {
		if st, err := commands.Status(s, "Sent Items", status.UIDNext).Wait(ctx); err != nil || st.UIDNext != 1 {
			t.Error(st, err)
		}
		for _, x := range [][2]string{{"folderB/TESTfolder(S)C", ""}, {"Sent Items", "ROOT"}, {"INBOX", "#user"}} {
			q, err := commands.GetQuotaRoot(s, x[0]).Wait(ctx)
			if quota, ok := q.Quota(x[1]); err != nil || !ok || len(quota.Resources) != 1 || quota.Resources[0].Limit != 512 {
				t.Errorf("%q: %+v, %v", x, q, err)
			}
		}
		var found []string
		for m, err := range commands.MultiSearch(s, []commands.MailboxFilter{commands.InPersonal}, search.All).All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, m.Name())
		}
		if fmt.Sprint(found) != "[Mul x]" {
			t.Errorf("MultiSearch: got %q", found)
		}
	})
}

// TestCodesAlone checks that the codes APPENDUID and COPYUID are found if a server sends them in an untagged line,
// with or without OK, and not in the tagged response.
func TestCodesAlone(t *testing.T) {
	on(t, "PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS MOVE] hi", `
C: A1 APPEND x {1}
S: + go
C: m
S: * [APPENDUID 7 3]
S: A1 OK done
C: A2 SELECT x
S: A2 OK done
C: A3 UID COPY 1:2 y
S: * [COPYUID 7 1:2 5:6] copied
S: A3 OK done
C: A4 UID COPY 1:3 y
S: A4 OK [COPYUID 7 1:3 12:11] done
`, func(ctx context.Context, s *session.Session) {
		if got, err := commands.Append(s, "x", strings.NewReader("m"), 1).Wait(ctx); err != nil || got.UIDValidity != 7 || got.UIDs.String() != "3" {
			t.Error(got, err)
		}
		commands.Select(s, "x").Wait(ctx)
		if got, err := commands.Copy(s, numset.Span(numset.UID, 1, 2), "y").Wait(ctx); err != nil || got.UIDValidity != 7 || fmt.Sprint(got.To) != "[{5 6}]" {
			t.Error(got, err)
		}
		got, err := commands.Copy(s, numset.Span(numset.UID, 1, 3), "y").Wait(ctx)
		for a, b := range got.Pairs() {
			t.Errorf("Pairs yielded UID %d and its copy %d", a, b)
		}
		if err != nil || got.UIDValidity != 0 {
			t.Error(got, err)
		}
	})
}

// TestListClaims checks that an unsolicited LIST, such as Cyrus sends in IMAP4rev2, goes to the handler.
func TestListClaims(t *testing.T) {
	var news []string
	cfg := session.Config{Handler: session.Handler{Other: func(r *parser.Response) {
		var x parser.ListData
		if r.Is("LIST") && x.Decode(r.Decoder()) == nil {
			news = append(news, x.Name())
		}
	}}}
	onWith(t, cfg, "PREAUTH [CAPABILITY IMAP4rev1 LIST-EXTENDED LIST-STATUS] hi", `
C: A1 LIST "" Unl
S: * LIST () "/" UnA
S: * LIST () "/" unl
S: A1 OK done
C: A2 LIST "" a/% RETURN (STATUS (MESSAGES))
S: * LIST () "/" a/b/c
S: * LIST () "/" b
S: * LIST () "/" a/b
S: * LIST (\Marked) "/" a/b
S: * LIST () "/" a/x/
S: * STATUS a/b (MESSAGES 3)
S: A2 OK done
C: A3 LIST "" (*x INBOX) RETURN (CHILDREN)
S: * LIST () "." ax
S: * LIST () "." INBOX
S: * LIST () "." a.x.y
S: A3 OK done
`, func(ctx context.Context, s *session.Session) {
		names := func(list []*parser.ListData, err error) string {
			var names []string
			for _, l := range list {
				names = append(names, l.Name())
			}
			return fmt.Sprint(names, err)
		}
		if got := names(commands.Collect(ctx, commands.List(s, "", "Unl"), (*parser.ListData).Clone, 0)); got != "[unl] <nil>" {
			t.Error(got)
		}
		list, err := commands.ListStatus(s, "", "a/%", []status.Item{status.Messages}).Wait(ctx)
		if err != nil || len(list) != 2 || list[0].List.Name() != "a/b" || !list[0].List.Has(parser.AttrMarked) || list[0].Status == nil || list[1].List.Name() != "a/x/" {
			t.Errorf("ListStatus: got %+v, %v", list, err)
		}
		if got := names(commands.Collect(ctx, commands.ListPatterns(s, "", []string{"*x", "inbox"}, commands.ReturnChildren), (*parser.ListData).Clone, 0)); got != "[ax INBOX] <nil>" {
			t.Error(got)
		}
	})
	if want := []string{"UnA", "a/b/c", "b", "a.x.y"}; !slices.Equal(news, want) {
		t.Errorf("the handler got LIST of %q, want %q", news, want)
	}
}

// TestSearchOdd checks searches on servers that deviate from the RFCs: they send an empty PARTIAL in another form,
// leave out MIN and MAX, and refuse keys in parentheses, or CHARSET.
func TestSearchOdd(t *testing.T) {
	on(t, "PREAUTH [CAPABILITY IMAP4rev1 IMAP4rev2 ENABLE SORT ESORT PARTIAL CONTEXT=SORT] hi", `
C: A1 ENABLE IMAP4rev2
S: * ENABLED IMAP4rev2
S: A1 OK done
C: A2 SELECT x
S: A2 OK done
C: A3 UID SEARCH CHARSET UTF-8 SUBJECT "Grüß"
S: * ESEARCH (TAG "A3") UID ALL 4,7:9
S: A3 OK done
C: A4 UID SORT RETURN (PARTIAL 1:2) (ARRIVAL) UTF-8 ALL
S: * ESEARCH (TAG "A4") UID
S: A4 OK done
C: A5 SEARCH 2:4 FLAGGED
S: * ESEARCH (TAG "A5") ALL 2
S: A5 OK done
C: A6 SEARCH OR (SEEN FLAGGED) (2 SUBJECT "(")
S: * ESEARCH (TAG "A6") ALL 2
S: A6 OK done
C: A7 UID SEARCH ALL
S: * ESEARCH (TAG "A7") UID ALL 1,x
S: A7 OK done
`, func(ctx context.Context, s *session.Session) {
		commands.Enable(s, "IMAP4rev2").Wait(ctx)
		commands.Select(s, "x").Wait(ctx)
		if r, err := commands.Search(s, numset.UID, search.Subject("Grüß")).Wait(ctx); err != nil || r.Min != 4 || r.Max != 9 || r.Count != 4 {
			t.Errorf("Search: got %+v, %v", r, err)
		}
		if r, err := commands.Sort(s, numset.UID, []search.SortKey{search.ByArrival}, search.All, search.ReturnPartial(1, 2)).Wait(ctx); !errors.Is(err, commands.ErrNoAnswer) {
			t.Errorf("Sort: got %+v, %v", r, err)
		}
		if _, err := commands.Search(s, numset.Seq, search.And(search.In(numset.Span(numset.Seq, 2, 4)), search.Flagged)).Wait(ctx); err != nil {
			t.Error(err)
		}
		key := search.Or(search.And(search.Seen, search.Flagged), search.And(search.In(numset.Of(numset.Seq, 2)), search.Subject("(")))
		if _, err := commands.Search(s, numset.Seq, key).Wait(ctx); err != nil {
			t.Error(err)
		}
		if r, err := commands.Search(s, numset.UID, search.All).Wait(ctx); err == nil {
			t.Errorf("the response cannot be read, but Search returned %+v", r)
		}
	})
	// Dovecot offers UTF8=ACCEPT, but refuses CHARSET when IMAP4rev2 is enabled.
	on(t, "PREAUTH [CAPABILITY IMAP4rev1 IMAP4rev2 ENABLE UTF8=ACCEPT] hi", `
C: A1 ENABLE IMAP4rev2
S: * ENABLED IMAP4rev2
S: A1 OK done
C: A2 SELECT x
S: A2 OK done
C: A3 UID SEARCH SUBJECT "Grüß"
S: * ESEARCH (TAG "A3") UID
S: A3 OK done
`, func(ctx context.Context, s *session.Session) {
		commands.Enable(s, "IMAP4rev2").Wait(ctx)
		commands.Select(s, "x").Wait(ctx)
		if _, err := commands.Search(s, numset.UID, search.Subject("Grüß")).Wait(ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestFetchUnasked checks what Fetch does with data that was not requested: another partial of a section, another
// message, whose UID comes after its section, and flags without a UID.
func TestFetchUnasked(t *testing.T) {
	big := strings.Repeat("x", 70_000)
	var news []uint32
	cfg := session.Config{Handler: session.Handler{Fetch: func(m *parser.Fetch) { news = append(news, m.Seq) }}}
	onWith(t, cfg, "PREAUTH [CAPABILITY IMAP4rev1 QRESYNC ENABLE] hi", `
C: A1 SELECT x
S: A1 OK done
C: A2 UID FETCH 1 BODY.PEEK[]<6.6>
S: * 1 FETCH (UID 1 BODY[]<6.6> {8}
S: 12345678)
S: A2 OK done
C: A3 UID FETCH 1 BODY.PEEK[]<6.6>
S: * 1 FETCH (UID 1 BODY[]<0> {3}
S: 123)
S: A3 OK done
C: A4 UID FETCH 1 BODY.PEEK[]<6.6>
S: * 1 FETCH (UID 1 BODY[]<6> {6}
S: 123456)
S: A4 OK done
C: A5 UID FETCH 1 BODY.PEEK[]
S: * 9 FETCH (BODY[] {70000}
S: `+big+` UID 77)
S: A5 OK done
C: A6 UID FETCH 5 FLAGS
S: * 2 FETCH (FLAGS (\Seen))
S: * 3 FETCH (UID 5 FLAGS ())
S: A6 OK done
C: A7 UID FETCH 5:6 (FLAGS MODSEQ)
S: * 3 FETCH (UID 5 MODSEQ (x) FLAGS (\Seen))
S: * 4 FETCH (UID 6x MODSEQ (7))
S: A7 OK done
C: A8 UID FETCH 1:4294967295 (FLAGS) (CHANGEDSINCE 7 VANISHED)
S: A8 OK done
`, func(ctx context.Context, s *session.Session) {
		commands.Select(s, "x").Wait(ctx)
		one := numset.Of(numset.UID, 1)
		for _, good := range []bool{false, false, true} {
			for m, err := range commands.Fetch(s, one, fetch.Body("").Peek().Partial(6, 6)).All(ctx) {
				if err != nil {
					t.Fatal(err)
				}
				sec := m.Section("BODY", "")
				b, err := io.ReadAll(sec)
				var e *parser.Error
				if good && (err != nil || string(b) != "123456" || m.Err() != nil) || !good && (!errors.Is(err, parser.ErrUnasked) || !errors.As(err, &e) || e.UID != 1 || len(b) > 0 || m.Err() == nil) {
					t.Errorf("the section is %q, with error %v; the error of the message is %v", b, err, m.Err())
				}
			}
		}
		for m, err := range commands.Fetch(s, one, fetch.Body("").Peek()).All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			var e *parser.Error
			if err := m.Finish(); !errors.Is(err, parser.ErrUnasked) || !errors.As(err, &e) || e.UID != 77 || m.UID != 0 || m.Err() == nil || m.Clone().UID != 0 {
				t.Errorf("UID %d: %v, %v", m.UID, err, m.Err())
			}
		}
		var got []string
		for m, err := range commands.Fetch(s, numset.Of(numset.UID, 5), fetch.Flags).All(ctx) {
			got = append(got, fmt.Sprint(m.UID, m.Flags, err))
		}
		for m, err := range commands.Fetch(s, numset.Span(numset.UID, 5, 6), fetch.Flags, fetch.ModSeq).All(ctx) {
			var e *parser.Error
			if err == nil {
				got = append(got, fmt.Sprint(m.UID, m.Flags, m.Has("MODSEQ"), m.Err() != nil))
			} else if errors.As(err, &e) {
				got = append(got, fmt.Sprint("message ", e.Seq, ": ", e.Path))
			}
		}
		if want := `[5 [] <nil> 5 [\Seen] false true message 4: FETCH.UID]`; fmt.Sprint(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
		for _, err := range commands.Fetch(s, numset.All(numset.UID), fetch.Flags, fetch.ChangedSince(7), fetch.Vanished()).All(ctx) {
			t.Error(err)
		}
	})
	if fmt.Sprint(news) != "[2]" {
		t.Errorf("the handler got FETCH of %d", news)
	}
}

// TestArgumentsRefused passes arguments that cannot be sent. The commands are refused before an octet is sent.
func TestArgumentsRefused(t *testing.T) {
	on(t, "PREAUTH [CAPABILITY IMAP4rev1 QRESYNC CONDSTORE LITERAL+ REPLACE] hi", `
C: A1 SELECT x
S: A1 OK done
C: A2 UID REPLACE 5 x {1}
S: A2 NO no
C: A3 NOOP
S: A3 OK done
`, func(ctx context.Context, s *session.Session) {
		commands.Select(s, "x").Wait(ctx)
		uids := numset.Of(numset.UID, 1)
		zone := time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 100*3600))
		for name, err := range map[string]error{
			"a zone of 100 hours": last(commands.Append(s, "x", strings.NewReader("m"), 1, commands.WithDate(zone)).Wait(ctx)),
			"QRESYNC (0 0)":       last(commands.Select(s, "x", commands.QResync(commands.Resync{})).Wait(ctx)),
			"QRESYNC (0 1)":       last(commands.Select(s, "x", commands.QResync(commands.Resync{ModSeq: 1})).Wait(ctx)),
			"QRESYNC 2^63":        last(commands.Select(s, "x", commands.QResync(commands.Resync{UIDValidity: 1, ModSeq: 1 << 63})).Wait(ctx)),
			"QRESYNC, one set":    last(commands.Select(s, "x", commands.QResync(commands.Resync{UIDValidity: 1, ModSeq: 1, MatchSeq: numset.Span(numset.Seq, 1, 2)})).Wait(ctx)),
			"CHANGEDSINCE 2^63":   commands.Fetch(s, uids, fetch.Flags, fetch.ChangedSince(math.MaxInt64+1)).Wait(ctx),
			"UNCHANGEDSINCE 2^63": commands.Store(s, uids, commands.AddFlags.UnchangedSince(math.MaxInt64+1), parser.FlagSeen).Wait(ctx),
		} {
			if !session.SafeToRetry(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := commands.Replace(s, numset.Of(numset.UID, 5), "x", commands.Message{Body: strings.NewReader("m"), Size: 1}).Wait(ctx); !errors.Is(err, parser.NO) {
			t.Error(err)
		}
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			t.Error(err)
		}
	})
}

func last[T any](_ T, err error) error { return err }
