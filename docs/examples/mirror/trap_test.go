package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/docs/examples/internal/program"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// TestOtherUIDs gives the mailbox another UIDVALIDITY. mirror recognizes the messages, and neither downloads nor
// uploads them.
func TestOtherUIDs(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "INBOX")
	for i := range 9 {
		box.Append(mail(i))
	}
	a, dir := accountOf(t, srv, nil), t.TempDir()
	mustRun(t, a, dir)
	box.SetUIDValidity(77)
	box.Append(mail(10))
	srv.Forget()
	mustRun(t, a, dir)
	same(t, "another UIDVALIDITY", filepath.Join(dir, "INBOX"), box)
	for _, c := range srv.Received() {
		if strings.HasPrefix(c.String(), "APPEND") || strings.Contains(c.String(), "BODY.PEEK[]") && !strings.Contains(c.String(), "FETCH 10 ") {
			t.Errorf("mirror sent %s, want no transfer of a message that both sides have", c)
		}
	}
}

// TestGlance changes flags in six mailboxes on the server, and expunges a message in one. mirror must learn of this
// with one SELECT for each mailbox, and without FETCH, SEARCH and NOOP.
func TestGlance(t *testing.T) {
	srv := imaptest.NewServer(t)
	var boxes []*imaptest.Mailbox
	for i := range 6 {
		box := srv.Mailbox("alice", fmt.Sprint("Box ", i))
		for j := range 3 {
			box.Append(mail(j))
		}
		boxes = append(boxes, box)
	}
	a, dir := accountOf(t, srv, nil), t.TempDir()
	mustRun(t, a, dir)
	for i, box := range boxes {
		box.SetFlags([]parser.Flag{parser.FlagSeen}, 2)
		if i == 3 {
			box.Expunge(1)
		}
	}
	srv.Forget()
	mustRun(t, a, dir)
	for i, box := range boxes {
		same(t, fmt.Sprint("box ", i), filepath.Join(dir, fmt.Sprint("Box ", i)), box)
	}
	if got := srv.Received(); len(got.Named("SELECT")) != 6 || len(got.Named("FETCH"))+len(got.Named("SEARCH"))+len(got.Named("NOOP")) > 0 {
		t.Errorf("mirror sent %v, want six SELECTs, and no FETCH, SEARCH or NOOP", got.Strings())
	}
}

// TestMovedFile moves a file into another Maildir under the same name, as mail programs do. The name contains the UID
// that the message had in its old mailbox. mirror must not take the file for the message with that UID in the new
// mailbox.
func TestMovedFile(t *testing.T) {
	srv := imaptest.NewServer(t)
	inbox, archive := srv.Mailbox("alice", "INBOX"), srv.Mailbox("alice", "Archive")
	inbox.Append(mail(1), parser.FlagSeen)
	archive.Append(mail(2), parser.FlagSeen)
	a, dir := accountOf(t, srv, nil), t.TempDir()
	mustRun(t, a, dir)
	d := &maildir{dir: filepath.Join(dir, "INBOX")}
	if err := d.scan("none"); err != nil || len(d.fresh) != 1 {
		t.Fatalf("INBOX has the files %v, %v; want one", d.fresh, err)
	}
	name := d.path[d.fresh[0]]
	if err := os.Rename(filepath.Join(dir, "INBOX", name), filepath.Join(dir, "Archive", name)); err != nil {
		t.Fatal(err)
	}
	mustRun(t, a, dir)
	same(t, "INBOX", filepath.Join(dir, "INBOX"), inbox)
	same(t, "Archive", filepath.Join(dir, "Archive"), archive)
	if inbox.Status().Messages != 0 || archive.Status().Messages != 2 {
		t.Errorf("INBOX has %d messages and Archive %d, want 0 and 2", inbox.Status().Messages, archive.Status().Messages)
	}
}

// TestAccident removes all files. mirror must delete nothing on the server, unless the user asks for it.
func TestAccident(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "INBOX")
	for i := range 9 {
		box.Append(mail(i))
	}
	a, dir := accountOf(t, srv, nil), t.TempDir()
	mustRun(t, a, dir)
	if err := os.RemoveAll(filepath.Join(dir, "INBOX")); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, a, dir, nil); err == nil || !strings.Contains(err.Error(), "-delete-all") || box.Status().Messages != 9 {
		t.Errorf("without -delete-all: got %v, and the server has %d messages; want an error and 9 messages", err, box.Status().Messages)
	}
	if _, err := run(t, a, dir, func(m *mirror) { m.deleteAll = true }); err != nil || box.Status().Messages != 0 {
		t.Errorf("with -delete-all: got %v, and the server has %d messages; want none", err, box.Status().Messages)
	}
}

// TestMailboxes creates one mailbox on each side, and deletes one on the server.
func TestMailboxes(t *testing.T) {
	srv := imaptest.NewServer(t)
	srv.Mailbox("alice", "Old").Append(mail(1))
	a, dir := accountOf(t, srv, nil), t.TempDir()
	d := &maildir{dir: filepath.Join(dir, "New", "Sub")}
	if err := d.make(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "cur", "1.x:2,FS"), []byte("Subject: x\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, a, dir)
	same(t, "new", d.dir, srv.Mailbox("alice", "New/Sub"))
	if err := srv.DeleteMailbox("alice", "Old"); err != nil {
		t.Fatal(err)
	}
	if out := mustRun(t, a, dir); !strings.Contains(out, "Old has been deleted on the server") || localLines(t, filepath.Join(dir, "Old")) == "" {
		t.Errorf("the deleted mailbox is not reported, or its Maildir is empty:\n%s", out)
	}
	srv.ExpectMailboxes(t, "alice", "INBOX", "New/Sub")
}

// TestErrors tries what users get wrong. Each error is one line that names the cause.
func TestErrors(t *testing.T) {
	srv := imaptest.NewServer(t)
	a := accountOf(t, srv, nil)
	for name, c := range map[string]struct {
		before func(dir string)
		change func(m *mirror)
		want   string
	}{
		"a state that cannot be read": {func(dir string) {
			os.WriteFile(filepath.Join(dir, ".mirror"), []byte("{\"INBOX\": \"resync 1\"}"), 0o600)
		}, nil, "state cannot be read"},
		"a directory that is a file": {nil, func(m *mirror) { os.WriteFile(m.dir+"/x", nil, 0o600); m.dir += "/x" }, "not a directory"},
		"two at a time": {nil, func(m *mirror) {
			unlock, err := lock(m.stateFile + ".lock")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(unlock)
		}, "another run holds"},
		"a server that lists nothing": {func(string) {
			srv.Inject(imaptest.Answer{Status: parser.NO, Text: "not now"}, imaptest.When{Command: "LIST", Times: 1})
		}, nil, "not now"},
	} {
		dir := t.TempDir()
		if c.before != nil {
			c.before(dir)
		}
		_, err := run(t, a, dir, c.change)
		if err == nil || !strings.Contains(program.Explain(err), c.want) || strings.Contains(program.Explain(err), "\n") {
			t.Errorf("%s: got %v, want one line with %q", name, err, c.want)
		}
	}
}

// TestLineEnds writes a text in two pieces, cut at every place. The line ends of the result must be the same each time.
func TestLineEnds(t *testing.T) {
	for text, want := range map[string]string{"a\r\nb\r\n": "a\nb\n", "\r\r\n\r": "\r\n\r", "a\rb\n\r\n": "a\rb\n\n", "": ""} {
		for i := range len(text) + 1 {
			var out strings.Builder
			w := &lfWriter{w: &out}
			w.Write([]byte(text[:i]))
			w.Write([]byte(text[i:]))
			if w.flush(); out.String() != want {
				t.Errorf("%q, cut at %d: got %q, want %q", text, i, out.String(), want)
			}
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ name, delim, dir string }{
		{"INBOX", "/", "INBOX"}, {"a/b c", "/", "a/b c"}, {"INBOX.Sent", ".", "INBOX/Sent"}, {"cur/x", "/", "%63ur/x"}, {".hidden/..", "/", "%2Ehidden/%2E."},
		{"a/b", ".", "a%2Fb"}, {"Entwürfe", "/", "Entwürfe"}, {"a%b:c\\d", "/", "a%25b%3Ac%5Cd"}, {"a//b", "/", "a/%/b"}, {"whole", "", "whole"},
	} {
		if got := dirOf(c.name, c.delim); got != filepath.FromSlash(c.dir) || nameOf(got, c.delim) != c.name {
			t.Errorf("dirOf(%q) = %q, want %q; nameOf turns that into %q", c.name, got, c.dir, nameOf(got, c.delim))
		}
	}
	for pattern, want := range map[string]bool{"INBOX": false, "Lists/*": true, "*go*": true, "*": true, "*/golang": true, "L*s/g*": true, "L*x": false, "": true} {
		if (&mirror{only: pattern}).wanted("Lists/golang") != want {
			t.Errorf("pattern %q: got %v, want %v", pattern, !want, want)
		}
	}
}
