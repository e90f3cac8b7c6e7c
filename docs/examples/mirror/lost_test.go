package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/docs/examples/internal/exampletest"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// TestLeftOut plays a server that leaves messages out of its answer with their texts. The run must fail, the next run
// must download the messages, and none may be deleted on the server.
func TestLeftOut(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "INBOX")
	for i := range 3 {
		box.Append(mail(i))
	}
	srv.Inject(imaptest.Answer{Status: parser.OK}, imaptest.When{Command: "FETCH", Skip: 1, Times: 1})
	a, dir := accountOf(t, srv, nil), t.TempDir()
	if out, err := run(t, a, dir, nil); err == nil {
		t.Errorf("the server left out three messages, and mirror reported success:\n%s", out)
	}
	mustRun(t, a, dir)
	if n := box.Status().Messages; n != 3 {
		t.Errorf("the server has %d messages after the second run, want 3", n)
	}
	same(t, "after the second run", filepath.Join(dir, "INBOX"), box)
}

// TestSameUIDsAgain deletes a mailbox and creates it again with the UIDVALIDITY that it had. mirror must not take the
// files for the messages that have their UIDs now.
func TestSameUIDsAgain(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "Work")
	box.SetUIDValidity(1)
	for i := range 3 {
		box.Append(mail(i))
	}
	a, dir := accountOf(t, srv, nil), t.TempDir()
	mustRun(t, a, dir)
	if err := srv.DeleteMailbox("alice", "Work"); err != nil {
		t.Fatal(err)
	}
	box = srv.Mailbox("alice", "Work")
	box.SetUIDValidity(1)
	for i := range 4 {
		box.Append(mail(2 + i))
	}
	mustRun(t, a, dir)
	for range 2 {
		same(t, "created again", filepath.Join(dir, "Work"), box)
		if n := box.Status().Messages; n != 6 {
			t.Errorf("the server has %d messages, want the 4 that were there and the 2 that only the Maildir had", n)
		}
		mustRun(t, a, dir)
	}
}

// TestOtherDirectory makes Maildirs whose mailboxes belong in directories of other names. A mailbox made for such a
// Maildir would get a second Maildir, and lose its messages because that is empty. So mirror must report the directory,
// upload nothing from it, and mirror the others.
func TestOtherDirectory(t *testing.T) {
	for _, name := range []string{"Re: you", "a%41"} {
		srv := imaptest.NewServer(t)
		srv.Mailbox("alice", "INBOX").Append(mail(1))
		a, dir := accountOf(t, srv, nil), t.TempDir()
		d := &maildir{dir: filepath.Join(dir, name)}
		if err := d.make(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d.dir, "cur", "1.x:2,S"), []byte("Subject: x\n\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if out, err := run(t, a, dir, nil); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: got %v, want an error that names the directory\n%s", name, err, out)
			}
			same(t, fmt.Sprint(name, ": INBOX"), filepath.Join(dir, "INBOX"), srv.Mailbox("alice", "INBOX"))
			srv.ExpectMailboxes(t, "alice", "INBOX")
		}
	}
}

// TestFileMissed reads a Maildir while a file is out of sight, as it is while a mail program moves it from new to cur.
// mirror must look again before it deletes the message on the server.
func TestFileMissed(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "INBOX")
	box.Append(mail(1))
	a, dir := accountOf(t, srv, nil), t.TempDir()
	mustRun(t, a, dir)
	d := &maildir{dir: filepath.Join(dir, "INBOX")}
	if err := d.scan("none"); err != nil || len(d.fresh) != 1 {
		t.Fatalf("INBOX has the files %v, %v; want one", d.fresh, err)
	}
	name, hidden := filepath.Join(d.dir, d.path[d.fresh[0]]), filepath.Join(dir, "hidden")
	if err := os.Rename(name, hidden); err != nil {
		t.Fatal(err)
	}
	m := &mirror{account: a, dir: dir, out: io.Discard, noSync: true}
	var err error
	if m.states, err = loadStates(filepath.Join(dir, ".mirror")); err != nil {
		t.Fatal(err)
	}
	err = a.Do(t.Context(), "", func(s *session.Session) error {
		w, err := m.begin(s, mailbox{name: "INBOX", dir: d.dir})
		if err == nil {
			err = os.Rename(hidden, name)
		}
		if err == nil {
			err = w.run(t.Context())
		}
		return err
	})
	if n := box.Status().Messages; n != 1 || err != nil {
		t.Errorf("got %v, and the server has %d messages; want 1", err, n)
	}
	same(t, "INBOX", d.dir, box)
}

// TestRefusedUpload has more new files than mirror sends at a time, and the server refuses the first. The others must be
// uploaded all the same, and the run must fail.
func TestRefusedUpload(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "INBOX")
	a, dir := accountOf(t, srv, nil), t.TempDir()
	mustRun(t, a, dir)
	for i := range inFlight + 9 {
		name := filepath.Join(dir, "INBOX", "cur", fmt.Sprintf("%03d.x:2,S", i))
		if err := os.WriteFile(name, fmt.Appendf(nil, "Subject: %d\n\ntext\n", i), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	srv.Inject(imaptest.Answer{Code: parser.CodeTooBig}, imaptest.When{Command: "APPEND", Times: 1})
	if _, err := run(t, a, dir, nil); err == nil || !strings.Contains(err.Error(), "000.x") {
		t.Errorf("one message was refused: got %v, want an error that names its file", err)
	}
	if n := box.Status().Messages; n != inFlight+8 {
		t.Errorf("the server has %d messages, want all but one of %d", n, inFlight+9)
	}
	mustRun(t, a, dir)
	same(t, "after the second run", filepath.Join(dir, "INBOX"), box)
}

// TestEndedBetween ends a run between two mailboxes whose changes one answer has reported. The run must not report
// success, because one of the mailboxes was left out.
func TestEndedBetween(t *testing.T) {
	srv := imaptest.NewServer(t)
	names := []string{"One", "Two"}
	for _, name := range names {
		srv.Mailbox("alice", name).Append(mail(1))
	}
	a, dir := accountOf(t, srv, nil), t.TempDir()
	mustRun(t, a, dir)
	for _, name := range names {
		srv.Mailbox("alice", name).SetFlags([]parser.Flag{parser.FlagFlagged}, 1)
	}
	ctx, cancel := context.WithCancel(t.Context())
	m := &mirror{account: a, conns: 1, dir: dir, stateFile: filepath.Join(dir, ".mirror"), noSync: true, verbose: true}
	var out strings.Builder
	m.out = writerFunc(func(p []byte) (int, error) {
		cancel()
		return out.Write(p)
	})
	if err := m.run(ctx); err == nil {
		t.Errorf("the run was ended after the first line, and reported success:\n%s", &out)
	}
	mustRun(t, a, dir)
	for _, name := range names {
		same(t, name, filepath.Join(dir, name), srv.Mailbox("alice", name))
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestLate checks that the files have the right UIDs, flags and dates if a server sends these after the texts.
func TestLate(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "INBOX")
	date := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	for i := range 3 {
		box.AppendAt(date, append(mail(i), strings.Repeat("0123456789\r\n", 10_000)...), parser.FlagSeen) // too large to be read ahead
	}
	dir := t.TempDir()
	mustRun(t, accountOf(t, srv, exampletest.Late), dir)
	same(t, "late", filepath.Join(dir, "INBOX"), box)
	list, err := filepath.Glob(filepath.Join(dir, "INBOX", "cur", "*"))
	if err != nil || len(list) != 3 {
		t.Fatalf("got the files %v, %v; want three", list, err)
	}
	for _, name := range list {
		if st, err := os.Stat(name); err != nil || !st.ModTime().Equal(date) {
			t.Errorf("%s: got the date %v, %v; want %v", name, st.ModTime(), err, date)
		}
	}
}
