package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// TestSyncBeforeState checks that changes in a Maildir are on the disk before the state that contains them is written.
// If the state were written first and the power failed, the next run would undo the changes on the server.
func TestSyncBeforeState(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "Work/Mail")
	for i := range 3 {
		box.Append(mail(i), parser.FlagSeen)
	}
	a, dir := accountOf(t, srv, nil), filepath.Join(t.TempDir(), "new", "Mail")
	maildir := filepath.Join(dir, "Work", "Mail")
	stateFile := filepath.Join(dir, ".mirror")
	old, _ := os.ReadFile(stateFile)
	var mu sync.Mutex
	synced := map[string]string{} // what a directory contained when it was synced last before the state was replaced
	real := syncDir
	defer func() { syncDir = real }()
	syncDir = func(d string) error {
		mu.Lock()
		defer mu.Unlock()
		if now, _ := os.ReadFile(stateFile); string(now) == string(old) {
			list, err := os.ReadDir(d)
			if err != nil {
				t.Error(err)
			}
			synced[d] = ""
			for _, e := range list {
				synced[d] += e.Name() + "\n"
			}
		} else {
			synced["state"] += d
		}
		return real(d)
	}
	sync := func() {
		t.Helper()
		clear(synced)
		old, _ = os.ReadFile(stateFile)
		if _, err := run(t, a, dir, func(m *mirror) { m.noSync = false }); err != nil {
			t.Fatal(err)
		}
		if synced["state"] != dir {
			t.Errorf("after the state was written, mirror has synced %q, want its directory", synced["state"])
		}
	}
	sync()
	for parent, child := range map[string]string{filepath.Dir(filepath.Dir(dir)): "new", filepath.Dir(dir): "Mail", dir: "Work", filepath.Dir(maildir): "Mail", maildir: "cur"} {
		if !strings.Contains(synced[parent], child+"\n") {
			t.Errorf("when %s was synced, it had %q, want %s", parent, synced[parent], child)
		}
	}
	box.SetFlags([]parser.Flag{parser.FlagSeen, parser.FlagFlagged}, 1)
	box.Expunge(2)
	sync()
	cur := synced[filepath.Join(maildir, "cur")]
	if strings.Count(cur, "\n") != 2 || strings.Count(cur, ":2,FS\n") != 1 {
		t.Errorf("before the state was written, the files on the disk were\n%s\nwant two, one of them with the letters FS", cur)
	}
}

// TestOtherLetters checks that mirror keeps the letters in a file's name that it does not know, when the flags change
// on either side. Dovecot uses lower-case letters for keywords.
func TestOtherLetters(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "INBOX")
	box.Append(mail(1), parser.FlagSeen)
	a, dir := accountOf(t, srv, nil), t.TempDir()
	mustRun(t, a, dir)
	cur := filepath.Join(dir, "INBOX", "cur")
	rename := func(from, to string) {
		t.Helper()
		list, err := filepath.Glob(filepath.Join(cur, "*:2,"+from))
		if err != nil || len(list) != 1 {
			t.Fatalf("got the files %v, %v; want one with the letters %q", list, err, from)
		}
		if err := os.Rename(list[0], strings.TrimSuffix(list[0], from)+to); err != nil {
			t.Fatal(err)
		}
	}
	rename("S", "QSac,x=S")
	box.SetFlags([]parser.Flag{parser.FlagSeen, parser.FlagFlagged}, 1)
	mustRun(t, a, dir)
	rename("FQSac,x=S", "FQRac,x=S") // the user has answered the message, and marked it as not read
	mustRun(t, a, dir)
	same(t, "the flags", filepath.Join(dir, "INBOX"), box)
	box.SetUIDValidity(77)
	mustRun(t, a, dir)
	rename("FQRac,x=S", "FQRac,x=S")
	same(t, "another UIDVALIDITY", filepath.Join(dir, "INBOX"), box)
}

// TestMovedBack moves files out of a Maildir, and back after mirror has deleted their messages on the server. Their names
// have the UIDs of these messages. mirror uploads them again.
func TestMovedBack(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "INBOX")
	for i := range 4 {
		box.Append(mail(i), parser.FlagSeen)
	}
	a, dir, away := accountOf(t, srv, nil), t.TempDir(), t.TempDir()
	mustRun(t, a, dir)
	cur := filepath.Join(dir, "INBOX", "cur")
	list, err := filepath.Glob(filepath.Join(cur, "*"))
	if err != nil || len(list) != 4 {
		t.Fatalf("got the files %v, %v; want four", list, err)
	}
	for _, name := range list[:2] {
		if err := os.Rename(name, filepath.Join(away, filepath.Base(name))); err != nil {
			t.Fatal(err)
		}
	}
	mustRun(t, a, dir)
	if n := box.Status().Messages; n != 2 {
		t.Fatalf("the server has %d messages, want 2", n)
	}
	for _, name := range list[:2] {
		if err := os.Rename(filepath.Join(away, filepath.Base(name)), name); err != nil {
			t.Fatal(err)
		}
	}
	mustRun(t, a, dir)
	if n := box.Status().Messages; n != 4 {
		t.Errorf("the server has %d messages, want 4", n)
	}
	same(t, "moved back", filepath.Join(dir, "INBOX"), box)
	srv.Forget()
	mustRun(t, a, dir)
	if n := len(srv.Received().Named("APPEND")); n > 0 {
		t.Errorf("the next run has uploaded %d messages, want none", n)
	}
}
