package commands_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// unexpected has responses that no command of the tests below asks for: data of all kinds about other mailboxes,
// quota roots, tags and messages, unknown responses, and lines that are not responses.
var unexpected = []string{
	"* SEARCH 7 8 9", "* SORT 9 8 7", "* THREAD (9)(8 7)", `* ESEARCH (TAG "A1") UID ALL 7:9 COUNT 3`, "* STATUS other (MESSAGES 99 UNSEEN 99)",
	`* LIST (\Noselect) "/" other`, `* LSUB () "/" other`, `* NAMESPACE (("other" "/")) NIL NIL`, `* ID ("name" "other")`, "* ENABLED X-OTHER",
	"* ACL other u lr", `* LISTRIGHTS other u "" l r`, "* MYRIGHTS other lr", "* QUOTA other (STORAGE 99 99)", "* QUOTAROOT other other",
	`* METADATA other (/private/comment "other")`, `* ANNOTATION other "/comment" ("value.priv" "other")`,
	`* 9 FETCH (UID 999 FLAGS (\Deleted))`, "* VANISHED 999", "* OK [COPYUID 99 98 97] other", "* OK [APPENDUID 99 98] other", "* OK [UIDNEXT 999] other",
	"* X-OTHER (a (b \"c\")) {3}\r\nabc", "* 99 X-OTHER", "* NO other", "* BAD other", "* OK other", "+ other", "ZZ9 OK other", "other",
}

// TestUnexpectedData sends the unexpected responses before and after the answer to a command. The command has the same
// result as without these responses, and the handler gets them. The field own lists the unexpected responses that the
// command itself may claim.
func TestUnexpectedData(t *testing.T) {
	const caps = "IMAP4rev1 AUTH=PLAIN AUTH=CRAM-MD5 ACL QUOTA METADATA SORT THREAD=REFERENCES ESEARCH UIDPLUS MOVE ID NAMESPACE LIST-STATUS ENABLE CONDSTORE LITERAL+"
	set, uids := numset.Of(numset.Seq, 1, 2), numset.Of(numset.UID, 11, 12)
	for _, c := range []struct {
		name   string
		answer string // what the server sends before OK; TAG is replaced by the tag
		code   string // the code of the tagged OK
		own    []string
		run    func(ctx context.Context, s *session.Session) (any, error)
	}{
		{"NOOP", "", "", nil, result(func(s *session.Session) *session.Call[struct{}] { return commands.Noop(s) })},
		{"CAPABILITY", "* CAPABILITY " + caps, "", nil, result(commands.Capability)},
		{"SELECT", "* 3 EXISTS\n* FLAGS (\\Seen)\n* OK [UIDVALIDITY 7] x\n* OK [UIDNEXT 20] x", "[READ-WRITE] ", []string{"* OK [UIDNEXT", "* VANISHED"}, result(func(s *session.Session) *session.Call[commands.Selected] {
			return commands.Select(s, "INBOX")
		})},
		{"STATUS", "* STATUS mine (MESSAGES 1 UNSEEN 0)", "", nil, result(func(s *session.Session) *session.Call[parser.StatusData] {
			return commands.Status(s, "mine", status.Messages, status.Unseen)
		})},
		{"NAMESPACE", `* NAMESPACE (("" "/")) NIL NIL`, "", []string{"* NAMESPACE"}, result(commands.Namespace)},
		{"ID", `* ID ("name" "mine")`, "", []string{"* ID"}, result(func(s *session.Session) *session.Call[parser.ID] { return commands.ID(s) })},
		{"GETACL", "* ACL mine alice lr", "", nil, result(func(s *session.Session) *session.Call[parser.ACL] { return commands.GetACL(s, "mine") })},
		{"LISTRIGHTS", `* LISTRIGHTS mine alice "" l`, "", nil, result(func(s *session.Session) *session.Call[parser.ListRights] {
			return commands.ListRights(s, "mine", "alice")
		})},
		{"MYRIGHTS", "* MYRIGHTS mine lrs", "", nil, result(func(s *session.Session) *session.Call[parser.Rights] { return commands.MyRights(s, "mine") })},
		{"GETQUOTA", `* QUOTA "" (STORAGE 1 2)`, "", nil, result(func(s *session.Session) *session.Call[parser.Quota] { return commands.GetQuota(s, "") })},
		{"GETQUOTAROOT", `* QUOTAROOT mine ""` + "\n" + `* QUOTA "" (STORAGE 1 2)`, "", nil, result(func(s *session.Session) *session.Call[commands.QuotaRoots] {
			return commands.GetQuotaRoot(s, "mine")
		})},
		{"GETMETADATA", `* METADATA mine (/private/comment "mine")`, "", nil, result(func(s *session.Session) *session.Call[commands.Metadata] {
			return commands.GetMetadata(s, "mine", []string{"/private/comment"})
		})},
		{"SEARCH", "* SEARCH 1 2", "", []string{"* SEARCH"}, result(func(s *session.Session) *session.Call[commands.SearchResult] {
			return commands.Search(s, numset.Seq, search.All)
		})},
		{"SEARCH RETURN", `* ESEARCH (TAG "TAG") ALL 1:2`, "", []string{"* SEARCH"}, result(func(s *session.Session) *session.Call[commands.SearchResult] {
			return commands.Search(s, numset.Seq, search.All, search.ReturnAll)
		})},
		{"SORT", "* SORT 2 1", "", []string{"* SORT"}, result(func(s *session.Session) *session.Call[commands.SortResult] {
			return commands.Sort(s, numset.Seq, []search.SortKey{search.ByDate}, search.All)
		})},
		{"THREAD", "* THREAD (1 2)", "", []string{"* THREAD"}, result(func(s *session.Session) *session.Call[parser.ThreadData] {
			return commands.Thread(s, numset.Seq, commands.References, search.All)
		})},
		{"COPY", "", "[COPYUID 7 11:12 1:2] ", nil, result(func(s *session.Session) *session.Call[commands.CopyUID] { return commands.Copy(s, set, "mine") })},
		{"MOVE", "* OK [COPYUID 7 11:12 1:2] x\n* 1 EXPUNGE\n* 1 EXPUNGE", "", []string{"* OK [COPYUID"}, result(func(s *session.Session) *session.Call[commands.CopyUID] {
			return commands.Move(s, set, "mine")
		})},
		{"APPEND", "", "[APPENDUID 7 11] ", nil, result(func(s *session.Session) *session.Call[commands.AppendUID] {
			return commands.Append(s, "mine", strings.NewReader("x"), 1)
		})},
		{"LIST", `* LIST () "/" mine`, "", []string{"* LIST"}, stream(func(s *session.Session) *session.Stream[parser.ListData] { return commands.List(s, "", "*") },
			func(l *parser.ListData) string { return l.Name() })},
		{"LSUB", `* LSUB () "/" mine`, "", []string{"* LSUB"}, stream(func(s *session.Session) *session.Stream[parser.ListData] { return commands.Lsub(s, "", "*") },
			func(l *parser.ListData) string { return l.Name() })},
		{"UID FETCH", `* 1 FETCH (UID 11 FLAGS ())` + "\n" + `* 2 FETCH (UID 12 FLAGS ())`, "", nil, stream(func(s *session.Session) *session.Stream[parser.Fetch] {
			return commands.Fetch(s, uids, fetch.Flags)
		}, func(m *parser.Fetch) string { return fmt.Sprint(m.Seq, m.UID, m.Flags) })},
		{"EXPUNGE", "* 1 EXPUNGE", "", []string{"* VANISHED"}, stream(commands.Expunge, func(e *commands.Expunged) string { return fmt.Sprintf("%+v", *e) })},
	} {
		run := func(junk []string) (got string) {
			var lines []string
			for _, group := range [][]string{junk, strings.Split(c.answer, "\n"), junk} {
				for _, line := range group {
					if line != "" {
						lines = append(lines, fmt.Sprintf("S= %q\n", strings.ReplaceAll(line, "TAG\"", "A2\"")+"\r\n"))
					}
				}
			}
			script := selected + "C: A2 …\n" + strings.Join(lines, "") + "S: A2 OK " + c.code + "done\nC: A3 NOOP\nS: A3 OK\n"
			if c.name == "APPEND" {
				script = strings.Replace(script, "C: A2 …\n", "C: A2 APPEND …\nC: x\n", 1)
			}
			calls := 0
			handler := session.Handler{
				Other: func(*parser.Response) { calls++ }, Fetch: func(*parser.Fetch) { calls++ }, Gone: func(session.Gone) { calls++ },
			}
			onWith(t, session.Config{Handler: handler}, "PREAUTH [CAPABILITY "+caps+"] ready", script, func(ctx context.Context, s *session.Session) {
				if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
					t.Fatal(err)
				}
				v, err := c.run(ctx, s)
				got = fmt.Sprintf("%+v, %v", v, err)
				if err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
				if _, err := commands.Noop(s).Wait(ctx); err != nil {
					t.Errorf("%s, then NOOP: %v", c.name, err)
				}
			})
			if len(junk) > 20 && calls < len(junk) {
				t.Errorf("%s: the handler was called %d times for %d unexpected responses", c.name, calls, len(junk))
			}
			return got
		}
		want := run(nil)
		junk := slices.DeleteFunc(slices.Clone(unexpected), func(line string) bool {
			return slices.ContainsFunc(c.own, func(own string) bool { return strings.HasPrefix(line, own) })
		})
		if got := run(junk); got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, want)
		}
	}
}

// result returns a function that runs a command with one result.
func result[T any](f func(s *session.Session) *session.Call[T]) func(context.Context, *session.Session) (any, error) {
	return func(ctx context.Context, s *session.Session) (any, error) {
		v, err := f(s).Wait(ctx)
		return v, err
	}
}

// stream returns a function that runs a command with several results.
func stream[T any](f func(s *session.Session) *session.Stream[T], show func(*T) string) func(context.Context, *session.Session) (any, error) {
	return func(ctx context.Context, s *session.Session) (any, error) {
		var all []string
		for v, err := range f(s).All(ctx) {
			if err != nil {
				return all, err
			}
			all = append(all, show(v))
		}
		return all, nil
	}
}

// TestUnexpectedDataAtLogin sends the unexpected responses during a login, before the answer and between challenges.
func TestUnexpectedDataAtLogin(t *testing.T) {
	quiet := slices.DeleteFunc(slices.Clone(unexpected), func(line string) bool { return line == "+ other" })
	say := func(lines []string) (script string) {
		for _, line := range lines {
			script += fmt.Sprintf("S= %q\n", line+"\r\n")
		}
		return script
	}
	for name, c := range map[string]struct {
		script string
		run    func(s *session.Session) *session.Call[struct{}]
	}{
		"LOGIN": {"C: A1 LOGIN u \"p\"\n" + say(unexpected) + "S: A1 OK [CAPABILITY IMAP4rev1 MINE] in\n", func(s *session.Session) *session.Call[struct{}] {
			return commands.Login(s, "u", auth.NewSecret("p"), commands.AllowPlaintext())
		}},
		"CRAM-MD5": {"C: A1 AUTHENTICATE CRAM-MD5\n" + say(quiet) + "S: + PDE+\nC: …\n" + say(quiet) + "S: A1 OK [CAPABILITY IMAP4rev1 MINE] in\n", func(s *session.Session) *session.Call[struct{}] {
			return commands.Authenticate(s, auth.CRAMMD5("u", auth.NewSecret("p")))
		}},
	} {
		on(t, "OK [CAPABILITY IMAP4rev1 AUTH=CRAM-MD5] ready", c.script, func(ctx context.Context, s *session.Session) {
			if _, err := c.run(s).Wait(ctx); err != nil || s.State() != session.Authenticated || !s.Caps().Has("MINE") || s.Mailbox() != nil {
				t.Errorf("%s: %v, %v, %v", name, err, s.State(), s.Caps())
			}
		})
	}
	// A continuation request during an exchange is a challenge. If it is not valid, the client ends the exchange, and
	// the session remains usable.
	on(t, "OK [CAPABILITY IMAP4rev1 AUTH=CRAM-MD5] ready", "C: A1 AUTHENTICATE CRAM-MD5\nS: + other!\nC: *\nS: A1 BAD gone\nC: A2 NOOP\nS: A2 OK\n", func(ctx context.Context, s *session.Session) {
		var refused *session.Error
		if _, err := commands.Authenticate(s, auth.CRAMMD5("u", auth.NewSecret("p"))).Wait(ctx); !errors.Is(err, auth.ErrChallenge) || !errors.As(err, &refused) || session.SafeToRetry(err) {
			t.Errorf("Authenticate: got error %v", err)
		}
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestWrongValues passes wrong values. The commands are refused before an octet is sent.
func TestWrongValues(t *testing.T) {
	on(t, ready, selected+"C: A2 NOOP\nS: A2 OK\n", func(ctx context.Context, s *session.Session) {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		body := strings.NewReader("x")
		set := numset.Of(numset.Seq, 1)
		for name, f := range map[string]func(context.Context) error{
			"a date after the year 9999":              call(commands.Append(s, "x", body, 1, commands.WithDate(date(10000, 1, 1)))),
			"a date before the year 0":                call(commands.Append(s, "x", body, 1, commands.WithDate(date(-1, 1, 1)))),
			"a flag with a space":                     call(commands.Append(s, "x", body, 1, commands.WithFlags("a b"))),
			"a flag with a line end":                  call(commands.Append(s, "x", body, 1, commands.WithFlags("a\r\nb"))),
			"an empty flag":                           commands.Store(s, set, commands.AddFlags, "").Wait,
			"a flag of one backslash":                 commands.Store(s, set, commands.AddFlags, `\`).Wait,
			"a search for a date after the year 9999": call(commands.Search(s, numset.Seq, search.On(date(10000, 1, 1)))),
			"an empty set":                            call(commands.Copy(s, numset.Of(numset.Seq), "x")),
			"a use with a space":                      call(commands.Create(s, "x", `\a b`)),
			"UID of nothing":                          commands.Raw(s, "UID", nil).Wait,
			"UID twice":                               commands.Raw(s, "UID UID", nil).Wait,
			"a name with a second command":            commands.Raw(s, "NOOP A9 LOGOUT", nil).Wait,
			"no name":                                 commands.Raw(s, "", nil).Wait,
			"an item with a parenthesis":              commands.Raw(s, "FETCH", func(e *wire.Encoder) { e.SP().Atom("1 (") }).Wait,
		} {
			if err := f(ctx); err == nil || !session.SafeToRetry(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			t.Error(err)
		}
	})
}
