package cookbook

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fallback"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/mailboxes"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// Mark messages as read
//
// Silent suppresses the answer with the new flags. AddFlags and RemoveFlags keep all other flags; SetFlags does not.
func markRead(ctx context.Context, s *session.Session, uids numset.Set) error {
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		return err
	}
	return commands.Store(s, uids, commands.AddFlags.Silent(), parser.FlagSeen).Wait(ctx)
}

func TestMarkRead(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", mailOf("one"), mailOf("two"))
	srv.Mailbox("alice", "INBOX").SetFlags([]parser.Flag{parser.FlagFlagged}, 1)
	if err := markRead(t.Context(), open(t, srv, "alice"), numset.Of(numset.UID, 1)); err != nil {
		t.Error(err)
	}
	srv.Mailbox("alice", "INBOX").ExpectFlags(t, 1, parser.FlagFlagged, parser.FlagSeen)
	srv.Mailbox("alice", "INBOX").ExpectFlags(t, 2)
}

// Archive messages
//
// This uses MOVE. If the server lacks MOVE, these messages, and no others, are copied, marked as deleted and
// expunged. If the server cannot do this safely, the error is commands.ErrMoveUnsafe, and nothing is done.
func archive(ctx context.Context, s *session.Session, uids numset.Set) (fallback.Moved, error) {
	return moveTo(ctx, s, uids, mailboxes.Archive)
}

// Move messages into the mailbox for a role
//
// fallback.Moved contains the UIDs of the messages in their new mailbox, if the server reports them.
func moveTo(ctx context.Context, s *session.Session, uids numset.Set, role mailboxes.Role) (fallback.Moved, error) {
	tree, err := mailboxes.Load(ctx, s, nil)
	if err != nil {
		return fallback.Moved{}, err
	}
	box := tree.Role(role)
	if box == nil {
		return fallback.Moved{}, errors.New("no mailbox for " + role.String())
	}
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		return fallback.Moved{}, err
	}
	return fallback.Move(ctx, s, uids, box.Name)
}

func TestArchive(t *testing.T) {
	for _, without := range []string{"", "MOVE", "UIDPLUS"} {
		srv := imaptest.NewServer(t, imaptest.Without(without, "IMAP4rev2", strings.Replace(without, "UIDPLUS", "MOVE", 1)))
		add(t, srv, "INBOX", mailOf("one"), mailOf("two"))
		srv.Mailbox("alice", "INBOX").AddFlags([]parser.Flag{parser.FlagDeleted}, 1)
		srv.Mailbox("alice", "Archive")
		moved, err := archive(t.Context(), open(t, srv, "alice"), numset.Of(numset.UID, 2))
		left, there := srv.Mailbox("alice", "INBOX").Status().Messages, srv.Mailbox("alice", "Archive").Status().Messages
		if without == "UIDPLUS" {
			if !errors.Is(err, commands.ErrMoveUnsafe) || left != 2 || there != 0 {
				t.Errorf("without UIDPLUS: got %v, and %d and %d messages; want ErrMoveUnsafe, and 2 and 0", err, left, there)
			}
			continue
		}
		if err != nil || left != 1 || there != 1 || moved.Way == fallback.None {
			t.Errorf("without %q: got %v, %v, and %d and %d messages; want 1 and 1", without, moved.Way, err, left, there)
		}
		for from, to := range moved.Pairs() {
			if from != 2 || to != 1 {
				t.Errorf("UID %d has become %d, want 2 and 1", from, to)
			}
		}
	}
}

// Move messages into the trash
func throwAway(ctx context.Context, s *session.Session, uids numset.Set) error {
	_, err := moveTo(ctx, s, uids, mailboxes.Trash)
	return err
}

// Delete messages for good
//
// Only the messages in uids are removed. If the server could remove them only together with messages that other clients
// have marked as deleted, the error is fallback.ErrRemoveUnsafe, and nothing is done.
func deleteForGood(ctx context.Context, s *session.Session, mailbox string, uids numset.Set) error {
	if _, err := commands.Select(s, mailbox).Wait(ctx); err != nil {
		return err
	}
	return fallback.Remove(ctx, s, uids)
}

func TestThrowAway(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", mailOf("one"), mailOf("two"), mailOf("three"))
	srv.Mailbox("alice", "INBOX").AddFlags([]parser.Flag{parser.FlagDeleted}, 1)
	srv.Mailbox("alice", "Trash").SetSpecialUse(parser.AttrTrash)
	s := open(t, srv, "alice")
	if err := throwAway(t.Context(), s, numset.Of(numset.UID, 2)); err != nil {
		t.Error(err)
	}
	if err := deleteForGood(t.Context(), s, "Trash", numset.All(numset.UID)); err != nil {
		t.Error(err)
	}
	if err := deleteForGood(t.Context(), s, "INBOX", numset.Of(numset.UID, 3)); err != nil {
		t.Error(err)
	}
	if n := srv.Mailbox("alice", "Trash").Status().Messages; n != 0 {
		t.Errorf("Trash has %d messages, want 0", n)
	}
	if _, there := srv.Mailbox("alice", "INBOX").Message(1); !there || srv.Mailbox("alice", "INBOX").Status().Messages != 1 {
		t.Error("INBOX must keep only the message that another client has marked as deleted")
	}
}

// Upload a message with a date and flags
//
// The message is read while it is sent. fallback.Append reads it from an io.ReaderAt, such as an *os.File, because it
// creates a missing mailbox and then sends the message again. commands.Append reads from any io.Reader of known size.
// The date becomes INTERNALDATE, by which most programs sort.
func upload(ctx context.Context, s *session.Session, mailbox, msg string, date time.Time, flags ...parser.Flag) (uid uint32, err error) {
	made, _, err := fallback.Append(ctx, s, mailbox, strings.NewReader(msg), int64(len(msg)), commands.WithDate(date), commands.WithFlags(flags...))
	uid, _ = made.UIDs.Min() // 0 if the server does not report the UID
	return uid, err
}

func TestUpload(t *testing.T) {
	srv := imaptest.NewServer(t)
	date := time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC)
	uid, err := upload(t.Context(), open(t, srv, "alice"), "Old", mailOf("one"), date, parser.FlagSeen, "$Imported")
	m, _ := srv.Mailbox("alice", "Old").Message(uid)
	if err != nil || !m.Date.Equal(date) || len(m.Flags) != 2 || string(m.Body) != mailOf("one") {
		t.Errorf("got UID %d, %v, and the message %+v", uid, err, m)
	}
}

// Upload many messages, with few round trips
//
// Commands that are started before the program waits for one are sent together, as far as RFC 9051 allows. A server
// with MULTIAPPEND takes several messages in one command, all or none (commands.AppendAll).
func uploadAll(ctx context.Context, s *session.Session, mailbox string, messages []string) error {
	var sent []session.Waiter
	for _, m := range messages {
		sent = append(sent, commands.Append(s, mailbox, strings.NewReader(m), int64(len(m)), commands.WithFlags(parser.FlagSeen)))
	}
	return session.WaitAll(ctx, sent...)
}

func TestUploadAll(t *testing.T) {
	srv := imaptest.NewServer(t)
	list := []string{mailOf("one"), mailOf("two"), mailOf("three")}
	if err := uploadAll(t.Context(), open(t, srv, "alice"), "INBOX", list); err != nil {
		t.Error(err)
	}
	srv.Mailbox("alice", "INBOX").ExpectBodies(t, []byte(list[0]), []byte(list[1]), []byte(list[2]))
}

// Save sent mail, unless the server has done so
//
// Gmail and Microsoft 365 themselves save the mail that is sent through them, so look for the message first. If
// saving fails, do not send the message again.
func saveSent(ctx context.Context, s *session.Session, id, msg string) error {
	sent, err := findSent(ctx, s)
	if err != nil {
		return err
	}
	if _, err := commands.Examine(s, sent).Wait(ctx); err != nil {
		return err
	}
	found, err := commands.Search(s, numset.UID, search.Header("Message-ID", id)).Wait(ctx)
	if err != nil || found.Count > 0 {
		return err
	}
	_, err = upload(ctx, s, sent, msg, time.Now(), parser.FlagSeen)
	return err
}

func TestSaveSent(t *testing.T) {
	srv := imaptest.NewServer(t)
	s := open(t, srv, "alice")
	for range 2 {
		if err := saveSent(t.Context(), s, "<1@example.com>", "Message-ID: <1@example.com>\r\n\r\nHello\r\n"); err != nil {
			t.Error(err)
		}
	}
	if n := srv.Mailbox("alice", "Sent").Status().Messages; n != 1 || !flagged(srv, "Sent", 1, parser.FlagSeen) {
		t.Errorf("Sent has %d messages, want 1 with \\Seen", n)
	}
}

// Replace a draft with its next version
//
// With REPLACE this is one step. Without REPLACE, the new version is saved before the old one is removed, so one of the
// two always exists.
func replaceDraft(ctx context.Context, s *session.Session, mailbox string, old uint32, msg string) (uid uint32, err error) {
	if _, err := commands.Select(s, mailbox).Wait(ctx); err != nil {
		return 0, err
	}
	flags := commands.WithFlags(parser.FlagDraft, parser.FlagSeen)
	made, _, err := fallback.Replace(ctx, s, old, mailbox, strings.NewReader(msg), int64(len(msg)), flags)
	uid, _ = made.UIDs.Min() // 0 if the server does not report the UID
	return uid, err
}

func TestReplaceDraft(t *testing.T) {
	for _, without := range []string{"", "REPLACE"} {
		srv := imaptest.NewServer(t, imaptest.Without(without))
		add(t, srv, "Drafts", mailOf("one"), mailOf("two"))
		uid, err := replaceDraft(t.Context(), open(t, srv, "alice"), "Drafts", 1, mailOf("one, better"))
		if err != nil || uid != 3 || !flagged(srv, "Drafts", 3, parser.FlagDraft) {
			t.Errorf("got UID %d, %v; want 3, with \\Draft", uid, err)
		}
		srv.Mailbox("alice", "Drafts").ExpectBodies(t, []byte(mailOf("two")), []byte(mailOf("one, better")))
	}
}

// Delete old messages, except flagged ones
func deleteOld(ctx context.Context, s *session.Session, mailbox string, days int) (uint32, error) {
	if _, err := commands.Select(s, mailbox).Wait(ctx); err != nil {
		return 0, err
	}
	old := search.And(search.Before(time.Now().AddDate(0, 0, -days)), search.Unflagged)
	found, err := commands.Search(s, numset.UID, old).Wait(ctx)
	if err != nil || found.Count == 0 {
		return 0, err
	}
	return found.Count, deleteForGood(ctx, s, mailbox, found.Found)
}

func TestDeleteOld(t *testing.T) {
	srv := imaptest.NewServer(t)
	box := srv.Mailbox("alice", "Lists")
	long := time.Now().AddDate(-2, 0, 0)
	box.AppendAt(long, []byte(mailOf("old")))
	box.AppendAt(long, []byte(mailOf("dear")), parser.FlagFlagged)
	box.AppendAt(time.Now(), []byte(mailOf("new")))
	s := open(t, srv, "alice")
	for _, want := range []uint32{1, 0} {
		if n, err := deleteOld(t.Context(), s, "Lists", 365); n != want || err != nil {
			t.Errorf("got %d, %v; want %d", n, err, want)
		}
	}
	box.ExpectBodies(t, []byte(mailOf("dear")), []byte(mailOf("new")))
}

// Find duplicate messages
//
// Messages with the same Message-ID are duplicates. The result contains all of them except the first. A message without
// a Message-ID is no duplicate.
func duplicates(ctx context.Context, s *session.Session, mailbox string) (numset.Set, error) {
	twice, seen := numset.Of(numset.UID), map[string]bool{}
	if _, err := commands.Examine(s, mailbox).Wait(ctx); err != nil {
		return twice, err
	}
	for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.UID, fetch.Envelope).All(ctx) {
		if err != nil {
			return twice, err
		}
		var e parser.Envelope
		if _, err := m.Envelope(&e); err != nil {
			continue // the other messages are not affected
		}
		id := string(e.MessageID)
		if id != "" && seen[id] {
			twice.Add(m.UID)
		}
		seen[id] = true
	}
	return twice, nil
}

func TestDuplicates(t *testing.T) {
	srv := imaptest.NewServer(t)
	one := "Message-ID: <1@example.com>\r\n\r\n"
	add(t, srv, "INBOX", one, mailOf("x"), "Message-ID: <2@example.com>\r\n\r\n", one, mailOf("x"), one)
	if twice, err := duplicates(t.Context(), open(t, srv, "alice"), "INBOX"); twice.String() != "4,6" || err != nil {
		t.Errorf("got %v, %v; want 4,6", twice, err)
	}
}
