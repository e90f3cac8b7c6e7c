package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// TestUserNames tries to rename a mailbox although a mailbox below it would get the name of another mailbox. It also
// tries to open names that are not those of mailboxes, and renames a name that only has mailboxes below it.
func TestUserNames(t *testing.T) {
	ctx := context.Background()
	b := &backend{root: t.TempDir(), users: map[string]*user{}}
	if _, err := b.Login(ctx, "cur", nil); err != nil { // a user whose directory is named cur, like a directory of a Maildir
		t.Fatal(err)
	}
	logged, err := b.Login(ctx, "alice", nil)
	if err != nil {
		t.Fatal(err)
	}
	u := logged.(*user)
	for _, name := range []string{"a", "a/x", "b/x"} {
		if err := u.Create(ctx, name, nil); err != nil {
			t.Fatal(err)
		}
	}
	validity := func(name string) uint32 {
		t.Helper()
		m, err := u.Open(ctx, name, serve.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ch, err := m.Changes(ctx)
		if err = errors.Join(err, m.Close()); err != nil {
			t.Fatal(err)
		}
		return ch.UIDValidity
	}
	names := []string{"a", "a/x", "b/x"}
	var before []uint32
	for _, name := range names {
		before = append(before, validity(name))
	}
	if err := u.Rename(ctx, "a", "b"); !errors.Is(err, parser.CodeAlreadyExists) {
		t.Errorf("Rename: got %v, want %v", err, parser.CodeAlreadyExists)
	}
	for i, name := range names {
		if got := validity(name); got != before[i] {
			t.Errorf("UIDVALIDITY of %s after the Rename: got %d, want %d", name, got, before[i])
		}
	}
	for _, name := range []string{"", "/"} {
		if _, err := u.Open(ctx, name, serve.OpenOptions{}); !errors.Is(err, parser.CodeNonExistent) {
			t.Errorf("Open of %q: got %v, want %v", name, err, parser.CodeNonExistent)
		}
	}
	// A name that only has mailboxes below it can be renamed too.
	if err := u.Rename(ctx, "b", "c/d"); err != nil {
		t.Fatal(err)
	}
	if got := validity("c/d/x"); got != before[2] {
		t.Errorf("UIDVALIDITY of b/x, now c/d/x: got %d, want %d", got, before[2])
	}
	if err := u.Rename(ctx, "b", "e"); !errors.Is(err, parser.CodeNonExistent) {
		t.Errorf("Rename of a name without mailboxes: got %v, want %v", err, parser.CodeNonExistent)
	}
}

// TestRenameFails checks that a Rename that fails in the middle renames nothing, because the client gets NO.
func TestRenameFails(t *testing.T) {
	ctx := context.Background()
	b := &backend{root: t.TempDir(), users: map[string]*user{}}
	logged, err := b.Login(ctx, "alice", nil)
	if err != nil {
		t.Fatal(err)
	}
	u := logged.(*user)
	names := []string{"a", "a/x", "a/y"}
	for _, name := range names {
		if err := u.Create(ctx, name, nil); err != nil {
			t.Fatal(err)
		}
	}
	// This directory is not a mailbox. But because it is not empty, no other directory can be renamed to its name.
	if err := os.MkdirAll(filepath.Join(u.path("b/y"), "notes"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := u.Rename(ctx, "a", "b"); err == nil {
		t.Fatal("Rename to the name of a directory with files: got no error")
	}
	for _, name := range names {
		m, err := u.Open(ctx, name, serve.OpenOptions{})
		if err != nil {
			t.Errorf("%s after the Rename: %v", name, err)
			continue
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := u.Open(ctx, "b/x", serve.OpenOptions{}); !errors.Is(err, parser.CodeNonExistent) {
		t.Errorf("b/x after the Rename: got %v, want %v", err, parser.CodeNonExistent)
	}
}
