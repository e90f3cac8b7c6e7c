package fallback_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fallback"
	"github.com/imapstack/imapstack/commands/internal/sessiontest"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

func selected(t *testing.T, srv *imaptest.Server, box string) *session.Session {
	t.Helper()
	s := sessiontest.Alice(t, t.Context(), srv)
	if _, err := commands.Select(s, box).Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRemove checks that Remove does not remove messages that another client has marked, and that it does nothing on
// a server without UIDPLUS.
func TestRemove(t *testing.T) {
	for _, without := range []string{"", "UIDPLUS"} {
		srv := imaptest.NewServer(t, imaptest.Without(without, "IMAP4REV2"))
		box := srv.Mailbox("alice", "INBOX")
		for _, m := range []string{"one", "two", "three"} {
			box.Append([]byte(m))
		}
		box.AddFlags([]parser.Flag{parser.FlagDeleted}, 1)
		s := selected(t, srv, "INBOX")
		srv.Forget()
		err := fallback.Remove(t.Context(), s, numset.Of(numset.UID, 2, 9)) // no message has UID 9
		if without != "" {
			if !errors.Is(err, fallback.ErrRemoveUnsafe) || len(srv.Received()) > 0 {
				t.Errorf("Remove: got %v, %q", err, srv.Received().Strings())
			}
			continue
		}
		if err != nil {
			t.Error(err)
		}
		box.ExpectBodies(t, []byte("one"), []byte("three"))
		if err := fallback.Remove(t.Context(), s, numset.Of(numset.Seq, 1)); !errors.Is(err, fallback.ErrRemoveUnsafe) {
			t.Errorf("Remove of sequence numbers: got error %v", err)
		}
	}
}

// TestNothingToDo checks that Move and Remove of an empty set, such as the result of a search that has found nothing,
// send nothing and return no error.
func TestNothingToDo(t *testing.T) {
	srv := imaptest.NewServer(t)
	s := selected(t, srv, "INBOX")
	srv.Forget()
	if moved, err := fallback.Move(t.Context(), s, numset.Of(numset.UID), "Trash"); moved.Way != fallback.None || err != nil {
		t.Errorf("Move: got %v, %v; want None and no error", moved.Way, err)
	}
	if err := fallback.Remove(t.Context(), s, numset.Of(numset.UID)); err != nil {
		t.Errorf("Remove: got %v, want no error", err)
	}
	srv.Received().ExpectCommands(t)
	if _, err := fallback.Move(t.Context(), s, numset.Set{}, "Trash"); err == nil {
		t.Error("Move of a set without a kind: got no error")
	}
}

// TestReplace replaces a draft in each of the ways that Replace knows. At least one of the old and the new draft always
// exists.
func TestReplace(t *testing.T) {
	for _, c := range []struct {
		without []string
		when    imaptest.When
		way     fallback.Way
		err     error
	}{
		{nil, imaptest.When{Skip: 99}, fallback.Direct, nil},
		{nil, imaptest.When{Command: "REPLACE"}, fallback.BySteps, nil}, // the server offers REPLACE, but answers BAD
		{[]string{"REPLACE"}, imaptest.When{Skip: 99}, fallback.BySteps, nil},
		{[]string{"REPLACE"}, imaptest.When{Command: "APPEND"}, fallback.None, parser.BAD},
		{[]string{"REPLACE"}, imaptest.When{Command: "EXPUNGE"}, fallback.BySteps, parser.BAD},
		{[]string{"REPLACE", "UIDPLUS", "IMAP4REV2"}, imaptest.When{Skip: 99}, fallback.None, fallback.ErrRemoveUnsafe},
	} {
		srv := imaptest.NewServer(t, imaptest.Without(c.without...))
		box := srv.Mailbox("alice", "Drafts")
		box.Append([]byte("one"), parser.FlagDraft)
		srv.Inject(imaptest.Answer{Status: parser.BAD}, c.when)
		s := selected(t, srv, "Drafts")
		made, way, err := fallback.Replace(t.Context(), s, 1, "Drafts", strings.NewReader("two, and more"), 3, commands.WithFlags(parser.FlagDraft, parser.FlagSeen))
		if way != c.way || !errors.Is(err, c.err) {
			t.Errorf("without %v, with a fault at %v: got %v, %v", c.without, c.when, way, err)
		}
		_, old := box.Message(1)
		if _, ok := box.Message(2); ok != (way != fallback.None) || old != (err != nil) {
			t.Errorf("without %v, with a fault at %v: the new message exists: %v; the old message exists: %v", c.without, c.when, ok, old)
		}
		if err == nil {
			if uid, _ := made.UIDs.Min(); uid != 2 {
				t.Errorf("the new message has UID %d, want 2", uid)
			}
			box.ExpectBodies(t, []byte("two"))
			box.ExpectFlags(t, 2, parser.FlagDraft, parser.FlagSeen)
		}
	}
}

// TestReplaceUnknown checks that Replace does nothing if the UID of the old message is 0. In a set, 0 stands for the
// last message, which must remain.
func TestReplaceUnknown(t *testing.T) {
	for _, without := range []string{"", "REPLACE"} {
		srv := imaptest.NewServer(t, imaptest.Without(without))
		box := srv.Mailbox("alice", "INBOX")
		for _, m := range []string{"one", "two"} {
			box.Append([]byte(m))
		}
		s := selected(t, srv, "INBOX")
		_, way, err := fallback.Replace(t.Context(), s, 0, "INBOX", strings.NewReader("new"), 3)
		if way != fallback.None || !errors.Is(err, fallback.ErrRemoveUnsafe) {
			t.Errorf("without %q: got %v, error %v", without, way, err)
		}
		box.ExpectBodies(t, []byte("one"), []byte("two"))
	}
}
