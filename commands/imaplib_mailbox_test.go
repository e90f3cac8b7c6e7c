package commands_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/mutf7"
)

// listed returns the values of a LIST or LSUB as text.
func listed(ctx context.Context, t testing.TB, stream *session.Stream[parser.ListData]) (all []string) {
	t.Helper()
	for l, err := range stream.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%v %c %s", l.Attrs, l.Delim, l.Mailbox))
	}
	return all
}

func same(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

var imaplibMailboxes = map[string]imaplibTest{
	"test_create": {script: canned(loggedIn, 1, "CREATE owatagusiam/", "CREATE owatagusiam/blurdybloop", `CREATE "New folder"`),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Create(s, "owatagusiam/")), call(commands.Create(s, "owatagusiam/blurdybloop")), call(commands.Create(s, "New folder")))
		}},
	"test_delete": {script: canned(loggedIn, 1, "DELETE blurdybloop", "DELETE foo/bar", `DELETE "New folder"`),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Delete(s, "blurdybloop")), call(commands.Delete(s, "foo/bar")), call(commands.Delete(s, "New folder")))
		}},
	"test_rename": {script: canned(loggedIn, 1, "RENAME blurdybloop sarasoop", `RENAME "Old folder" "New folder"`),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Rename(s, "blurdybloop", "sarasoop")), call(commands.Rename(s, "Old folder", "New folder")))
		}},
	"test_subscribe": {script: canned(loggedIn, 1, "SUBSCRIBE #news.comp.mail.mime"),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Subscribe(s, "#news.comp.mail.mime")))
		}},
	"test_unsubscribe": {script: canned(loggedIn, 1, "UNSUBSCRIBE #news.comp.mail.mime"),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Unsubscribe(s, "#news.comp.mail.mime")))
		}},
	"test_list": {
		script: loggedIn + "C: A1 LIST \"\" *\nS: * LIST (\\Noselect) \"/\" \"\"\nS: * LIST (\\Unmarked) \"/\" \"~/Mail/foo\"\nS: A1 OK LIST completed\n" +
			canned("", 2, "LIST ~/Mail/ %", `LIST "New folder" *`, `LIST ~/Mail/ "My Folder"`),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			same(t, listed(ctx, t, commands.List(s, "", "*")), []string{`[\Noselect] / `, `[\Unmarked] / ~/Mail/foo`})
			do(ctx, t, commands.List(s, "~/Mail/", "%").Wait, commands.List(s, "New folder", "*").Wait, commands.List(s, "~/Mail/", "My Folder").Wait)
		},
	},
	"test_lsub": {
		script: loggedIn + "C: A1 LSUB \"\" *\nS: * LSUB () \".\" directoryA\nS: * LSUB () \".\" directoryB\nS: A1 OK\n" + canned("", 2, "LSUB ~/Mail/ %", `LSUB "New folder" %`),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			same(t, listed(ctx, t, commands.Lsub(s, "", "*")), []string{"[] . directoryA", "[] . directoryB"})
			do(ctx, t, commands.Lsub(s, "~/Mail/", "%").Wait, commands.Lsub(s, "New folder", "%").Wait)
		},
	},
	// A response may end in a literal. The next line is another response.
	"test_literal_terminating_response": {script: literalNames("\\r\\n"), run: listNames},
	// A rule of package wire tolerates empty lines between responses.
	"test_spurious_blank_lines_between_responses": {script: literalNames("\\r\\n\\r\\n"), run: listNames},
	"test_select": {
		script: inbox + "C: A2 SELECT Archive\nS: * 3 EXISTS\nS: A2 OK [READ-WRITE]\n" +
			"C: A3 EXAMINE INBOX\nS: * 2 EXISTS\nS: A3 OK [READ-ONLY]\n" + canned("", 4, `SELECT "New folder"`),
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			m, err := commands.Select(s, "Archive").Wait(ctx)
			if err != nil || m.Exists != 3 || m.ReadOnly {
				t.Error(m, err)
			}
			if m, err = commands.Examine(s, "INBOX").Wait(ctx); err != nil || !m.ReadOnly {
				t.Error(m, err)
			}
			do(ctx, t, call(commands.Select(s, "New folder")))
		}),
	},
	// SELECT of a read-only mailbox succeeds. Session.Mailbox says that it is read-only.
	"test_readonly_error_reports_mailbox": {
		script: loggedIn + "C: A1 SELECT INBOX\nS: * 2 EXISTS\nS: A1 OK [READ-ONLY] SELECT completed.\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			m, err := commands.Select(s, "INBOX").Wait(ctx)
			if err != nil || !m.ReadOnly || m.Name != "INBOX" || !s.Mailbox().ReadOnly {
				t.Error(m, err)
			}
		},
	},
	"test_unselect": {
		script: inbox + canned("", 2, "UNSELECT"),
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Unselect(s)))
			if s.State() != session.Authenticated || s.Mailbox() != nil {
				t.Error(s.State())
			}
			_, err := commands.Unselect(s).Wait(ctx)
			refused(t, err, "UNSELECT")
		}),
	},
	"test_close": {
		script: inbox + canned("", 2, "CLOSE"),
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.CloseMailbox(s)))
			if s.State() != session.Authenticated {
				t.Error(s.State())
			}
		}),
	},
	// A failed CLOSE leaves the mailbox open.
	"test_close refused": {
		script: inbox + "C: A2 CLOSE\nS: A2 NO not now\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			if _, err := commands.CloseMailbox(s).Wait(ctx); !errors.Is(err, parser.NO) || s.State() != session.Selected {
				t.Error(err, s.State())
			}
		}),
	},
	"test_check": {script: inbox + canned("", 2, "CHECK"), run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
		do(ctx, t, call(commands.Check(s)))
	})},
	"test_noop": {script: inbox + "C: A2 NOOP\nS: * 4 EXISTS\nS: A2 OK\n", run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
		do(ctx, t, call(commands.Noop(s)))
		same(t, s.Mailbox().Exists, uint32(4))
	})},
	"test_recent": {script: inbox + "C: A2 NOOP\nS: * 5 RECENT\nS: A2 OK\n", run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
		do(ctx, t, call(commands.Noop(s)))
		same(t, s.Mailbox().Recent, uint32(5))
	})},
	// Reading the session's view does not change it.
	"test_response": {script: inbox, run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
		same(t, []uint32{s.Mailbox().Exists, s.Mailbox().Exists}, []uint32{2, 2})
	})},
	"test_namespace": {
		script: loggedIn + "C: A1 NAMESPACE\nS: * NAMESPACE ((\"\" \"/\")) NIL NIL\nS: A1 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			n, err := commands.Namespace(s).Wait(ctx)
			if err != nil || len(n.Personal) != 1 || n.Personal[0].Delim != '/' || len(n.Personal[0].Prefix) != 0 || n.Other != nil || n.Shared != nil {
				t.Error(n, err)
			}
		},
	},
	"test_status": {
		script: loggedIn + "C: A1 STATUS blurdybloop (UIDNEXT MESSAGES)\nS: * STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)\nS: A1 OK\n" +
			"C: A2 STATUS \"New folder\" (MESSAGES)\nS: * STATUS \"New folder\" (MESSAGES 1)\nS: A2 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			st, err := commands.Status(s, "blurdybloop", status.UIDNext, status.Messages).Wait(ctx)
			if err != nil || st.Messages != 231 || st.UIDNext != 44292 {
				t.Error(st, err)
			}
			do(ctx, t, call(commands.Status(s, "New folder", status.Messages)))
		},
	},
	"test_mutf7_mailbox_name": {
		script: canned(loggedIn, 1, "SELECT Entw&APw-rfe", "SELECT Entw&-APw-rfe"),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			// A name is never assumed to be encoded already. Even a name that looks encoded is encoded again, so it
			// decodes to the same name.
			do(ctx, t, call(commands.Select(s, "Entwürfe")), call(commands.Select(s, "Entw&APw-rfe")))
		},
	},
	"test_bracket_flags": {
		script: loggedIn + "C: A1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\nS: * 2 EXISTS\n" +
			"S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\*)] flags permitted.\nS: A1 OK [READ-WRITE]\n" +
			"C: A2 STORE 1 +FLAGS ([test])\nS: * 1 FETCH (FLAGS ([test]))\nS: A2 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Select(s, "INBOX")))
			for m, err := range commands.Store(s, seqs(1), commands.AddFlags, "[test]").All(ctx) {
				if err != nil {
					t.Fatal(err)
				}
				same(t, m.Flags, []parser.Flag{"[test]"})
			}
		},
	},
	"test_bracket_flags received": {
		script: loggedIn + "C: A1 SELECT INBOX\nS: * FLAGS (\\Answered [test])\nS: * 2 EXISTS\n" +
			"S: * OK [PERMANENTFLAGS (\\Answered [test] \\*)] flags permitted.\nS: A1 OK [READ-WRITE]\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			m, err := commands.Select(s, "INBOX").Wait(ctx)
			if err != nil {
				t.Fatal(err)
			}
			same(t, m.PermanentFlags, []parser.Flag{parser.FlagAnswered, "[test]", parser.FlagWildcard})
			same(t, m.Flags, []parser.Flag{parser.FlagAnswered, "[test]"})
		},
	},
	"test_id": {
		script: "S: * OK [CAPABILITY IMAP4rev1 ID] ready\nC: A1 ID (\"name\" \"imaplib\" \"version\" \"3.16\" \"support-url\" NIL \"os\" \"a\\\"b\")\n" +
			"S: * ID (\"name\" \"Cyrus\" \"version\" \"1.5\" \"os\" NIL)\nS: A1 OK\nC: A2 ID NIL\nS: * ID NIL\nS: A2 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			id, err := commands.ID(s, commands.IDField{Name: "name", Value: "imaplib"}, commands.IDField{Name: "version", Value: "3.16"},
				commands.IDField{Name: "support-url"}, commands.IDField{Name: "os", Value: `a"b`}).Wait(ctx)
			if err != nil || len(id.Fields) != 3 || string(id.Get("name")) != "Cyrus" || id.Get("os") != nil {
				t.Error(id, err)
			}
			if id, err = commands.ID(s).Wait(ctx); err != nil || len(id.Fields) != 0 {
				t.Error(id, err)
			}
		},
	},
}

func literalNames(end string) string {
	script := loggedIn + "C: A1 LIST \"\" *\n"
	for _, name := range []string{`My (box)\"`, "Another", "Third"} {
		script += fmt.Sprintf("S= \"* LIST (\\\\HasNoChildren) \\\"/\\\" {%d}\\r\\n%s%s\"\n", len(strings.ReplaceAll(name, `\"`, `"`)), name, end)
	}
	return script + "S: A1 OK\n"
}

func listNames(ctx context.Context, t testing.TB, s *session.Session) {
	same(t, listed(ctx, t, commands.List(s, "", "*")), []string{`[\HasNoChildren] / My (box)"`, `[\HasNoChildren] / Another`, `[\HasNoChildren] / Third`})
}

// TestImaplib_test_control_characters checks that control characters in a name are sent encoded, and decoded to the
// same name.
func TestImaplib_test_control_characters(t *testing.T) {
	for c := range 32 {
		name := "a" + string(rune(c)) + "b"
		if got, err := mutf7.Decode(mutf7.Encode(name)); err != nil || got != name {
			t.Errorf("%q: %q, %v", name, got, err)
		}
		imaplibTest{
			script: canned(loggedIn, 1, "SELECT "+mutf7.Encode(name)),
			run: func(ctx context.Context, t testing.TB, s *session.Session) {
				do(ctx, t, call(commands.Select(s, name)))
			},
		}.play(t, false)
	}
}
