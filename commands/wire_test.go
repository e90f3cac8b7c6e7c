package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/auth"
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

func asError[T error](err error, target *T) bool { return errors.As(err, target) }

// on runs f with a session on a server that plays a script after the greeting. The greeting determines the session's
// state.
func on(t *testing.T, greeting, script string, f func(ctx context.Context, s *session.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		wait := imaptest.Play(t, srv, "S: * "+greeting+"\n"+script)
		s, err := session.Open(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		f(t.Context(), s)
		s.Close()
		wait()
	})
}

const ready = "PREAUTH [CAPABILITY IMAP4rev1 LITERAL+ UIDPLUS MOVE CONDSTORE QRESYNC ENABLE ESEARCH SEARCHRES WITHIN BINARY UNSELECT IDLE ID NAMESPACE LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE MULTIAPPEND PREVIEW] ready"

// selected is the beginning of a script, which selects a mailbox.
const selected = "C: A1 SELECT INBOX\nS: * 9 EXISTS\nS: A1 OK [READ-WRITE] done\n"

// sends checks that the command that f starts sends these lines.
func sends(t *testing.T, lines string, f func(s *session.Session) func(context.Context) error) {
	t.Helper()
	script := selected
	for line := range strings.Lines(lines) {
		script += "C: A2 " + line
	}
	on(t, ready, script+"\nS: A2 OK done\n", func(ctx context.Context, s *session.Session) {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		if err := f(s)(ctx); err != nil && !errors.Is(err, commands.ErrNoAnswer) {
			t.Errorf("%s: %v", lines, err)
		}
	})
}

func call[T any](c *session.Call[T]) func(context.Context) error {
	return func(ctx context.Context) error { _, err := c.Wait(ctx); return err }
}

func TestWhatIsSent(t *testing.T) {
	set := numset.Span(numset.Seq, 2, 4)
	uids := numset.Of(numset.UID, 3, 5, 6)
	day := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	stream := func(s interface{ Wait(context.Context) error }) func(context.Context) error { return s.Wait }
	find := func(key search.Key, opts ...search.Return) func(s *session.Session) func(context.Context) error {
		return func(s *session.Session) func(context.Context) error {
			return call(commands.Search(s, numset.Seq, key, opts...))
		}
	}
	for _, c := range []struct {
		lines string
		f     func(s *session.Session) func(context.Context) error
	}{
		{"NOOP", func(s *session.Session) func(context.Context) error { return call(commands.Noop(s)) }},
		{"CHECK", func(s *session.Session) func(context.Context) error { return call(commands.Check(s)) }},
		{"CLOSE", func(s *session.Session) func(context.Context) error { return call(commands.CloseMailbox(s)) }},
		{"UNSELECT", func(s *session.Session) func(context.Context) error { return call(commands.Unselect(s)) }},
		{"EXAMINE \"a b\" (CONDSTORE)", func(s *session.Session) func(context.Context) error {
			return call(commands.Examine(s, "a b", commands.CondStore()))
		}},
		{"SELECT x (QRESYNC (7 90 1:5 (1,3 2,9)))", func(s *session.Session) func(context.Context) error {
			return call(commands.Select(s, "x", commands.QResync(commands.Resync{UIDValidity: 7, ModSeq: 90, Known: numset.Span(numset.UID, 1, 5),
				MatchSeq: numset.Of(numset.Seq, 1, 3), MatchUID: numset.Of(numset.UID, 2, 9)})))
		}},
		{"CREATE Entw&APw-rfe (USE (\\Drafts))", func(s *session.Session) func(context.Context) error {
			return call(commands.Create(s, "Entwürfe", `\Drafts`))
		}},
		{"DELETE a&-b", func(s *session.Session) func(context.Context) error { return call(commands.Delete(s, "a&b")) }},
		{"RENAME INBOX \"\"", func(s *session.Session) func(context.Context) error { return call(commands.Rename(s, "inbox", "")) }},
		{"SUBSCRIBE \"NIL\"", func(s *session.Session) func(context.Context) error { return call(commands.Subscribe(s, "NIL")) }},
		{"UNSUBSCRIBE x", func(s *session.Session) func(context.Context) error { return call(commands.Unsubscribe(s, "x")) }},
		{"LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (a* %) RETURN (CHILDREN SPECIAL-USE)", func(s *session.Session) func(context.Context) error {
			return stream(commands.ListPatterns(s, "", []string{"a*", "%"}, commands.SelectSubscribed, commands.ReturnChildren,
				commands.SelectRecursiveMatch, commands.ReturnSpecialUse))
		}},
		{"LSUB # \"a b*\"", func(s *session.Session) func(context.Context) error { return stream(commands.Lsub(s, "#", "a b*")) }},
		{"LIST \"\" * RETURN (STATUS (MESSAGES UNSEEN))", func(s *session.Session) func(context.Context) error {
			return call(commands.ListStatus(s, "", "*", []status.Item{status.Messages, status.Unseen}))
		}},
		{"NAMESPACE", func(s *session.Session) func(context.Context) error { return call(commands.Namespace(s)) }},
		{"ID (\"name\" \"x\" \"os\" NIL)", func(s *session.Session) func(context.Context) error {
			return call(commands.ID(s, commands.IDField{Name: "name", Value: "x"}, commands.IDField{Name: "os"}))
		}},
		{"ID NIL", func(s *session.Session) func(context.Context) error { return call(commands.ID(s)) }},
		{"FETCH 2:4 FLAGS", func(s *session.Session) func(context.Context) error {
			return stream(commands.Fetch(s, set, fetch.Flags))
		}},
		{"FETCH 2:4 (PREVIEW) (CHANGEDSINCE 7)", func(s *session.Session) func(context.Context) error {
			return stream(commands.Fetch(s, set, fetch.Preview, fetch.ChangedSince(7)))
		}},
		{"UID FETCH 3,5:6 (UID BODY.PEEK[1.2.MIME]<10.20> BODY[HEADER.FIELDS (DATE \"X Y\")] BINARY.PEEK[1] BINARY.SIZE[2] MODSEQ) (CHANGEDSINCE 7 VANISHED)", func(s *session.Session) func(context.Context) error {
			return stream(commands.Fetch(s, uids, fetch.UID, fetch.Body("1.2.mime").Peek().Partial(10, 20), fetch.ChangedSince(7), fetch.HeaderFields("", "DATE", "X Y"),
				fetch.Binary("1").Peek(), fetch.BinarySize("2"), fetch.ModSeq, fetch.Vanished()))
		}},
		{"FETCH $ FULL", func(s *session.Session) func(context.Context) error {
			return stream(commands.Fetch(s, numset.Saved(numset.Seq), fetch.MacroFull))
		}},
		{"STORE 2:4 +FLAGS.SILENT (\\Seen $Work)", func(s *session.Session) func(context.Context) error {
			return stream(commands.Store(s, set, commands.AddFlags.Silent(), parser.FlagSeen, "$Work"))
		}},
		{"UID STORE 3,5:6 (UNCHANGEDSINCE 12) -FLAGS ()", func(s *session.Session) func(context.Context) error {
			return stream(commands.Store(s, uids, commands.RemoveFlags.UnchangedSince(12)))
		}},
		{"COPY 2:4 x", func(s *session.Session) func(context.Context) error { return call(commands.Copy(s, set, "x")) }},
		{"UID MOVE 3,5:6 x", func(s *session.Session) func(context.Context) error { return call(commands.Move(s, uids, "x")) }},
		{"EXPUNGE", func(s *session.Session) func(context.Context) error { return stream(commands.Expunge(s)) }},
		{"UID EXPUNGE 3,5:6", func(s *session.Session) func(context.Context) error { return stream(commands.UIDExpunge(s, uids)) }},
		{"X-ANYTHING you like", func(s *session.Session) func(context.Context) error {
			return stream(commands.Raw(s, "X-ANYTHING", func(e *wire.Encoder) { e.Raw(" you like") }))
		}},
		{"SEARCH ALL", find(search.All)},
		{"SEARCH ANSWERED BCC a BEFORE 2-Mar-2026 BODY \"b c\" CC d DELETED DRAFT FLAGGED FROM \"\"", find(search.And(search.Answered, search.Bcc("a"), search.Before(day),
			search.Body("b c"), search.Cc("d"), search.Deleted, search.Draft, search.Flagged, search.From("")))},
		{"SEARCH HEADER X-Y z KEYWORD $k LARGER 5 NEW NOT OLD ON 2-Mar-2026 OR RECENT OR SEEN UNSEEN", find(search.And(search.Header("X-Y", "z"), search.Keyword("$k"), search.Larger(5),
			search.New, search.Not(search.Old), search.On(day), search.Or(search.Recent, search.Seen, search.Unseen)))},
		{"SEARCH SENTBEFORE 2-Mar-2026 SENTON 2-Mar-2026 SENTSINCE 2-Mar-2026 SINCE 2-Mar-2026 SMALLER 9 SUBJECT s TEXT t TO u", find(search.And(search.SentBefore(day), search.SentOn(day),
			search.SentSince(day), search.Since(day), search.Smaller(9), search.Subject("s"), search.Text("t"), search.To("u")))},
		{"SEARCH UID 3,5:6 2:4 UNANSWERED UNDELETED UNDRAFT UNFLAGGED UNKEYWORD k OLDER 60 YOUNGER 3600 MODSEQ 8", find(search.And(search.In(uids), search.In(set), search.Unanswered,
			search.Undeleted, search.Undraft, search.Unflagged, search.Unkeyword("k"), search.Older(time.Minute), search.Younger(time.Hour), search.ModSeq(8)))},
		{"SEARCH RETURN (MIN MAX ALL COUNT SAVE) ALL", find(search.All, search.ReturnMin, search.ReturnMax, search.ReturnAll, search.ReturnCount, search.ReturnSave)},
	} {
		sends(t, c.lines, c.f)
	}
}

// TestSearchCharset checks that Search sends CHARSET only if that is necessary.
func TestSearchCharset(t *testing.T) {
	on(t, ready, selected+"C: A2 SEARCH CHARSET UTF-8 SUBJECT {7+}\nC: Grüße\nS: * SEARCH 2\nS: A2 NO [BADCHARSET (US-ASCII)] no\n", func(ctx context.Context, s *session.Session) {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		_, err := commands.Search(s, numset.Seq, search.Subject("Grüße")).Wait(ctx)
		var e *session.Error
		if !errors.Is(err, parser.CodeBadCharset) || !asError(err, &e) {
			t.Fatalf("Search: got error %v", err)
		}
		if sets, ok := e.Code.BadCharset(); !ok || fmt.Sprint(sets) != "[US-ASCII]" {
			t.Errorf("BadCharset: got %v", sets)
		}
	})
}

// TestArgumentsThatCannotBeSent checks that arguments that cannot be sent are refused before an octet is sent.
func TestArgumentsThatCannotBeSent(t *testing.T) {
	on(t, ready, selected+"C: A2 NOOP\nS: A2 OK\n", func(ctx context.Context, s *session.Session) {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		set := numset.Of(numset.Seq, 1)
		for name, f := range map[string]func(context.Context) error{
			"NUL":         call(commands.Search(s, numset.Seq, search.Subject("a\x00b"))),
			"flag":        commands.Store(s, set, commands.AddFlags, "a b").Wait,
			"injection":   commands.Store(s, set, commands.AddFlags, "x)\r\nA9 DELETE INBOX\r\n").Wait,
			"keyword":     call(commands.Search(s, numset.Seq, search.Keyword("a\r\nb"))),
			"empty set":   commands.Fetch(s, numset.Of(numset.UID), fetch.UID).Wait,
			"no item":     commands.Fetch(s, set).Wait,
			"macro":       commands.Fetch(s, set, fetch.MacroFull, fetch.UID).Wait,
			"section":     commands.Fetch(s, set, fetch.Body("1]\r\nA9 LOGOUT")).Wait,
			"partial":     commands.Fetch(s, set, fetch.Body("").Partial(0, 0)).Wait,
			"capability":  call(commands.Enable(s, "A\r\nB")),
			"year":        call(commands.Search(s, numset.Seq, search.Since(time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)))),
			"raw":         commands.Raw(s, "X", func(e *wire.Encoder) { e.Raw(" {5}") }).Wait,
			"raw literal": commands.Raw(s, "X{5}", nil).Wait,
			"raw words":   commands.Raw(s, "X Y", nil).Wait,
			"wildcard":    commands.Store(s, set, commands.AddFlags, parser.FlagWildcard).Wait,
			"raw CRLF":    commands.Raw(s, "X\r\nA9 LOGOUT", nil).Wait,
			"ID":          call(commands.ID(s, commands.IDField{Name: strings.Repeat("x", 31)})),
			"no options":  call(commands.Search(s, numset.Seq, search.Or())),
			"not offered": call(commands.Append(s, "x", strings.NewReader("m"), 1, commands.AsUTF8())),
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

func TestAppend(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", -7*3600))
	on(t, ready, "C: A1 APPEND x (\\Seen) \" 2-Jan-2026 03:04:05 -0700\" {5+}\nC: hello\nS: A1 OK [APPENDUID 7 9] done\n"+
		"C: A2 APPEND x {3+}\nC: one (\\Draft) ~{3+}\nC= \"t\\x00o\\r\\n\"\nS: A2 OK [APPENDUID 7 10:11] done\n", func(ctx context.Context, s *session.Session) {
		got, err := commands.Append(s, "x", strings.NewReader("hello"), -1, commands.WithFlags(parser.FlagSeen), commands.WithDate(at)).Wait(ctx)
		if err != nil || got.UIDValidity != 7 || got.UIDs.String() != "9" {
			t.Errorf("Append: got %+v, %v", got, err)
		}
		got, err = commands.AppendAll(s, "x", commands.Message{Body: strings.NewReader("one"), Size: 3},
			commands.Message{Body: strings.NewReader("t\x00o"), Size: 3, Binary: true, Flags: []parser.Flag{parser.FlagDraft}}).Wait(ctx)
		if err != nil || got.UIDs.String() != "10:11" {
			t.Errorf("AppendAll: got %+v, %v", got, err)
		}
		_, err = commands.Append(s, "x", io.LimitReader(strings.NewReader("x"), 1), -1).Wait(ctx)
		if !errors.Is(err, commands.ErrNoSize) {
			t.Errorf("Append: got error %v", err)
		}
	})
	// Without LITERAL+, the server may refuse before it receives the message.
	body := strings.NewReader("hello")
	on(t, "PREAUTH [CAPABILITY IMAP4rev1] ready", "C: A1 APPEND x {5}\nS: A1 NO [OVERQUOTA] full\nC: A2 NOOP\nS: A2 OK\n", func(ctx context.Context, s *session.Session) {
		_, err := commands.Append(s, "x", body, 5).Wait(ctx)
		if !errors.Is(err, parser.CodeOverQuota) || body.Len() != 5 {
			t.Errorf("%v, %d octets left", err, body.Len())
		}
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			t.Error(err)
		}
	})
}

func TestAuthenticate(t *testing.T) {
	secret := auth.NewSecret("secret")
	insecure := commands.AllowPlaintext()
	on(t, "OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=LOGIN] ready", "C: A1 AUTHENTICATE PLAIN\nS: + \nC: AHUAc2VjcmV0\nS: A1 NO [AUTHENTICATIONFAILED] no\n"+
		"C: A2 AUTHENTICATE LOGIN\nS: + VXNlciBOYW1lAA==\nC: dQ==\nS: + UGFzc3dvcmQA\nC: c2VjcmV0\nS: + YWdhaW4=\nC: *\nS: A2 BAD cancelled\n"+
		"C: A3 AUTHENTICATE PLAIN\nS: + !!!\nC: *\nS: A3 BAD cancelled\nC: A4 LOGIN u \"secret\"\nS: A4 OK in\nC: A5 CAPABILITY\nS: * CAPABILITY IMAP4rev1 X\nS: A5 OK\n", func(ctx context.Context, s *session.Session) {
		if _, err := commands.Authenticate(s, auth.Plain("", "u", secret), insecure).Wait(ctx); !errors.Is(err, parser.CodeAuthenticationFailed) {
			t.Errorf("PLAIN: %v", err)
		}
		if _, err := commands.Authenticate(s, auth.Login("u", secret), insecure).Wait(ctx); err == nil || !errors.Is(err, parser.BAD) {
			t.Errorf("LOGIN: %v", err)
		}
		if _, err := commands.Authenticate(s, auth.Plain("", "u", secret), insecure).Wait(ctx); err == nil || !errors.Is(err, parser.BAD) {
			t.Errorf("PLAIN with a bad challenge: %v", err)
		}
		if _, err := commands.Authenticate(s, auth.Plain("", "u", secret)).Wait(ctx); !errors.Is(err, commands.ErrPlaintext) || !session.SafeToRetry(err) {
			t.Errorf("insecure: %v", err)
		}
		if _, err := commands.Login(s, "u", secret, insecure).Wait(ctx); err != nil || s.State() != session.Authenticated || !s.Caps().Has("X") {
			t.Errorf("LOGIN: %v, %v, %v", err, s.State(), s.Caps())
		}
	})
	on(t, "OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=EXTERNAL LOGINDISABLED] ready", "C: A1 AUTHENTICATE EXTERNAL =\nS: A1 OK [CAPABILITY IMAP4rev1] in\n", func(ctx context.Context, s *session.Session) {
		var needs *session.CapabilityError
		if _, err := commands.Login(s, "u", secret, insecure).Wait(ctx); !asError(err, &needs) {
			t.Errorf("LOGINDISABLED: %v", err)
		}
		if _, err := commands.Authenticate(s, auth.External("")).Wait(ctx); err != nil {
			t.Errorf("EXTERNAL: %v", err)
		}
	})
}

// TestClaims checks that each FETCH response goes to the command that asked for it.
func TestClaims(t *testing.T) {
	on(t, ready, selected+"C: A2 UID FETCH 7 FLAGS\nS: * 1 FETCH (FLAGS (\\Seen))\nS: * 2 FETCH (UID 7 FLAGS ())\nS: * 3 FETCH (UID 8 FLAGS ())\nS: A2 OK\n", func(ctx context.Context, s *session.Session) {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		var got []uint32
		for m, err := range commands.Fetch(s, numset.Of(numset.UID, 7), fetch.Flags).All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, m.Seq)
		}
		if fmt.Sprint(got) != "[2]" {
			t.Errorf("UID FETCH got responses about %v, want only 2", got)
		}
	})
}

func TestIdle(t *testing.T) {
	on(t, ready, "C: A1 IDLE\nS: + idling\nS: * OK still here\nS: * 4 EXISTS\nC: DONE\nS: A1 OK\nC: A2 IDLE\nS: A2 NO no\n", func(ctx context.Context, s *session.Session) {
		stream := commands.Idle(s)
		n := 0
		for r, err := range stream.All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if r.Name == "EXISTS" {
				stream.Stop()
			}
		}
		if n != 2 {
			t.Errorf("IDLE yielded %d responses, want 2", n)
		}
		if err := commands.Idle(s).Wait(ctx); !errors.Is(err, parser.NO) {
			t.Errorf("IDLE is refused: got error %v", err)
		}
	})
}
