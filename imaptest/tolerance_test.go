package imaptest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
)

// TestTolerance sends commands that clients send although no RFC allows them. A server without options must accept
// them, as Dovecot 2.3.19, Cyrus 3.6 and Courier 5 do, apart from those marked below. A strict server must refuse them.
// Both report it.
func TestTolerance(t *testing.T) {
	for _, test := range []struct{ cmd, tolerant, strict, wrong string }{
		{"FETCH 1 (FLAGS) (CHANGEDSINCE 0)", `* 1 FETCH (FLAGS (\Recent) MODSEQ (2))|T OK`, "T BAD", "zero"},
		{"UID FETCH 1:* (FLAGS) (CHANGEDSINCE 0 VANISHED)", `* 1 FETCH (UID 1 FLAGS (\Recent) MODSEQ (2))|T OK`, "T BAD", "zero"},
		{"SELECT INBOX (QRESYNC (7 0))", "* 1 FETCH (UID 1|T OK", "T BAD", "zero"},
		{"APPEND INBOX \"1-Jan-2024 00:00:00 +0000\" {4+}\r\nA:\r\n", "T OK [APPENDUID", "T BAD", "date"},
		{"SEARCH SINCE 31-Feb-2024", "* SEARCH 1|T OK", "T BAD", "date"},
		{"SEARCH ON 31-Feb-2024", "* SEARCH|T OK", "T BAD", "date"},
		{`LOGIN alice "s\ecret"`, "T OK", "T BAD", "backslash"},
		{`STATUS "IN\BOX" (MESSAGES)`, "* STATUS INBOX (MESSAGES 1)|T OK", "T BAD", "backslash"},
		{"SEARCH  ALL", "* SEARCH 1|T OK", "T BAD", "spaces"},
		{"NOTIFY SET (SELECTED (MessageNew))", "T OK", "T BAD", "MessageNew and MessageExpunge"},
		// No server accepts these.
		{"SEARCH SINCE 32-Jan-2024", "T BAD", "T BAD", "date"},
		{`LIST (NOPE) "" *`, "T BAD", "T BAD", "NOPE"},
		{`CREATE "&abc"`, "T NO [CANNOT]", "T NO [CANNOT]", "modified UTF-7"},
		{`STATUS "&abc" (MESSAGES)`, "T NO [CANNOT]", "T NO [CANNOT]", "modified UTF-7"},
		{"CREATE \"\xc3\xa9\"", "T NO [CANNOT]", "T NO [CANNOT]", "before that is enabled"},
		{"APPEND \"&abc\" {4+}\r\nA:\r\n", "T NO [CANNOT]", "T NO [CANNOT]", "modified UTF-7"},
		{"NONSENSE", "T BAD", "T BAD", "NONSENSE"},
		// These are correct.
		{"SEARCH SINCE 29-Feb-2024", "* SEARCH 1|T OK", "* SEARCH 1|T OK", ""},
		{"APPEND INBOX \" 1-Jan-2024 00:00:00 +0000\" {4+}\r\nA:\r\n", "T OK [APPENDUID", "T OK [APPENDUID", ""},
		{`CREATE "&AOk-"`, "T OK", "T OK", ""},
		{"STORE 1 +FLAGS (a)", "T OK", "T OK", ""},
		{"FETCH 9 FLAGS", "T BAD", "T BAD", "no message 9"},
	} {
		for name, opts := range map[string][]imaptest.Option{"tolerant": nil, "strict": {imaptest.Strict()}} {
			want := test.tolerant
			if name == "strict" {
				want = test.strict
			}
			srv := newServer(t, opts...)
			box := srv.Mailbox("alice", "INBOX")
			box.SetUIDValidity(7)
			box.Append([]byte("A: b\r\n\r\n"))
			c := newRaw(t, srv.Pipe())
			c.line()
			if !strings.HasPrefix(test.cmd, "LOGIN") {
				c.ok("LOGIN alice secret")
				c.ok("ENABLE QRESYNC")
				c.ok("SELECT INBOX")
			}
			got := c.do(test.cmd)
			n := 0
			for _, line := range got {
				if w := strings.Split(want, "|"); n < len(w) && strings.HasPrefix(line, w[n]) {
					n++
				}
			}
			if n != len(strings.Split(want, "|")) {
				t.Errorf("%s: %q: got %q, want %q", name, test.cmd, got, want)
			}
			wrong := srv.Received().Wrong()
			switch {
			case test.wrong == "" && len(wrong) > 0:
				t.Errorf("%s: %q is correct, but the server reports %q", name, test.cmd, wrong[0].Wrong)
			case test.wrong != "" && (len(wrong) != 1 || !strings.Contains(fmt.Sprint(wrong[0].Wrong), test.wrong) && !strings.HasPrefix(want, "T BAD")):
				t.Errorf("%s: %q: want one report with %q, got %v", name, test.cmd, test.wrong, wrong)
			}
			c.c.Close()
		}
	}
}

// TestExpectCorrect checks that ExpectCorrect fails a test for each wrong command, and does not show secrets.
func TestExpectCorrect(t *testing.T) {
	srv := newServer(t)
	c := login(t, srv, "INBOX")
	srv.ExpectCorrect(t)
	c.do("NONSENSE")
	c.do(`LOGIN a (secret`)
	var f failures
	srv.ExpectCorrect(&f)
	if len(f.list) != 2 || !strings.Contains(f.list[0], "connection 1: NONSENSE: unknown command NONSENSE") || strings.Contains(f.list[1], "secret") {
		t.Errorf("want two failures, without secrets; got %q", f.list)
	}
}

// failures is a test that records its failures.
type failures struct {
	testing.TB
	list []string
}

func (f *failures) Helper() {}

func (f *failures) Errorf(format string, args ...any) {
	f.list = append(f.list, fmt.Sprintf(format, args...))
}

// TestWireNormalNames uses names that are not in normal form (RFC 9051 §5.1).
func TestWireNormalNames(t *testing.T) {
	talk(t, newServer(t), `
		1! ENABLE IMAP4rev2
		1> CREATE "e`+"\u0301"+`"
		1< * LIST () "/" "é" ("OLDNAME" ("e`+"\u0301"+`"))
		1< T OK …
		1> LIST "" "*e*"
		1< T OK …
		1> LIST "" "é"
		1< * LIST (\HasNoChildren) "/" "é"
		1< T OK …
		1> STATUS "e`+"\u0301"+`" (MESSAGES)
		1< * STATUS "é" (MESSAGES 0)
		1< T OK …
		# a client that does not know of it is not told
		2> CREATE "a&AwE-"
		2< T OK …
		2> LIST "" "&AOE-"
		2< * LIST (\HasNoChildren) "/" &AOE-
		2< T OK …
	`)
}

// TestWirePartialWindow asks for a window with the higher number first.
func TestWirePartialWindow(t *testing.T) {
	talk(t, newServer(t), `
		deliver INBOX a
		deliver INBOX b
		deliver INBOX c
		deliver INBOX d
		1! SELECT INBOX
		1> UID SEARCH RETURN (PARTIAL 4:2) ALL
		1< * ESEARCH (TAG "A3") UID PARTIAL (2:4 2:4)
		1< T OK …
		1> UID SEARCH RETURN (PARTIAL -3:-1) ALL
		1< * ESEARCH (TAG "A4") UID PARTIAL (-1:-3 2:4)
		1< T OK …
	`)
}

// TestWireInboxes searches with the filter "inboxes".
func TestWireInboxes(t *testing.T) {
	talk(t, newServer(t), `
		deliver INBOX a
		deliver box a
		1> ESEARCH IN (inboxes) ALL
		1< * ESEARCH (TAG "A2" MAILBOX INBOX …
		1< T OK …
	`)
}
