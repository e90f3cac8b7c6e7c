package commands_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// The THREAD responses in the examples of RFC 5256 §4.
const (
	threads = "(166)(167)(168)(169)(172)(170)(171)(173)(174 (175)(176)(178)(181)(180))(179)(177 (183)(182)(188)(184)(185)(186)(187)(189))(190)(191)(192)(193)(194 195)(196 (197)(198))(199)(200 202)(201)(203)(204)(205)(206 207)(208)"
	nested  = "(2)(3 6 (4 23)(44 7 96))((3)(5))"
)

// sorted checks the result of a SORT.
func sorted(ctx context.Context, t testing.TB, c *session.Call[commands.SortResult], want string) {
	t.Helper()
	r, err := c.Wait(ctx)
	if got := fmt.Sprint(slices.Collect(r.All())); err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// threaded checks the result of a THREAD: written in the form of a response, it equals want.
func threaded(ctx context.Context, t testing.TB, c *session.Call[parser.ThreadData], want string) {
	t.Helper()
	r, err := c.Wait(ctx)
	if err != nil {
		t.Error(err)
	}
	e := wire.NewEncoder(wire.Mode{Server: true})
	if r.Encode(e.Raw("THREAD")); strings.TrimSpace(strings.TrimPrefix(string(e.Bytes()), "THREAD")) != want {
		t.Errorf("got %s, want %s", e.Bytes(), want)
	}
}

var (
	march     = search.Since(time.Date(2000, 3, 5, 0, 0, 0, 0, time.UTC))
	byDate    = []search.SortKey{search.ByDate.Reverse()}
	bySubject = []search.SortKey{search.BySubject, search.ByDate.Reverse()}
)

var imaplibExtensions = map[string]imaplibTest{
	"test_sort": {
		script: inbox + "C: A2 SORT (REVERSE DATE) UTF-8 ALL\nS: * SORT 5 3 4 1 2\nS: A2 OK\nC: A3 SORT (SUBJECT REVERSE DATE) UTF-8 TEXT \"not in mailbox\"\nS: * SORT\nS: A3 OK\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			sorted(ctx, t, commands.Sort(s, numset.Seq, byDate, search.All), "[5 3 4 1 2]")
			sorted(ctx, t, commands.Sort(s, numset.Seq, bySubject, search.Text("not in mailbox")), "[]")
			_, err := commands.Sort(s, numset.Seq, nil, search.All).Wait(ctx)
			refused(t, err)
		}),
	},
	"test_uid_sort": {
		script: inbox + "C: A2 UID SORT (SUBJECT REVERSE DATE) UTF-8 ALL\nS: * SORT 4827313 4828442 4827000\nS: A2 OK\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			sorted(ctx, t, commands.Sort(s, numset.UID, bySubject, search.All), "[4827313 4828442 4827000]")
		}),
	},
	"test_thread": {
		script: inbox + "C: A2 THREAD REFERENCES UTF-8 SINCE 5-Mar-2000\nS: * THREAD " + threads + "\nS: A2 OK\nC: A3 THREAD REFERENCES UTF-8 ALL\nS: * THREAD " + nested +
			"\nS: A3 OK\nC: A4 THREAD REFERENCES UTF-8 TEXT gewp\nS: * THREAD\nS: A4 OK\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			threaded(ctx, t, commands.Thread(s, numset.Seq, commands.References, march), threads)
			threaded(ctx, t, commands.Thread(s, numset.Seq, commands.References, search.All), nested)
			threaded(ctx, t, commands.Thread(s, numset.Seq, commands.References, search.Text("gewp")), "")
			_, err := commands.Thread(s, numset.Seq, commands.OrderedSubject, search.All).Wait(ctx)
			refused(t, err, "THREAD=ORDEREDSUBJECT")
		}),
	},
	"test_uid_thread": {
		script: inbox + "C: A2 UID THREAD REFERENCES UTF-8 SINCE 5-Mar-2000\nS: * THREAD " + threads + "\nS: A2 OK\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			threaded(ctx, t, commands.Thread(s, numset.UID, commands.References, march), threads)
		}),
	},
	"test_getacl": {
		script: loggedIn + "C: A1 GETACL INBOX\nS: * ACL INBOX Fred rwipslxetad\nS: A1 OK\nC: A2 GETACL \"New folder\"\nS: * ACL \"New folder\" \"John Doe\" lrs\nS: A2 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			a, err := commands.GetACL(s, "INBOX").Wait(ctx)
			if err != nil || len(a.Entries) != 1 || string(a.Entries[0].Identifier) != "Fred" || a.Entries[0].Rights != "rwipslxetad" {
				t.Error(a, err)
			}
			if a, err = commands.GetACL(s, "New folder").Wait(ctx); err != nil || string(a.Entries[0].Identifier) != "John Doe" {
				t.Error(a, err)
			}
		},
	},
	"test_setacl": {
		script: canned(loggedIn, 1, "SETACL INBOX Fred +lr", `SETACL "New folder" "John Doe" lrs`),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.SetACL(s, "INBOX", "Fred", commands.AddRights, "lr")), call(commands.SetACL(s, "New folder", "John Doe", commands.SetRights, "lrs")))
			// "a b" is not a valid set of rights.
			_, err := commands.SetACL(s, "INBOX", "Fred", commands.SetRights, "a b").Wait(ctx)
			refused(t, err)
		},
	},
	"test_deleteacl": {script: canned(loggedIn, 1, "DELETEACL INBOX Fred", `DELETEACL "New folder" "John Doe"`),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.DeleteACL(s, "INBOX", "Fred")), call(commands.DeleteACL(s, "New folder", "John Doe")))
		}},
	"test_myrights": {
		script: loggedIn + "C: A1 MYRIGHTS INBOX\nS: * MYRIGHTS INBOX rwiptsldaex\nS: A1 OK\n" + "C: A2 MYRIGHTS \"New folder\"\nS: * MYRIGHTS \"New folder\" lr\nS: A2 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			for mailbox, want := range map[string]parser.Rights{"INBOX": "rwiptsldaex"} {
				if r, err := commands.MyRights(s, mailbox).Wait(ctx); err != nil || !r.Equal(want) {
					t.Error(r, err)
				}
			}
			do(ctx, t, call(commands.MyRights(s, "New folder")))
		},
	},
	"test_getquota": {
		script: loggedIn + "C: A1 GETQUOTA \"\"\nS: * QUOTA \"\" (STORAGE 10 512)\nS: A1 OK\nC: A2 GETQUOTA #news\nS: A2 NO no such root\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			q, err := commands.GetQuota(s, "").Wait(ctx)
			if r, ok := q.Resource(parser.ResourceStorage); err != nil || !ok || r.Usage != 10 || r.Limit != 512 {
				t.Error(q, err)
			}
			_, err = commands.GetQuota(s, "#news").Wait(ctx)
			serverError(t, err, "no such root")
		},
	},
	"test_getquotaroot": {
		script: loggedIn + "C: A1 GETQUOTAROOT INBOX\nS: * QUOTAROOT INBOX \"\"\nS: * QUOTA \"\" (STORAGE 10 512)\nS: A1 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			q, err := commands.GetQuotaRoot(s, "INBOX").Wait(ctx)
			if err != nil || len(q.Roots) != 1 || q.Roots[0] != "" || len(q.Quotas) != 1 {
				t.Error(q, err)
			}
		},
	},
	"test_setquota": {
		script: loggedIn + "C: A1 SETQUOTA \"\" (STORAGE 512)\nS: * QUOTA \"\" (STORAGE 10 512)\nS: A1 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			q, err := commands.SetQuota(s, "", parser.ResourceLimit{Resource: parser.ResourceStorage, Limit: 512}).Wait(ctx)
			if r, ok := q.Resource(parser.ResourceStorage); err != nil || !ok || r.Limit != 512 {
				t.Error(q, err)
			}
		},
	},
	"test_getannotation": {
		script: loggedIn + "C: A1 GETANNOTATION INBOX \"/comment\" \"value.shared\"\nS: * ANNOTATION INBOX \"/comment\" (\"value.shared\" \"Hello\")\nS: A1 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			a, err := commands.GetAnnotation(s, "INBOX", []string{"/comment"}, []string{"value.shared"}).Wait(ctx)
			if err != nil || len(a) != 1 || string(a[0].Value("/comment", "value.shared")) != "Hello" {
				t.Error(a, err)
			}
		},
	},
	"test_setannotation": {
		script: canned(loggedIn, 1, `SETANNOTATION INBOX "/comment" ("value.shared" "My comment")`),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.SetAnnotation(s, "INBOX",
				parser.EntryAtt{Entry: "/comment", Values: []parser.AttValue{{Name: "value.shared", Value: []byte("My comment")}}})))
		},
	},
	"test_proxyauth": {
		script: canned("S: * PREAUTH [CAPABILITY IMAP4rev1 X-NETSCAPE PROXYAUTH] ready\n", 1, "PROXYAUTH user", `PROXYAUTH "us er"`),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.ProxyAuth(s, "user")))
			do(ctx, t, call(commands.ProxyAuth(s, "us er")))
		},
	},
}
