package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// seqs and uids parse a set of sequence numbers or UIDs.
func seqs[T string | int](text T) numset.Set { return setOf(numset.Seq, text) }
func uids(text string) numset.Set            { return setOf(numset.UID, text) }

func setOf(k numset.Kind, text any) numset.Set {
	s, err := numset.ParseString(k, fmt.Sprint(text))
	if err != nil {
		panic(err)
	}
	return s
}

// allocated returns how many bytes the program has allocated so far.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// messages returns the values of a FETCH or STORE as text: sequence number, UID, flags, and sections with their
// contents.
func messages(ctx context.Context, t testing.TB, stream *session.Stream[parser.Fetch]) (all []string) {
	t.Helper()
	for m, err := range stream.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%d", m.Seq)
		if m.UID != 0 {
			text += fmt.Sprintf(" uid %d", m.UID)
		}
		if m.Flags != nil {
			text += fmt.Sprintf(" %v", m.Flags)
		}
		for sec, err := range m.Sections {
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(sec)
			if err != nil {
				t.Fatal(err)
			}
			text += fmt.Sprintf(" %s[%s] %d %q", sec.Name, sec.Spec, sec.Origin, b)
		}
		all = append(all, text)
	}
	return all
}

const idling = "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE] ready\nC: A1 SELECT INBOX\nS: A1 OK\nC: A2 IDLE\nS: * 0 EXISTS\nS: + idling\n" +
	"S: * 2 EXISTS\nS: * 1 FETCH (BODY[HEADER.FIELDS (DATE)] {41}\nS= \"Date: Fri, 06 Dec 2024 06:00:00 +0000\\r\\n\\r\\n)\\r\\n\"\nS: * 3 EXISTS\n" +
	"S: * 1 RECENT\nC: DONE\nS: * 9 RECENT\nS: A2 OK Idle completed\nC: A3 NOOP\nS: A3 OK\n"

func idle(run func(ctx context.Context, t testing.TB, s *session.Session, stream *session.Stream[parser.Response])) func(context.Context, testing.TB, *session.Session) {
	return func(ctx context.Context, t testing.TB, s *session.Session) {
		t.Helper()
		do(ctx, t, call(commands.Select(s, "INBOX")))
		run(ctx, t, s, commands.Idle(s))
	}
}

var imaplibMessages = merge(imaplibAppend, map[string]imaplibTest{
	"test_idle_capability": {script: inbox, run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
		refused(t, commands.Idle(s).Wait(ctx), "IDLE")
	})},
	"test_idle_denied": {
		script: "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE] ready\nC: A1 IDLE\nS: A1 NO IDLE is not allowed at this time\nC: A2 NOOP\nS: A2 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			serverError(t, commands.Idle(s).Wait(ctx), "IDLE is not allowed at this time")
			do(ctx, t, call(commands.Noop(s)))
		},
	},
	"test_idle_iter": {script: idling, run: idle(func(ctx context.Context, t testing.TB, s *session.Session, stream *session.Stream[parser.Response]) {
		var got []string
		for r, err := range stream.All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprintf("%d %s", r.Num, r.Name)
			if r.Name == "FETCH" {
				m, err := r.Fetch()
				if err != nil {
					t.Fatal(err)
				}
				for sec, err := range m.Sections {
					if err != nil {
						t.Fatal(err)
					}
					b, _ := io.ReadAll(sec)
					text += fmt.Sprintf(" %d", len(b))
				}
			}
			if got = append(got, text); len(got) == 4 {
				break // the session sends DONE, and processes what arrives before the answer
			}
		}
		same(t, got, []string{"0 EXISTS", "2 EXISTS", "1 FETCH 41", "3 EXISTS"})
		do(ctx, t, call(commands.Noop(s)))
		same(t, []uint32{s.Mailbox().Exists, s.Mailbox().Recent}, []uint32{3, 9})
	})},
	// In imaplib, the loop over a burst of responses ends when nothing arrives for some time. Here, a context with a
	// deadline ends the loop.
	"test_idle_burst": {script: idling, run: idle(func(ctx context.Context, t testing.TB, s *session.Session, stream *session.Stream[parser.Response]) {
		n := 0
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		for _, err := range stream.All(short) {
			if err != nil {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Fatal(err)
				}
				break
			}
			n++
		}
		same(t, n, 5)
		do(ctx, t, call(commands.Noop(s)))
		same(t, s.Mailbox().Recent, uint32(9))
	})},
	// If a wait ends in the middle of a response, the next wait reads the rest of the response.
	"test_idle_delayed_packet": {
		script: "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE] ready\nC: A1 SELECT INBOX\nS: A1 OK\nC: A2 IDLE\nS: + idling\nS= \"* 1 EX\"\nC: DONE\nS= \"ISTS\\r\\n\"\n" +
			"S: A2 OK done\nC: A3 NOOP\nS: A3 OK\n",
		run: idle(func(ctx context.Context, t testing.TB, s *session.Session, stream *session.Stream[parser.Response]) {
			short, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
			defer cancel()
			for r, err := range stream.All(short) {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(r, err)
				}
			}
			do(ctx, t, call(commands.Noop(s)))
			same(t, s.Mailbox().Exists, uint32(1))
		}),
	},
	"test_expunge": {
		script: loggedIn + "C: A1 SELECT INBOX\nS: * 12 EXISTS\nS: A1 OK\nC: A2 EXPUNGE\nS: * 3 EXPUNGE\nS: * 3 EXPUNGE\nS: * 5 EXPUNGE\nS: * 8 EXPUNGE\nS: A2 OK\n" +
			"C: A3 EXPUNGE\nS: A3 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Select(s, "INBOX")))
			var got []uint32
			for e, err := range commands.Expunge(s).All(ctx) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, e.Seq)
			}
			same(t, got, []uint32{3, 3, 5, 8})
			same(t, s.Mailbox().Exists, uint32(8))
			do(ctx, t, commands.Expunge(s).Wait)
		},
	},
	"test_uid_expunge": {
		script: inbox + "C: A2 UID EXPUNGE 3:8\nS: * 1 EXPUNGE\nS: A2 OK\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, commands.UIDExpunge(s, uids("3:8")).Wait)
			refused(t, commands.UIDExpunge(s, seqs("3:8")).Wait(ctx)) // the set does not contain UIDs
			refused(t, commands.UIDExpunge(s, numset.Of(numset.UID)).Wait(ctx))
		}),
	},
	"test_copy": {
		script: inbox + "C: A2 COPY 2:4 MEETING\nS: A2 OK [COPYUID 38505 304,319:320 3956:3958] Done\n" + canned("", 3, `COPY 2:4 "New folder"`, "COPY 2:5 MEETING"),
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			c, err := commands.Copy(s, seqs("2:4"), "MEETING").Wait(ctx)
			if err != nil {
				t.Fatal(err)
			}
			var pairs []string
			for from, to := range c.Pairs() {
				pairs = append(pairs, fmt.Sprint(from, "->", to))
			}
			same(t, pairs, []string{"304->3956", "319->3957", "320->3958"})
			do(ctx, t, call(commands.Copy(s, seqs("2:4"), "New folder")), call(commands.Copy(s, seqs("2,3:5"), "MEETING")))
		}),
	},
	"test_move": {
		script: inbox + "C: A2 MOVE 1 MEETING\nS: * OK [COPYUID 1 7 9] moved\nS: * 1 EXPUNGE\nS: A2 OK\n" + canned("", 3, `MOVE 2:4 "New folder"`),
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			c, err := commands.Move(s, seqs(1), "MEETING").Wait(ctx)
			if err != nil || c.UIDValidity != 1 || s.Mailbox().Exists != 1 {
				t.Error(c, err)
			}
			do(ctx, t, call(commands.Move(s, seqs("2:4"), "New folder")))
		}),
	},
	"test_uid_copy": {script: inbox + canned("", 2, "UID COPY 4827313:4828442 MEETING", `UID COPY 1,3:5 "New folder"`),
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Copy(s, uids("4827313:4828442"), "MEETING")), call(commands.Copy(s, uids("1,3:5"), "New folder")))
		})},
	"test_uid_move": {script: inbox + canned("", 2, "UID MOVE 4827313:4828442 MEETING", `UID MOVE 1,3:5 "New folder"`),
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Move(s, uids("4827313:4828442"), "MEETING")), call(commands.Move(s, uids("1,3:5"), "New folder")))
		})},
	"test_store": {
		script: inbox + "C: A2 STORE 2:4 +FLAGS (\\Deleted)\nS: * 2 FETCH (FLAGS (\\Deleted \\Seen))\nS: * 3 FETCH (FLAGS (\\Deleted))\n" +
			"S: * 4 FETCH (FLAGS (\\Deleted \\Flagged \\Seen))\nS: A2 OK\n" + canned("", 3, `STORE 2:4 +FLAGS (\Deleted \Seen)`, `STORE 2:4 FLAGS ()`, `STORE 2:4 -FLAGS.SILENT ($x)`),
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			got := messages(ctx, t, commands.Store(s, seqs("2:4"), commands.AddFlags, parser.FlagDeleted))
			same(t, got, []string{`2 [\Deleted \Seen]`, `3 [\Deleted]`, `4 [\Deleted \Flagged \Seen]`})
			do(ctx, t, commands.Store(s, seqs("2:4"), commands.AddFlags, parser.FlagDeleted, parser.FlagSeen).Wait,
				commands.Store(s, seqs("2:4"), commands.SetFlags).Wait, commands.Store(s, seqs("2:4"), commands.RemoveFlags.Silent(), "$x").Wait)
		}),
	},
	"test_uid_store": {
		script: inbox + "C: A2 UID STORE 4827313:4828442 +FLAGS (\\Deleted)\nS: * 23 FETCH (FLAGS (\\Deleted \\Seen) UID 4827313)\n" +
			"S: * 24 FETCH (FLAGS (\\Deleted) UID 4827943)\nS: A2 OK\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			got := messages(ctx, t, commands.Store(s, uids("4827313:4828442"), commands.AddFlags, parser.FlagDeleted))
			same(t, got, []string{`23 uid 4827313 [\Deleted \Seen]`, `24 uid 4827943 [\Deleted]`})
		}),
	},
	"test_fetch": {
		script: inbox + "C: A2 FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])\nS: * 2 FETCH (FLAGS (\\Seen) BODY[HEADER.FIELDS (DATE FROM)] {6}\nS= \"x: y\\r\\n)\\r\\n\"\n" +
			"S: * 3 FETCH (FLAGS (\\Seen))\nS: * 4 FETCH (FLAGS (\\Seen))\nS: A2 OK\n" + canned("", 3, "FETCH 1,3:* FLAGS", "FETCH 1 ALL", "FETCH 1 FAST"),
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			got := messages(ctx, t, commands.Fetch(s, seqs("2:4"), fetch.Flags, fetch.HeaderFields("", "DATE", "FROM")))
			same(t, got, []string{`2 [\Seen] BODY[HEADER.FIELDS (DATE FROM)] 0 "x: y\r\n"`, `3 [\Seen]`, `4 [\Seen]`})
			do(ctx, t, commands.Fetch(s, seqs("1,3:*"), fetch.Flags).Wait, commands.Fetch(s, seqs(1), fetch.MacroAll).Wait,
				commands.Fetch(s, seqs(1), fetch.MacroFast).Wait)
		}),
	},
	"test_uid_fetch": {
		script: inbox + "C: A2 UID FETCH 4827313:4828442 FLAGS\nS: * 23 FETCH (FLAGS (\\Seen) UID 4827313)\nS: A2 OK\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			same(t, messages(ctx, t, commands.Fetch(s, uids("4827313:4828442"), fetch.Flags)), []string{`23 uid 4827313 [\Seen]`})
		}),
	},
	// A FETCH does not yield a response that arrived earlier, during NOOP. It yields all responses about its messages
	// that arrive while it runs.
	"test_fetch gets nothing of what came before": {
		script: inbox + "C: A2 NOOP\nS: * 2 FETCH (FLAGS (\\Deleted))\nS: A2 OK\nC: A3 FETCH 1 FLAGS\nS: * 1 FETCH (FLAGS ())\nS: A3 OK\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Noop(s)))
			same(t, messages(ctx, t, commands.Fetch(s, seqs(1), fetch.Flags)), []string{`1 []`})
		}),
	},
	// The counterpart of PARTIAL (RFC 1730 §6.4.6) is a section with a partial, which counts octets from 0.
	"test_partial": {
		script: inbox + "C: A2 FETCH 1 BODY[TEXT]<0.10>\nS: * 1 FETCH (BODY[TEXT]<0> \"0123456789\")\nS: A2 OK\n" +
			"C: A3 PARTIAL 1 RFC822.TEXT 1 10\nS: * 1 FETCH (RFC822.TEXT<0.10> \"0123456789\")\nS: A3 OK\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			same(t, messages(ctx, t, commands.Fetch(s, seqs(1), fetch.Body("TEXT").Partial(0, 10))), []string{`1 BODY[TEXT] 0 "0123456789"`})
			var raw []string
			for r, err := range commands.Raw(s, "PARTIAL", func(e *wire.Encoder) { e.Raw(" 1 RFC822.TEXT 1 10") }, "FETCH").All(ctx) {
				if err != nil {
					t.Fatal(err)
				}
				raw = append(raw, string(r.Decoder().Rest()))
			}
			same(t, raw, []string{"(RFC822.TEXT<0.10> \"0123456789\")\r\n"})
		}),
	},
	"test_extra_blank_line_after_literal": {
		script: inbox + "C: A2 FETCH 1 BODY[HEADER]\nS: * 1 FETCH (BODY[HEADER] {13}\nS= \"Subject: test\\r\\n)\\r\\n\"\nS: A2 OK\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			same(t, messages(ctx, t, commands.Fetch(s, seqs(1), fetch.Body("HEADER"))), []string{`1 BODY[HEADER] 0 "Subject: test"`})
		}),
	},
	"test_xatom": {
		script: inbox + "C: A2 MYCOMMAND arg1 arg2\nS: * OTHER data\nS: * 3 EXISTS\nS: A2 OK MYCOMMAND completed\n" + "C: A3 UNKNOWN\nS: A3 BAD UNKNOWN unknown\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			var names []string
			for r, err := range commands.Raw(s, "MYCOMMAND", func(e *wire.Encoder) { e.Raw(" arg1 arg2") }).All(ctx) {
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, r.Name)
			}
			if !slices.Contains(names, "OTHER") {
				t.Error(names)
			}
			err := commands.Raw(s, "UNKNOWN", nil).Wait(ctx)
			if serverError(t, err, "UNKNOWN unknown"); !errors.Is(err, parser.BAD) {
				t.Error(err)
			}
		}),
	},
	// The name of a command may be in any case.
	"test_uppercase_command_names": {script: inbox + canned("", 2, "mycommand"), run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
		do(ctx, t, commands.Raw(s, "mycommand", nil).Wait)
	})},
	"test_uid_unknown_command_reports_command": {script: inbox + "C: A2 UID BOGUS 1\nS: A2 BAD Unknown IMAP4 UID command\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			err := commands.Raw(s, "UID BOGUS", func(e *wire.Encoder) { e.Raw(" 1") }).Wait(ctx)
			says(t, err, "UID BOGUS", "Unknown IMAP4 UID command")
		})},
})

var imaplibSearch = map[string]imaplibTest{
	"test_search": {
		script: inbox + "C: A2 SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM Smith\nS: * SEARCH 2 84 882\nS: A2 OK\n" +
			"C: A3 SEARCH TEXT \"string not in mailbox\"\nS: * SEARCH\nS: A3 OK\n" +
			"C: A4 SEARCH CHARSET UTF-8 TEXT {12}\nS: + go on\nC: отпуск\nS: * SEARCH 43\nS: A4 OK\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			day := time.Date(1994, 2, 1, 0, 0, 0, 0, time.UTC)
			for _, c := range []struct {
				key  search.Key
				want string
			}{
				{search.And(search.Flagged, search.Since(day), search.Not(search.From("Smith"))), "2,84,882"},
				{search.Text("string not in mailbox"), ""},
				{search.Text("отпуск"), "43"},
			} {
				r, err := commands.Search(s, numset.Seq, c.key).Wait(ctx)
				if err != nil || r.Found.String() != c.want {
					t.Error(r, err)
				}
			}
		}),
	},
	"test_uid_search": {
		script: inbox + "C: A2 UID SEARCH ALL\nS: * SEARCH 4827313 4828442\nS: A2 OK\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			r, err := commands.Search(s, numset.UID, search.All).Wait(ctx)
			if err != nil || r.Found.String() != "4827313,4828442" || r.Found.Kind() != numset.UID {
				t.Error(r, err)
			}
		}),
	},
	// Text that a user enters is only text: it cannot add a key, end a quoted string or begin another line.
	"test_search nothing can be injected": {
		script: inbox + "C: A2 SEARCH SUBJECT \"a\\\" OR ALL \\\"b\"\nS: A2 OK\nC: A3 SEARCH SUBJECT {12}\nS: + go on\nC= \"x\\r\\nA9 LOGOUT\\r\\n\"\nS: A3 OK\n",
		run: opened(func(ctx context.Context, t testing.TB, s *session.Session) {
			for _, text := range []string{`a" OR ALL "b`, "x\r\nA9 LOGOUT"} {
				do(ctx, t, call(commands.Search(s, numset.Seq, search.Subject(text))))
			}
			_, err := commands.Search(s, numset.Seq, search.Subject("\x00")).Wait(ctx)
			refused(t, err, "NUL")
			_, err = commands.Search(s, numset.Seq, search.Keyword(`x" ALL`)).Wait(ctx)
			refused(t, err)
		}),
	},
}

// TestImaplib_test_sequence_set is the counterpart of a test of pure functions, which are in package numset here.
func TestImaplib_test_sequence_set(t *testing.T) {
	for text, want := range map[string]string{"5": "5", "1:3,7": "1:3,7", "1,2,5": "1:2,5", "1,3:5,8:*": "1,3:5,8:*", "5:*": "5:*", "*:5": "5:*", "1,3,5,7,9": "1,3,5,7,9"} {
		if got := seqs(text).String(); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	for _, bad := range []string{"", "0", "a", "1,", "1:", "1 2", "4294967296", "1\r\n"} {
		if s, err := numset.ParseString(numset.Seq, bad); err == nil {
			t.Errorf("%q is %v", bad, s)
		}
	}
	if got := numset.Of(numset.Seq, 1, 2, 5).String() + " " + numset.Span(numset.UID, 5, 0).String(); !strings.HasPrefix(got, "1:2,5 5:*") {
		t.Error(got)
	}
}
