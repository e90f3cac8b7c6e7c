package cookbook

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

var update = flag.Bool("update", false, "write docs/cookbook.md")

const document = "../../cookbook.md"

// chapters are the files with the tasks, in the order of the document.
var chapters = []struct{ file, title, intro string }{
	{"connecting_test.go", "Connecting and signing in", ""},
	{"staying_test.go", "Staying connected", "Package `commands/account` does this for one account: a pool of connections, reconnecting with backoff, tokens, throttling, and waiting for mail. [errors.md](errors.md) says what its errors mean."},
	{"mailboxes_test.go", "Mailboxes", ""},
	{"reading_test.go", "Reading messages", "The functions open INBOX with EXAMINE, so they change nothing. Package `commands/content` sorts and decodes the parts of a message."},
	{"searching_test.go", "Searching and sorting", ""},
	{"changing_test.go", "Changing messages", ""},
	{"archiving_test.go", "Copies, archives and migration", ""},
	{"safety_test.go", "Limits, timeouts and logs", ""},
	{"testing_test.go", "Testing", "[testing.md](testing.md) says more."},
	{"extending_test.go", "Beyond the library", ""},
}

const head = `# Cookbook

This page has some seventy tasks of a few lines each. Each task is Go code from [docs/examples/cookbook](examples/cookbook), where a test
runs it against a server in memory or a transcript, and checks the result. A parameter ` + "`s`" + ` is a *session.Session. It is signed in, except in the tasks
that sign in: the first task makes such a session, and Account.Do lends one. Each chapter names its file, which has the imports. Whole programs are in [docs/examples](examples).
`

type task struct{ title, text, name, code string }

// tasks returns the tasks of a file: functions, types and variables whose comment begins with a title, and not with the
// name of what it describes.
func tasks(t *testing.T, file string) (list []task) {
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^// (\w[^\n]*)\n((?://[^\n]*\n)*)((?:func|type|var) (\w+)(?s:.*?)\n(?:}|\)))\n`).FindAllStringSubmatch(string(source), -1) {
		if strings.HasPrefix(m[4], "Test") || strings.HasPrefix(m[1], m[4]+" ") {
			continue
		}
		text := regexp.MustCompile(`(?m)^// ?`).ReplaceAllString(m[2], "")
		list = append(list, task{m[1], strings.TrimSpace(text), m[4], m[3]})
	}
	return list
}

// anchor returns the anchor that GitHub gives a heading.
func anchor(title string) string {
	title = regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(title), "")
	return strings.ReplaceAll(title, " ", "-")
}

// TestDocument compares docs/cookbook.md with the tasks, and checks that a test calls each task.
func TestDocument(t *testing.T) {
	var index, body strings.Builder
	sum := 0
	known := map[string]bool{}
	for _, c := range chapters {
		source, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		known[c.file] = true
		fmt.Fprintf(&index, "\n**[%s](#%s)**: ", c.title, anchor(c.title))
		fmt.Fprintf(&body, "\n## %s\n\n", c.title)
		if c.intro != "" {
			body.WriteString(c.intro + "\n\n")
		}
		fmt.Fprintf(&body, "File: [%s](examples/cookbook/%[1]s).\n", c.file)
		for i, k := range tasks(t, c.file) {
			if i > 0 {
				index.WriteString(" · ")
			}
			sum++
			fmt.Fprintf(&index, "[%s](#%s)", k.title, anchor(k.title))
			fmt.Fprintf(&body, "\n### %s\n", k.title)
			if k.text != "" {
				body.WriteString("\n" + k.text + "\n")
			}
			body.WriteString("\n```go\n" + k.code + "\n```\n")
			if len(regexp.MustCompile(`\b`+k.name+`\b`).FindAll(source, -1)) < 2 {
				t.Errorf("%s: no test calls %s", c.file, k.name)
			}
		}
		index.WriteString("\n")
	}
	if sum < 40 {
		t.Errorf("got %d tasks, want at least 40", sum)
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !known[f] && f != "cookbook_test.go" {
			t.Errorf("%s is not in chapters", f)
		}
	}
	want := head + index.String() + body.String()
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(document); err != nil || string(text) != want {
		t.Errorf("%s differs from the tasks: go test ./docs/examples/cookbook -run TestDocument -update (%v)", document, err)
	}
}

// open connects to srv in memory, as a user who is signed in.
func open(t *testing.T, srv *imaptest.Server, user string) *session.Session {
	t.Helper()
	c, sc := imaptest.Pipe(0)
	go srv.ServeConn(sc, user)
	s, err := session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// alice returns an account of the user alice, whose connections are in memory.
func alice(t *testing.T, srv *imaptest.Server, change func(*account.Options)) *account.Account {
	opt := account.Options{
		Dialer:      transport.DialFunc(func(context.Context) (transport.Conn, error) { return srv.Pipe(), nil }),
		Credentials: auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")},
		Auth:        auth.Options{AllowPlaintext: true},
	}
	if change != nil {
		change(&opt)
	}
	a := account.New(opt)
	t.Cleanup(a.Close)
	return a
}

// add appends messages to a mailbox of alice.
func add(t *testing.T, srv *imaptest.Server, mailbox string, messages ...string) {
	t.Helper()
	for _, m := range messages {
		if _, err := srv.Mailbox("alice", mailbox).Append([]byte(m)); err != nil {
			t.Fatal(err)
		}
	}
}

// mailOf returns a short message.
func mailOf(subject string) string { return "Subject: " + subject + "\r\n\r\n" + subject + "\r\n" }

// flagged reports whether a message has a flag.
func flagged(srv *imaptest.Server, mailbox string, uid uint32, flag parser.Flag) bool {
	m, _ := srv.Mailbox("alice", mailbox).Message(uid)
	for _, f := range m.Flags {
		if f == flag {
			return true
		}
	}
	return false
}

// inBubble runs f in a testing/synctest bubble, where waiting takes no time.
func inBubble(t *testing.T, f func(t *testing.T, srv *imaptest.Server), opts ...imaptest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv, err := imaptest.New(append([]imaptest.Option{imaptest.WithUser("alice", "secret")}, opts...)...)
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		f(t, srv)
	})
}
