package memory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/utils/numset"
)

// openInbox returns a new back end, and the INBOX of its only user, alice.
func openInbox(t *testing.T) (*Backend, *Mailbox) {
	t.Helper()
	b := New()
	if err := b.AddUser("alice", "secret"); err != nil {
		t.Fatal(err)
	}
	u, err := b.Login(t.Context(), "alice", nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := u.Open(t.Context(), "INBOX", serve.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return b, m.(*Mailbox)
}

// TestExpungesAreForgotten expunges many messages from a small mailbox. The mailbox does not remember all of them. For
// a mod-sequence from before those that it remembers, Vanished returns all UIDs below UIDNEXT.
func TestExpungesAreForgotten(t *testing.T) {
	b, m := openInbox(t)
	ctx := context.Background()
	deliver := func(flags ...string) uint32 {
		uid, err := b.Deliver("alice", "INBOX", []byte("Subject: a\r\n\r\n"), flags...)
		if err != nil {
			t.Fatal(err)
		}
		return uid
	}
	kept := deliver()
	var before uint64
	const rounds, last = 10_000, 100
	for i := range rounds {
		if i == rounds-last {
			before = m.modseq
		}
		deliver(`\Deleted`)
		if err := m.Expunge(ctx, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(m.expunged.list); n > 2*minExpunges {
		t.Errorf("the mailbox remembers %d expunges, want at most %d", n, 2*minExpunges)
	}
	for _, c := range []struct {
		name  string
		since uint64
		want  numset.Set
	}{
		{"the first mod-sequence", 1, numset.Span(numset.UID, 1, rounds+1)},
		{"one since which the mailbox remembers all expunges", before, numset.Span(numset.UID, rounds+2-last, rounds+1)},
		{"the newest", m.modseq, numset.Of(numset.UID)},
	} {
		got, err := m.Vanished(ctx, c.since)
		if err != nil || got.String() != c.want.String() {
			t.Errorf("Vanished since %s: got %v, %v; want %v", c.name, got, err, c.want)
		}
	}
	if _, ok := m.find(kept); !ok {
		t.Errorf("the message %d is gone, want it to stay, because it has no \\Deleted", kept)
	}
}

// TestKeywordsAreForgotten gives one message many keywords, one after the other. The mailbox does not remember those
// that the message no longer has.
func TestKeywordsAreForgotten(t *testing.T) {
	b, m := openInbox(t)
	uid, err := b.Deliver("alice", "INBOX", []byte("Subject: a\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	store := func(op parser.StoreOp, flags ...string) error {
		return m.Store(context.Background(), []uint32{uid}, &serve.FlagChange{Op: op, Flags: flags})
	}
	for i := range 20 * maxKeywords {
		if err := store(parser.StoreReplace, `\Seen`, fmt.Sprintf("k%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(m.sets.all); n > 100 {
		t.Errorf("a message with one keyword: the mailbox has %d flags, want at most 100", n)
	}
	if n := len(m.sets.byKey); n > 100 {
		t.Errorf("a message with one keyword: the mailbox remembers %d lists of flags, want at most 100", n)
	}
	last := fmt.Sprintf("k%d", 20*maxKeywords-1)
	if ch, err := m.Changes(context.Background()); err != nil || !has(ch.Flags, last) || !has(ch.Flags, `\Draft`) {
		t.Errorf("Changes.Flags: got %q, %v; want \\Draft and %s to be among them", ch.Flags, err, last)
	}
}

// TestKeywordLimits checks that a mailbox has at most maxKeywords keywords, of at most maxKeyword octets. Keywords that
// no message has any longer do not count.
func TestKeywordLimits(t *testing.T) {
	b, m := openInbox(t)
	message := []byte("Subject: a\r\n\r\n")
	var list []string
	for i := range maxKeywords {
		list = append(list, fmt.Sprintf("k%d", i))
	}
	uid, err := b.Deliver("alice", "INBOX", message, list...)
	if err != nil {
		t.Fatal(err)
	}
	store := func(op parser.StoreOp, flags ...string) error {
		return m.Store(context.Background(), []uint32{uid}, &serve.FlagChange{Op: op, Flags: flags})
	}
	if err := store(parser.StoreAdd, "one-more"); !errors.Is(err, parser.CodeLimit) {
		t.Errorf("STORE of one keyword too many: got %v, want %v", err, parser.CodeLimit)
	}
	if _, err := b.Deliver("alice", "INBOX", message, "one-more"); !errors.Is(err, parser.CodeLimit) {
		t.Errorf("a new message with one keyword too many: got %v, want %v", err, parser.CodeLimit)
	}
	if n := m.store.usage.messages.Load(); n != 1 {
		t.Errorf("after a message was refused: the usage is %d messages, want 1", n)
	}
	if err := store(parser.StoreAdd, `\Seen`, "K7"); err != nil {
		t.Errorf("STORE of existing flags: got %v, want no error", err)
	}
	if err := store(parser.StoreRemove, "k1", "k2"); err != nil {
		t.Fatal(err)
	}
	if err := store(parser.StoreAdd, "one-more"); err != nil {
		t.Errorf("STORE of a keyword after others were removed: got %v, want no error", err)
	}
	if err := store(parser.StoreAdd, strings.Repeat("k", maxKeyword+1)); !errors.Is(err, parser.CodeLimit) {
		t.Errorf("STORE of a long keyword: got %v, want %v", err, parser.CodeLimit)
	}
}
