package cookbook

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fallback"
	"github.com/imapstack/imapstack/commands/mailboxes"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// List the mailboxes as a tree
func listTree(ctx context.Context, s *session.Session) (lines []string, err error) {
	tree, err := mailboxes.Load(ctx, s, nil)
	if err != nil {
		return nil, err
	}
	for m := range tree.All {
		lines = append(lines, strings.Repeat("  ", m.Level())+m.Label)
	}
	return lines, nil
}

func TestListTree(t *testing.T) {
	srv := imaptest.NewServer(t)
	srv.Mailbox("alice", "Work/Übersicht")
	lines, err := listTree(t.Context(), open(t, srv, "alice"))
	if got := strings.Join(lines, "|"); got != "INBOX|Work|  Übersicht" || err != nil {
		t.Errorf("got %s, %v; want INBOX, Work and Übersicht", got, err)
	}
}

// Find the mailbox for sent messages, or create one
//
// The mailbox is found by SPECIAL-USE, by XLIST, or by one of the names that servers and mail programs give it in
// some thirty languages. A new mailbox gets the special use if the server supports that.
func findSent(ctx context.Context, s *session.Session) (string, error) {
	tree, err := mailboxes.Load(ctx, s, nil)
	if err != nil {
		return "", err
	}
	if sent := tree.Role(mailboxes.Sent); sent != nil {
		return sent.Name, nil
	}
	name, err := tree.Join(nil, "Sent")
	if err != nil {
		return "", err
	}
	_, _, err = fallback.Create(ctx, s, name, mailboxes.Sent.Attr())
	return name, err
}

func TestFindSent(t *testing.T) {
	srv := imaptest.NewServer(t)
	srv.Mailbox("alice", "Gesendet")
	if name, err := findSent(t.Context(), open(t, srv, "alice")); name != "Gesendet" || err != nil {
		t.Errorf("got %s, %v; want Gesendet", name, err)
	}
	srv = imaptest.NewServer(t)
	s := open(t, srv, "alice")
	for range 2 { // the first call creates it, the second finds it
		if name, err := findSent(t.Context(), s); name != "Sent" || err != nil {
			t.Errorf("got %s, %v; want Sent", name, err)
		}
	}
	srv.Received().Named("CREATE").ExpectCommands(t, `CREATE Sent (USE (\Sent))`)
}

// Count the unread messages of each mailbox
//
// With LIST-STATUS this takes one command. On a server without LIST-STATUS, the function sends a STATUS for each
// mailbox, without waiting for one answer before sending the next.
func countUnread(ctx context.Context, s *session.Session) (map[string]uint32, error) {
	list, _, err := fallback.ListStatus(ctx, s, "", "*", []status.Item{status.Messages, status.Unseen})
	if err != nil {
		return nil, err
	}
	unread := map[string]uint32{}
	for _, b := range list {
		if b.Status != nil { // nil for a mailbox that cannot be opened
			unread[b.List.Name()] = b.Status.Unseen
		}
	}
	return unread, nil
}

func TestCountUnread(t *testing.T) {
	for _, without := range []string{"", "LIST-STATUS"} {
		srv := imaptest.NewServer(t, imaptest.Without(without))
		add(t, srv, "INBOX", mailOf("one"), mailOf("two"))
		srv.Mailbox("alice", "INBOX").SetFlags([]parser.Flag{parser.FlagSeen}, 1)
		srv.Mailbox("alice", "Work")
		if got, err := countUnread(t.Context(), open(t, srv, "alice")); fmt.Sprint(got) != "map[INBOX:1 Work:0]" || err != nil {
			t.Errorf("without %q: got %v, %v; want 1 in INBOX and 0 in Work", without, got, err)
		}
	}
}

// Create a mailbox below another, and show it in the user's other programs
//
// The name is built with the server's own delimiter. The label, its last level, may contain any letters. Many programs
// show only subscribed mailboxes.
func makeMailbox(ctx context.Context, s *session.Session, parent, label string) (string, error) {
	tree, err := mailboxes.Load(ctx, s, nil)
	if err != nil {
		return "", err
	}
	name, err := tree.Join(tree.Find(parent), label)
	if err != nil {
		return "", err
	}
	if _, err := commands.Create(s, name).Wait(ctx); err != nil {
		return "", err
	}
	_, err = commands.Subscribe(s, name).Wait(ctx)
	return name, err
}

func TestMakeMailbox(t *testing.T) {
	srv := imaptest.NewServer(t)
	srv.Mailbox("alice", "Work")
	s := open(t, srv, "alice")
	name, err := makeMailbox(t.Context(), s, "Work", "Büro")
	if name != "Work/Büro" || err != nil {
		t.Errorf("got %s, %v; want Work/Büro", name, err)
	}
	srv.ExpectMailboxes(t, "alice", "Work", "Work/Büro")
	if _, err := makeMailbox(t.Context(), s, "Work", "a/b"); err == nil {
		t.Error("a label with a delimiter: got no error")
	}
}

// Rename a mailbox and everything below it
//
// INBOX can be renamed too: its messages move to a new mailbox, and INBOX stays. Subscriptions refer to names and do
// not change.
func renameMailbox(ctx context.Context, s *session.Session, from, to string) error {
	if _, err := commands.Rename(s, from, to).Wait(ctx); err != nil {
		return err
	}
	if _, err := commands.Subscribe(s, to).Wait(ctx); err != nil {
		return err
	}
	_, err := commands.Unsubscribe(s, from).Wait(ctx)
	return err
}

func TestRenameMailbox(t *testing.T) {
	srv := imaptest.NewServer(t)
	srv.Mailbox("alice", "Work")
	srv.Mailbox("alice", "Work/Old")
	s := open(t, srv, "alice")
	if _, err := commands.Subscribe(s, "Work").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := renameMailbox(t.Context(), s, "Work", "Büro"); err != nil {
		t.Fatal(err)
	}
	srv.ExpectMailboxes(t, "alice", "Büro", "Büro/Old")
	if names, err := subscribed(t.Context(), s); fmt.Sprint(names) != "[Büro]" || err != nil {
		t.Errorf("got the subscriptions %v, %v; want Büro", names, err)
	}
}

// List the subscribed mailboxes
func subscribed(ctx context.Context, s *session.Session) (names []string, err error) {
	tree, err := mailboxes.Load(ctx, s, nil)
	if err != nil {
		return nil, err
	}
	for m := range tree.All {
		if m.Subscribed && m.Listed { // subscribed, and it exists
			names = append(names, m.Name)
		}
	}
	return names, nil
}

func TestSubscribed(t *testing.T) {
	srv := imaptest.NewServer(t)
	srv.Mailbox("alice", "Work")
	srv.Mailbox("alice", "Play")
	s := open(t, srv, "alice")
	if _, err := commands.Subscribe(s, "Work").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if names, err := subscribed(t.Context(), s); fmt.Sprint(names) != "[Work]" || err != nil {
		t.Errorf("got %v, %v; want Work", names, err)
	}
}

// Share a mailbox with another user
//
// Rights are letters (RFC 4314): l lets a user see the mailbox, r read it, s mark messages as read.
func share(ctx context.Context, s *session.Session, mailbox, user string) error {
	_, err := commands.SetACL(s, mailbox, user, commands.AddRights, "lrs").Wait(ctx)
	return err
}

// List the mailboxes of other users, and shared ones
//
// The server's namespaces show who owns a mailbox. Some servers list other users' mailboxes only on request.
func othersMailboxes(ctx context.Context, s *session.Session) (names []string, err error) {
	tree, err := mailboxes.Load(ctx, s, &mailboxes.Options{Others: true})
	if err != nil {
		return nil, err
	}
	for m := range tree.All {
		if m.Kind != mailboxes.Personal && m.Selectable {
			names = append(names, m.Name)
		}
	}
	return names, nil
}

func TestShare(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.WithUser("alice", "secret"), imaptest.WithUser("bob", "secret"))
	srv.Mailbox("alice", "Work")
	srv.Mailbox("alice", "Private")
	s := open(t, srv, "alice")
	if err := share(t.Context(), s, "Work", "bob"); err != nil {
		t.Fatal(err)
	}
	acl, err := commands.GetACL(s, "Work").Wait(t.Context())
	if err != nil || len(acl.Entries) != 2 {
		t.Errorf("got the access list %v, %v; want two entries", acl.Entries, err)
	}
	names, err := othersMailboxes(t.Context(), open(t, srv, "bob"))
	if len(names) != 1 || !strings.HasSuffix(names[0], "alice/Work") || err != nil {
		t.Errorf("got %v, %v; want the mailbox that alice has shared", names, err)
	}
}

// See how full the account is
//
// RFC 9208 defines the units: STORAGE is in units of 1,024 octets.
func howFull(ctx context.Context, s *session.Session) (percent uint64, err error) {
	roots, err := commands.GetQuotaRoot(s, "INBOX").Wait(ctx)
	if err != nil {
		return 0, err
	}
	for _, q := range roots.Quotas {
		if r, ok := q.Resource(parser.ResourceStorage); ok && r.Limit > 0 {
			percent = max(percent, r.Usage*100/r.Limit)
		}
	}
	return percent, nil
}

func TestHowFull(t *testing.T) {
	srv := imaptest.NewServer(t)
	add(t, srv, "INBOX", mailOf(strings.Repeat("x", 500_000)))
	s := open(t, srv, "alice")
	if _, err := commands.SetQuota(s, "", parser.ResourceLimit{Resource: parser.ResourceStorage, Limit: 2000}).Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if percent, err := howFull(t.Context(), s); percent < 48 || percent > 50 || err != nil {
		t.Errorf("got %d percent, %v; want about 49", percent, err)
	}
}
