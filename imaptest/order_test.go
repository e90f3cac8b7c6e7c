package imaptest_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// pipeline sends commands at once, with the tags a, b, c …, and returns the responses up to the last tagged one.
func (c *rawClient) pipeline(cmds ...string) (lines []string) {
	c.t.Helper()
	var text strings.Builder
	for i, cmd := range cmds {
		fmt.Fprintf(&text, "%c %s\r\n", 'a'+i, cmd)
	}
	if _, err := c.c.Write([]byte(text.String())); err != nil {
		c.t.Fatal(err)
	}
	for left := len(cmds); left > 0; {
		line := strings.TrimSuffix(c.line(), "\r\n")
		if line == "" {
			return append(lines, "EOF")
		}
		lines = append(lines, line)
		if line[1] == ' ' && line[0] >= 'a' && line[0] <= 'z' {
			left--
		}
	}
	return lines
}

// three returns a server whose INBOX has three messages.
func three(t testing.TB, opts ...imaptest.Option) *imaptest.Server {
	t.Helper()
	srv := newServer(t, opts...)
	inbox := srv.Mailbox("alice", "INBOX")
	for i := range 3 {
		inbox.Append(fmt.Appendf(nil, "Subject: %d\r\n\r\n", i+1))
	}
	return srv
}

// TestOrderTaggedLast sends several commands at once to a server that sends all data before the tagged responses. The
// expected responses are those of Dovecot 2.3.19 to the same commands, with two exceptions: flags and texts differ, and
// Dovecot sends the results of SEARCH before the data of a FETCH.
func TestOrderTaggedLast(t *testing.T) {
	completed := regexp.MustCompile(`( UID)? [A-Z]+ completed$`)
	for _, test := range []struct {
		name   string
		cmds   []string
		want   string
		faults func(*imaptest.Server)
	}{
		{"SEARCH", []string{"SEARCH 1", "SEARCH 2"}, "* SEARCH 1|* SEARCH 2|a OK|b OK", nil},
		{"FETCH", []string{"FETCH 1 UID", "FETCH 2 UID"}, "* 1 FETCH (UID 1)|* 2 FETCH (UID 2)|a OK|b OK", nil},
		{"STORE", []string{`STORE 1 +FLAGS (\Seen)`, "FETCH 1 FLAGS", "SEARCH SEEN"},
			`* 1 FETCH (FLAGS (\Recent \Seen))|* 1 FETCH (FLAGS (\Recent \Seen))|* SEARCH 1|a OK|b OK|c OK`, nil},
		{"an error", []string{"FETCH 1 UID", "NONSENSE", "FETCH 9 UID", "SEARCH (", "LIST \"\" INBOX"},
			`* 1 FETCH (UID 1)|b BAD …|c BAD …|d BAD …|* LIST (\HasNoChildren) "/" INBOX|e OK|a OK`, nil},
		{"EXPUNGE after all data", []string{`UID STORE 1 +FLAGS.SILENT (\Deleted)`, "UID EXPUNGE 1", "UID FETCH 2 UID", "UID SEARCH ALL"},
			"* 2 FETCH (UID 2)|* SEARCH 2 3|* 1 EXPUNGE|a OK|b OK|c OK|d OK", nil},
		{"MOVE after MOVE", []string{"UID MOVE 1 INBOX", "UID MOVE 2 INBOX", "NOOP"},
			"* OK [COPYUID … 1 4] moved|* OK [COPYUID … 2 5] moved|* 1 EXPUNGE|* 1 EXPUNGE|* 3 EXISTS|* 3 RECENT|a OK|b OK|c OK", nil},
		{"STATUS", []string{"SEARCH 1", "STATUS INBOX (MESSAGES)", "NOOP"}, "* SEARCH 1|* STATUS INBOX (MESSAGES 3)|b OK|a OK|c OK", nil},
		// The server sends no EXPUNGE while a FETCH is unanswered. After an EXPUNGE, no response has a sequence number
		// that was valid before it.
		{"EXPUNGE after FETCH", []string{`STORE 1 +FLAGS.SILENT (\Deleted)`, "FETCH 2 UID", "EXPUNGE", "NOOP", "FETCH 1 UID", "FETCH 2 UID"},
			"* 2 FETCH (UID 2)|a OK|b OK|* 1 EXPUNGE|c OK|d OK|* 1 FETCH (UID 2)|* 2 FETCH (UID 3)|e OK|f OK", nil},
		{"SELECT is answered in turn", []string{"SEARCH 1", "SEARCH 2", "UNSELECT", "STATUS INBOX (MESSAGES)"},
			"* SEARCH 1|* SEARCH 2|a OK|b OK|c OK|* STATUS INBOX (MESSAGES 3)|d OK", nil},
		{"LOGOUT is last", []string{"SEARCH 1", "NOOP", "LOGOUT"}, "* SEARCH 1|a OK|b OK|* BYE …|c OK", nil},
		{"what changes an answer", []string{"SEARCH 1", "NOOP"}, "* SEARCH 1|* SEARCH 1|a OK|b OK", func(s *imaptest.Server) {
			s.Inject(imaptest.Duplicate{}, imaptest.When{Command: "SEARCH"})
		}},
		{"a fault with a moment", []string{"SEARCH 1", "SEARCH 2", "NOOP"}, "* SEARCH 1|a OK|* SEARCH 2|* 4 EXISTS|b OK|c OK", func(s *imaptest.Server) {
			s.Inject(imaptest.Say{Lines: []string{"* 4 EXISTS"}}, imaptest.When{Command: "SEARCH", Moment: imaptest.During, Response: 1, Skip: 1})
		}},
		{"BYE", []string{"SEARCH 1", "SEARCH 2", "NOOP"}, "* SEARCH 1|* SEARCH 2|a OK|b OK|* BYE …|EOF", func(s *imaptest.Server) {
			s.Inject(imaptest.Bye{}, imaptest.When{Command: "NOOP"})
		}},
		{"another answer", []string{"SEARCH 1", "SEARCH 2", "NOOP"}, "* SEARCH 1|a OK|b NO …|c OK", func(s *imaptest.Server) {
			s.Inject(imaptest.Answer{Status: parser.NO}, imaptest.When{Command: "SEARCH", Skip: 1, Times: 1})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			srv := three(t, imaptest.WithOrder(imaptest.TaggedLast))
			c := login(t, srv, "INBOX")
			if test.faults != nil {
				test.faults(srv)
			}
			var got []string
			for _, line := range c.pipeline(test.cmds...) {
				got = append(got, completed.ReplaceAllString(line, ""))
			}
			want := strings.Split(test.want, "|")
			for i := range min(len(got), len(want)) {
				if head, tail, ok := strings.Cut(want[i], "…"); ok && strings.HasPrefix(got[i], head) && strings.HasSuffix(got[i], tail) {
					got[i] = want[i]
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

// TestOrderLiteral sends half a command after whole ones. The server must send the responses that it holds back before
// it waits for its client.
func TestOrderLiteral(t *testing.T) {
	for _, o := range []imaptest.Order{imaptest.TaggedLast, imaptest.Mixed} {
		c := login(t, three(t, imaptest.WithOrder(o)), "INBOX")
		c.send("a SEARCH 1\r\nb NOOP\r\nc APPEND INBOX {4}")
		got := []string{c.line(), c.line(), c.line()}
		slices.Sort(got)
		if want := []string{"* SEARCH 1\r\n", "a OK SEARCH completed\r\n", "b OK NOOP completed\r\n"}; !slices.Equal(got, want) {
			t.Errorf("%v: got %q, want %q", o, got, want)
		}
		if got := c.line(); !strings.HasPrefix(got, "+ ") {
			t.Errorf("%v: want a continuation request, got %q", o, got)
		}
		c.c.Write([]byte("A:\r\n\r\nd SEAR")) // ends in the middle of the word SEARCH
		for _, want := range []string{"* 4 EXISTS\r\n", "* 4 RECENT\r\n", "c OK [APPENDUID"} {
			if got := c.line(); !strings.HasPrefix(got, want) {
				t.Errorf("%v: %q, want %q", o, got, want)
			}
		}
		c.send("CH 4")
		if got := c.line() + c.line(); got != "* SEARCH 4\r\nd OK SEARCH completed\r\n" {
			t.Errorf("%v: the answer to the last SEARCH is %q", o, got)
		}
	}
}

// TestOrderMixed sends the same commands to servers with many seeds. Each order must be one that RFC 9051 §5.5 allows,
// and every order for which clients must be ready must occur.
func TestOrderMixed(t *testing.T) {
	cmds := []string{
		"FETCH 1:2 UID", "FETCH 2:3 RFC822.SIZE", "SEARCH 1", "SEARCH RETURN (COUNT) 2", "STATUS INBOX (MESSAGES)", "SEARCH 3", "NAMESPACE",
		`STORE 3 +FLAGS (\Seen)`, "FETCH 3 (UID FLAGS)", `LIST "" *`,
	}
	// want maps the tag of each command to the beginnings of its responses, in order.
	want := map[byte][]string{}
	inTurn := login(t, three(t), "INBOX").pipeline(cmds...)
	tag := byte('a')
	for _, line := range inTurn {
		want[tag] = append(want[tag], line)
		if line[0] == tag {
			tag++
		}
	}
	seen := map[string]bool{}
	for seed := range uint64(300) {
		c := login(t, three(t, imaptest.WithOrder(imaptest.Mixed), imaptest.WithSeed(seed)), "INBOX")
		got := c.pipeline(cmds...)
		if len(got) != len(inTurn) {
			t.Fatalf("seed %d: %q", seed, got)
		}
		at := func(tag byte, i int) int {
			n := slices.Index(got, want[tag][i])
			if n < 0 {
				t.Fatalf("seed %d: no %q in %q", seed, want[tag][i], got)
			}
			return n
		}
		done := func(tag byte) int { return at(tag, len(want[tag])-1) }
		for tag, lines := range want {
			for i := 1; i < len(lines); i++ {
				if at(tag, i-1) > at(tag, i) {
					t.Fatalf("seed %d: the answer to %c is not in order: %q", seed, tag, got)
				}
			}
		}
		for _, rule := range []struct {
			before, after int
			why           string
		}{
			{at('a', 1), at('b', 0), "message 2 is reported in the order of the commands"},
			{at('c', 0), at('f', 0), "SEARCH does not say which command it answers"},
			{done('a'), at('h', 0), "STORE changes what is fetched"},
			{done('b'), at('h', 0), "STORE changes what is fetched"},
			{done('c'), at('h', 0), "STORE changes what is searched"},
			{done('h'), at('i', 0), "STORE changes what is fetched"},
		} {
			if rule.before > rule.after {
				t.Fatalf("seed %d: %s: %q", seed, rule.why, got)
			}
		}
		for name, is := range map[string]bool{
			"b done before a":               done('b') < done('a'),
			"d's data before c's":           at('d', 0) < at('c', 0),
			"c within a":                    at('c', 0) > at('a', 0) && at('c', 0) < at('a', 1),
			"all data before all answers":   at('f', 0) < min(done('a'), done('b'), done('c'), done('d'), done('e')),
			"NAMESPACE first":               at('g', 0) == 0,
			"NAMESPACE after the STORE":     at('g', 0) > done('h'),
			"a within b":                    at('a', 1) < at('b', 0) && done('b') > at('a', 1) && done('a') > at('b', 0) && done('a') < done('b'),
			"two answers apart by a's data": at('a', 0) < done('c') && done('c') < at('a', 1),
		} {
			seen[name] = seen[name] || is
		}
	}
	for name, is := range seen {
		if !is {
			t.Errorf("no seed gave this order: %s", name)
		}
	}
}
