package commands_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/crlf"
	"github.com/imapstack/imapstack/utils/numset"
)

// fake is a SASL mechanism that the program itself provides. It gives the same response to every challenge.
type fake struct {
	answer []byte
	err    error
}

func (f fake) Start() (string, []byte, error) { return "MYAUTH", nil, nil }
func (f fake) Next([]byte) ([]byte, error)    { return f.answer, f.err }
func authenticate(s *session.Session, m sasl.Client) *session.Call[struct{}] {
	return commands.Authenticate(s, m, commands.AllowPlaintext())
}

const (
	myAuth = "S: * OK [CAPABILITY IMAP4rev1 AUTH=MYAUTH] IMAP4rev1\n"
	// utf8 is a script that logs in and enables UTF8=ACCEPT.
	utf8 = "S: * OK [CAPABILITY IMAP4rev1 ENABLE UTF8=ACCEPT AUTH=MYAUTH] IMAP4rev1\n" +
		"C: A1 AUTHENTICATE MYAUTH\nS: +\nC: ZmFrZQ==\nS: A1 OK [CAPABILITY IMAP4rev1 ENABLE UTF8=ACCEPT] FAKEAUTH successful\n" +
		"C: A2 ENABLE UTF8=ACCEPT\nS: * ENABLED UTF8=ACCEPT\nS: A2 OK\n"
)

// inUTF8 returns a function that plays the script utf8 and then calls run.
func inUTF8(run func(ctx context.Context, t testing.TB, s *session.Session)) func(context.Context, testing.TB, *session.Session) {
	return func(ctx context.Context, t testing.TB, s *session.Session) {
		t.Helper()
		do(ctx, t, call(authenticate(s, fake{answer: []byte("fake")})), call(commands.Enable(s, "UTF8=ACCEPT")))
		if !s.Mode().UTF8 {
			t.Error("UTF-8 is not on")
		}
		run(ctx, t, s)
	}
}

var imaplibLogin = map[string]imaplibTest{
	"test_enable_raises_error_if_not_AUTH": {
		script: canned("S: * OK [CAPABILITY IMAP4rev1 AUTH ENABLE UTF8=ACCEPT] ready\n", 1, "NOOP"),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			_, err := commands.Enable(s, "foo").Wait(ctx)
			refused(t, err, "ENABLE", session.NotAuthenticated.String())
			if s.Mode().UTF8 {
				t.Error("UTF-8 is on")
			}
			do(ctx, t, call(commands.Noop(s)))
		},
	},
	"test_enable_raises_error_if_no_capability": {
		script: canned("S: * PREAUTH [CAPABILITY IMAP4rev1] ready\n", 1, "NOOP"),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			var missing *session.CapabilityError
			_, err := commands.Enable(s, "UTF8=ACCEPT").Wait(ctx)
			if refused(t, err, "ENABLE"); !errors.As(err, &missing) {
				t.Error(err)
			}
			do(ctx, t, call(commands.Noop(s)))
		},
	},
	"test_enable_UTF8_raises_error_if_not_supported": {
		script: canned(hello, 1, "LOGIN user \"pass\"") + caps(2, ""),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(login(s, "user", "pass")))
			_, err := commands.Enable(s, "UTF8=ACCEPT").Wait(ctx)
			refused(t, err, "ENABLE")
		},
	},
	// Session.Enabled has the extensions that the server names, and not those that were requested.
	"test_enable": {
		script: "S: * PREAUTH [CAPABILITY IMAP4rev1 ID LITERAL+ ENABLE X-GOOD-IDEA CONDSTORE] ready\n" +
			"C: A1 ENABLE CONDSTORE X-GOOD-IDEA\nS: * ENABLED X-GOOD-IDEA\nS: A1 OK foo\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			on, err := commands.Enable(s, "CONDSTORE", "X-GOOD-IDEA").Wait(ctx)
			if err != nil || on.String() != "X-GOOD-IDEA" || s.Enabled().Has("CONDSTORE") {
				t.Error(on, err)
			}
		},
	},
	"test_enable_UTF8_True_append": {
		script: utf8 + "C: A3 APPEND INBOX () UTF8 (~{25}\nS: + go on\nC= \"Subject: üñí©öðé\\r\\n)\\r\\n\"\nS: A3 OK\n",
		run: inUTF8(func(ctx context.Context, t testing.TB, s *session.Session) {
			msg := "Subject: üñí©öðé\r\n"
			do(ctx, t, call(commands.Append(s, "INBOX", strings.NewReader(msg), int64(len(msg)), commands.AsUTF8())))
		}),
	},
	// The caller cannot set a charset, because Search chooses it. With UTF8=ACCEPT, Search sends no charset (RFC 6855
	// §3).
	"test_search_disallows_charset_in_utf8_mode": {
		script: utf8 + "C: A3 SELECT INBOX\nS: A3 OK\nC: A4 SEARCH SUBJECT \"Entwürfe\"\nS: * SEARCH 2\nS: A4 OK\n",
		run: inUTF8(func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Select(s, "INBOX")), call(commands.Search(s, numset.Seq, search.Subject("Entwürfe"))))
		}),
	},
	"test_utf8_mailbox_name": {
		script: utf8 + canned("", 3, `SELECT "Entwürfe"`),
		run: inUTF8(func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(commands.Select(s, "Entwürfe")))
		}),
	},
	"test_bad_auth_name": {
		script: myAuth + "C: A1 AUTHENTICATE MYAUTH\nS: A1 NO unrecognized authentication type METHOD\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			_, err := authenticate(s, fake{err: errors.New("was asked")}).Wait(ctx)
			if serverError(t, err, "unrecognized authentication type METHOD"); strings.Contains(err.Error(), "was asked") {
				t.Error(err)
			}
		},
	},
	"test_invalid_authentication": {
		script: myAuth + "C: A1 AUTHENTICATE MYAUTH\nS: +\nC: ZmFrZQ==\nS: A1 NO [AUTHENTICATIONFAILED] invalid\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			_, err := authenticate(s, fake{answer: []byte("fake")}).Wait(ctx)
			if serverError(t, err, "invalid"); !errors.Is(err, parser.CodeAuthenticationFailed) || !errors.Is(err, parser.NO) {
				t.Error(err)
			}
		},
	},
	"test_invalid_login": {
		script: hello + "C: A1 LOGIN user \"wrongpass\"\nS: A1 NO [LOGIN] failed\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			_, err := login(s, "user", "wrongpass").Wait(ctx)
			if serverError(t, err, "failed"); !errors.Is(err, parser.NO) || s.State() != session.NotAuthenticated {
				t.Error(err, s.State())
			}
		},
	},
	"test_valid_authentication_bytes": {
		script: myAuth + "C: A1 AUTHENTICATE MYAUTH\nS: +\nC: ZmFrZQ==\nS: A1 OK [CAPABILITY IMAP4rev1] FAKEAUTH successful\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(authenticate(s, fake{answer: []byte("fake")})))
		},
	},
	"test_aborted_authentication": {
		script: myAuth + "C: A1 AUTHENTICATE MYAUTH\nS: +\nC: *\nS: A1 NO [AUTHENTICATIONFAILED] aborted\nC: A2 NOOP\nS: A2 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			mine := errors.New("no more")
			_, err := authenticate(s, fake{err: mine}).Wait(ctx)
			if !errors.Is(err, mine) || !errors.Is(err, parser.CodeAuthenticationFailed) {
				t.Error(err)
			}
			do(ctx, t, call(commands.Noop(s)))
		},
	},
	"test_login_cram_md5_bytes": {
		script: "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=CRAM-MD5] ready\nC: A1 AUTHENTICATE CRAM-MD5\n" +
			"S: + PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ=\nC: dGltIGYxY2E2YmU0NjRiOWVmYTFjY2E2ZmZkNmNmMmQ5ZjMy\n" +
			"S: A1 OK [CAPABILITY IMAP4rev1] CRAM-MD5 successful\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			if !s.Caps().HasAuth("CRAM-MD5") {
				t.Error(s.Caps())
			}
			do(ctx, t, call(commands.Authenticate(s, auth.CRAMMD5("tim", auth.NewSecret("tanstaaftanstaaf")))))
		},
	},
	// If a mechanism cannot begin, nothing is sent.
	"test_login_cram_md5_blocked": {
		script: "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=CRAM-MD5] ready\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			mine := errors.New("CRAM-MD5 authentication is not supported")
			_, err := authenticate(s, blocked{mine}).Wait(ctx)
			if refused(t, err, mine.Error()); !errors.Is(err, mine) {
				t.Error(err)
			}
		},
	},
	"test_login_plain_ascii": {script: plainLogin("AHByZW0AcGFzcw=="), run: plainly("prem", "pass")},
	"test_login_plain_utf8":  {script: plainLogin("AHByxJltAMW8w7PFgsSH"), run: plainly("pręm", "żółć")},
	"test_login_plain_nul": {
		script: "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] ready\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			for _, c := range [][2]string{{"us\x00er", "pass"}, {"user", "pa\x00ss"}} {
				_, err := authenticate(s, auth.Plain("", c[0], auth.NewSecret(c[1]))).Wait(ctx)
				refused(t, err)
			}
		},
	},
	"test_login": {
		script: canned(hello, 1, "LOGIN user \"pass\"") + caps(2, ""),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(login(s, "user", "pass")))
			if s.State() != session.Authenticated {
				t.Error(s.State())
			}
			_, err := login(s, "user", "pass").Wait(ctx)
			refused(t, err, "LOGIN", session.Authenticated.String())
		},
	},
	"test_login_quoted": {
		script: canned(hello, 1, `LOGIN "us*r" "p%ss"`) + caps(2, ""),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(login(s, "us*r", "p%ss")))
		},
	},
	// Login quotes its arguments. It never assumes that they are quoted already.
	"test_login_quoted2": {
		script: canned(hello, 1, `LOGIN "\"user\"" "\"pass\""`) + caps(2, ""),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(login(s, `"user"`, `"pass"`)))
		},
	},
	"test_login_capabilities": {
		script: hello + "C: A1 LOGIN user \"pass\"\nS: * CAPABILITY IMAP4rev1 ENABLE UTF8=ACCEPT\nS: A1 OK\n" +
			"C: A2 ENABLE UTF8=ACCEPT\nS: * ENABLED UTF8=ACCEPT\nS: A2 OK\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(login(s, "user", "pass")), call(commands.Enable(s, "UTF8=ACCEPT")))
		},
	},
	"test_authenticate_capabilities": {
		script: myAuth + "C: A1 AUTHENTICATE MYAUTH\nS: +\nC: ZmFrZQ==\nS: A1 OK [CAPABILITY IMAP4rev1 ENABLE] FAKEAUTH successful\n" + canned("", 2, "NOOP"),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(authenticate(s, fake{answer: []byte("fake")})), call(commands.Noop(s)))
			if !s.Caps().Has("ENABLE") {
				t.Error(s.Caps())
			}
		},
	},
	"test_login_requery_capabilities": {
		script: canned(hello, 1, "LOGIN user \"pass\"") + caps(2, " ENABLE"),
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			do(ctx, t, call(login(s, "user", "pass")))
			if !s.Caps().Has("ENABLE") {
				t.Error(s.Caps())
			}
		},
	},
	// A NO becomes the error of its own command, and of no other.
	"test_login_quoted nothing can be injected": {
		script: hello + "C: A1 LOGIN {13}\nS: + go on\nC= \"x\\r\\nA9 LOGOUT\\r \"\nC= \"{3}\\r\\n\"\nS: + go on\nC= \"a\\nb\\r\\n\"\nS: A1 NO no\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			_, err := login(s, "x\r\nA9 LOGOUT\r", "a\nb").Wait(ctx)
			serverError(t, err, "no")
		},
	},
}

type blocked struct{ err error }

func (b blocked) Start() (string, []byte, error) { return "CRAM-MD5", nil, b.err }
func (b blocked) Next([]byte) ([]byte, error)    { return nil, b.err }

func plainLogin(response string) string {
	return "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] ready\nC: A1 AUTHENTICATE PLAIN\nS: + \nC: " + response +
		"\nS: A1 OK [CAPABILITY IMAP4rev1] FAKEAUTH successful\n"
}

func plainly(user, password string) func(context.Context, testing.TB, *session.Session) {
	return func(ctx context.Context, t testing.TB, s *session.Session) {
		do(ctx, t, call(authenticate(s, auth.Plain("", user, auth.NewSecret(password)))))
	}
}

// imaplibAppend has the tests of APPEND. A message is sent unchanged; programs convert line ends with package crlf.
var imaplibAppend = map[string]imaplibTest{
	"test_append_translate_line_endings": {
		script: loggedIn + "C: A1 APPEND INBOX {10}\nS: + go on\nC= \"a\\r\\nb\\r\\nc\\r\\nd\\r\\n\"\nS: A1 OK\n" +
			"C: A2 APPEND INBOX {8}\nS: + go on\nC= \"a\\rb\\nc\\r\\nd\\r\\n\"\nS: A2 OK\n" +
			"C: A3 APPEND \"New folder\" (\\Seen) {4}\nS: + go on\nC: data\nS: A3 OK [APPENDUID 38505 3955] done\n",
		run: func(ctx context.Context, t testing.TB, s *session.Session) {
			var b bytes.Buffer
			if _, err := io.Copy(&b, crlf.NewReader(strings.NewReader("a\rb\nc\r\nd"))); err != nil {
				t.Fatal(err)
			}
			do(ctx, t, call(commands.Append(s, "INBOX", &b, -1)), call(commands.Append(s, "INBOX", strings.NewReader("a\rb\nc\r\nd"), -1)))
			uid, err := commands.Append(s, "New folder", strings.NewReader("data"), 4, commands.WithFlags(parser.FlagSeen)).Wait(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff("38505 3955", strings.Join([]string{"38505", uid.UIDs.String()}, " ")); d != "" || uid.UIDValidity != 38505 {
				t.Error(d, uid)
			}
		},
	},
}
