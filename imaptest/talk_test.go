package imaptest_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
)

// talk plays the exact lines that several clients send and read. Each line of the text is one of these:
//
//	1 user bob           the user on connection 1; alice by default
//	1> NOOP              connection 1 sends a command, with a tag before it
//	1: DONE              connection 1 sends a line unchanged
//	1! NOOP              like ">", and skips everything up to a tagged OK
//	1< * 3 EXISTS        connection 1 receives a line; "…" is anything, "T" the tag of the last command
//	deliver INBOX x      a message with that subject arrives in alice's mailbox
//
// A connection begins when it is first named. In the lines that are sent, "\r\n" stands for CRLF and "\\" for a
// backslash.
func talk(t *testing.T, srv *imaptest.Server, text string) {
	t.Helper()
	users, conns := map[string]string{}, map[string]*rawClient{}
	conn := func(n string) *rawClient {
		if conns[n] == nil {
			c := newRaw(t, srv.Pipe())
			c.line()
			user := "alice"
			if u := users[n]; u != "" {
				user = u
			}
			c.ok("LOGIN " + user + " secret")
			conns[n] = c
		}
		return conns[n]
	}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimLeft(line, " \t")
		at := fmt.Sprintf("line %d %q", i+1, line)
		if line == "" || line[0] == '#' {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "deliver "); ok {
			box, subject, _ := strings.Cut(rest, " ")
			if _, err := srv.Mailbox("alice", box).Append([]byte("From: Zoe <zoe@example.org>\r\nSubject: " + subject + "\r\n\r\n" + subject + "\r\n")); err != nil {
				t.Fatalf("%s: the message cannot be appended: %v", at, err)
			}
			continue
		}
		n, rest := line[:1], strings.TrimPrefix(line[2:], " ")
		said := strings.NewReplacer(`\r\n`, "\r\n", `\\`, `\`).Replace(rest)
		switch line[1] {
		case ' ':
			users[n] = strings.TrimPrefix(rest, "user ")
		case '>':
			c := conn(n)
			c.tag++
			c.send("A%d %s", c.tag, said)
		case ':':
			conn(n).send("%s", said)
		case '!':
			c := conn(n)
			if lines := c.do(said); !strings.HasPrefix(lines[len(lines)-1], "T OK") {
				t.Fatalf("%s: want OK, got %q", at, lines)
			}
		case '<':
			c := conn(n)
			c.c.SetReadDeadline(time.Now().Add(2 * time.Minute))
			got := strings.TrimSuffix(c.line(), "\r\n")
			if after, ok := strings.CutPrefix(got, fmt.Sprintf("A%d ", c.tag)); ok {
				got = "T " + after
			}
			want := strings.ReplaceAll(regexp.QuoteMeta(strings.ReplaceAll(rest, `\r\n`, "\r\n")), "…", "(?s:.*)")
			if !regexp.MustCompile("^" + want + "$").MatchString(got) {
				t.Fatalf("%s: got %q (%v)", at, got, c.last)
			}
		default:
			t.Fatalf("%s: the second character of the line is unknown", at)
		}
	}
}
