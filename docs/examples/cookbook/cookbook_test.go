package cookbook

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
)

var update = flag.Bool("update", false, "write docs/cookbook.md anew")

const head = `# Cookbook

Tasks, each a function that a test compiles and runs. ` + "`s`" + ` is a *session.Session that is logged in, as account.Do hands it out or session.Dial and commands.SignIn make it; the
imports are those of [docs/examples/cookbook](examples/cookbook/tasks_test.go). Whole programs are in [docs/examples](examples).
`

// TestDocument compares docs/cookbook.md with the pieces.
func TestDocument(t *testing.T) {
	source, err := os.ReadFile("tasks_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(head)
	for _, m := range regexp.MustCompile(`(?ms)^// (\w[^\n]*)\n(func .*?^})\n`).FindAllSubmatch(source, -1) {
		b.WriteString("\n## " + string(m[1]) + "\n\n```go\n" + string(m[2]) + "\n```\n")
	}
	const file = "../../cookbook.md"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != b.String() {
		t.Errorf("%s is not what tasks_test.go has: go test ./docs/examples/cookbook -run TestDocument -update (%v)", file, err)
	}
}

// TestTasks runs the pieces, in the order of the document.
func TestTasks(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	srv := imaptest.NewServer(t)
	srv.Mailbox("alice", "INBOX").Append([]byte("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\n\r\nHello\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--b--\r\n"))
	c, sc := imaptest.Pipe(0)
	go srv.ServeConn(sc, "alice")
	s, err := session.Open(ctx, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	dir := t.TempDir()
	var file bytes.Buffer
	for i, f := range []func(context.Context, *session.Session) error{
		listTree, findSent, countUnread, showText,
		func(ctx context.Context, s *session.Session) error { return saveAttachments(ctx, s, dir) },
		readMail,
		func(ctx context.Context, s *session.Session) error { return saveMessage(ctx, s, io.Writer(&file)) },
		appendDraft, searchAny, moveAny,
	} {
		if err := f(ctx, s); err != nil {
			t.Errorf("task %d: %v", i+1, err)
		}
	}
	if text, err := os.ReadFile(dir + "/a.pdf"); string(text) != "%PDF-" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if !bytes.HasPrefix(file.Bytes(), []byte("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nContent")) {
		t.Errorf("%q", file.Bytes())
	}
	if n := srv.Mailbox("alice", "INBOX").Status().Messages; n != 0 {
		t.Errorf("%d messages were not moved", n)
	}
}
