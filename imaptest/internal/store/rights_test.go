package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/parser/message"
)

func TestRights(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "lr": "lr", "c": "kxc", "d": "ted", "rl": "lr", "k": "kc", "lrswipkxtean": "lrswipkxteancd",
	} {
		r, err := ParseRights(in)
		if err != nil || r.String() != want {
			t.Errorf("%q: %q, %v; want %q", in, r, err, want)
		}
	}
	if _, err := ParseRights("lz"); !errors.Is(err, ErrClientBug) {
		t.Errorf("z: %v", err)
	}
}

func TestACL(t *testing.T) {
	s := New(Options{})
	alice, _ := s.AddUser("alice")
	bob, _ := s.AddUser("bob")
	carol, _ := s.AddUser("carol")
	create(t, alice, "box")
	const theirs = "Other Users/alice/box"
	set := func(id string, op ACLOp, rights string) {
		t.Helper()
		r, err := ParseRights(rights)
		if err == nil {
			err = alice.SetACL("box", id, op, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := bob.Rights(theirs); !errors.Is(err, ErrNonExistent) {
		t.Errorf("bob knows of it: %v", err)
	}
	set("bob", ReplaceRights, "lr")
	set("bob", GrantRights, "sw")
	set("bob", RevokeRights, "w")
	set("anyone", ReplaceRights, "lri")
	set("-carol", ReplaceRights, "ri")
	for u, want := range map[*User]string{alice: "lrswipkxteancd", bob: "lrsi", carol: "l"} {
		if r, err := u.Rights(map[bool]string{true: "box", false: theirs}[u == alice]); err != nil || r.String() != want {
			t.Errorf("%s has %s, %v; want %s", u.Name(), r, err, want)
		}
	}
	list, err := alice.ACL("box")
	if err != nil || fmt.Sprint(list) != "[{alice lrswipkxteancd} {bob lrs} {anyone lri} {-carol ri}]" {
		t.Error(list, err)
	}
	if _, err := bob.ACL(theirs); !errors.Is(err, ErrNoPerm) {
		t.Errorf("bob sees the list: %v", err)
	}
	if err := bob.SetACL(theirs, "bob", GrantRights, AllRights); !errors.Is(err, ErrNoPerm) {
		t.Errorf("bob helps himself: %v", err)
	}
	if _, err := carol.Select(theirs, SelectOptions{}); !errors.Is(err, ErrNoPerm) {
		t.Errorf("carol reads: %v", err)
	}

	v, err := bob.Select(theirs, SelectOptions{})
	if err != nil || v.ReadOnly() {
		t.Fatal(err)
	}
	if _, err := bob.Append(theirs, NewMessage{Content: message.New([]byte("\r\nx")), Flags: []string{Seen, Deleted, "$k"}}); err != nil {
		t.Fatal(err)
	}
	v.Sync(true)
	if got := v.mustItem(1).Flags.Names(); !slices.Equal(got, []string{Seen}) {
		t.Errorf("flags %v", got)
	}
	if _, permanent := v.Flags(); !slices.Equal(permanent, []string{Seen}) {
		t.Errorf("permanent %v", permanent)
	}
	if _, err := v.Store(v.All(), AddFlags, []string{Flagged}, StoreOptions{}); !errors.Is(err, ErrNoPerm) {
		t.Errorf("flagged without w: %v", err)
	}
	if _, err := v.Expunge(v.All()); !errors.Is(err, ErrNoPerm) {
		t.Errorf("expunged without e: %v", err)
	}
	if _, err := v.Move(v.All(), "INBOX"); !errors.Is(err, ErrNoPerm) {
		t.Errorf("moved without t and e: %v", err)
	}
	if _, err := v.Copy(v.All(), "INBOX"); err != nil {
		t.Error(err)
	}
	set("alice", ReplaceRights, "")
	set("anyone", ReplaceRights, "")
	if r, _ := alice.Rights("box"); r.String() != "la" {
		t.Errorf("alice has locked herself out, or not: %s", r)
	}
	if _, err := alice.Append("box", NewMessage{Content: message.New(nil)}); !errors.Is(err, ErrNoPerm) {
		t.Errorf("alice adds without i: %v", err)
	}
	if err := alice.Delete("box"); !errors.Is(err, ErrNoPerm) {
		t.Errorf("alice deletes without x: %v", err)
	}
	always, optional, err := alice.ListRights("box", "alice")
	if err != nil || always.String() != "la" || optional.Any("la") {
		t.Error(always, optional, err)
	}
	if err := alice.SetACL("box", "-", GrantRights, AllRights); !errors.Is(err, ErrClientBug) {
		t.Error(err)
	}
	if err := alice.DeleteACL("box", "bob"); err != nil {
		t.Error(err)
	}
}

func TestFlagsKeptWithoutRight(t *testing.T) {
	s := New(Options{})
	alice, _ := s.AddUser("alice")
	bob, _ := s.AddUser("bob")
	deliver(t, alice.Mailbox("INBOX"), `\Deleted \Flagged $k`)
	if err := alice.SetACL("INBOX", "bob", ReplaceRights, rightsOf("lrst")); err != nil {
		t.Fatal(err)
	}
	v, err := bob.Select("Other Users/alice/INBOX", SelectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Store(v.All(), SetFlags, []string{Seen, "$other"}, StoreOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(v.mustItem(1).Flags.Names(), " "); got != `\Flagged \Seen $k` {
		t.Errorf("flags %s", got)
	}
}

func TestShared(t *testing.T) {
	s := New(Options{})
	u, _ := s.AddUser("alice")
	create(t, s.SharedOwner(), "news", "news/go")
	if r, err := u.Rights("Shared/news"); err != nil || r.String() != "lrs" {
		t.Error(r, err)
	}
	if err := s.SharedOwner().SetACL("news", "alice", ReplaceRights, rightsOf("kxi")); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Create("Shared/news/rust"); err != nil {
		t.Error(err)
	}
	if err := u.Rename("Shared/news/rust", "Shared/news/c"); err != nil {
		t.Error(err)
	}
	if err := u.Delete("Shared/news/c"); err != nil {
		t.Error(err)
	}
	if m := u.Mailbox("Shared/news/go"); m == nil || u.NameOf(m) != "Shared/news/go" || m.Owner() != s.SharedOwner() {
		t.Error("shared mailbox")
	}
	none := New(Options{OtherUsers: "-", Shared: "-"})
	v, _ := none.AddUser("x")
	if _, other, shared := none.Namespaces(); other != nil || shared != nil {
		t.Error(other, shared)
	}
	create(t, v, "Shared", "Other Users/y")
}

func TestQuota(t *testing.T) {
	u, m := newUser(t, Options{})
	create(t, u, "a", "a/b", "c")
	u.AddQuotaRoot("A", "a")
	put := func(box string, n int) error {
		_, err := u.Append(box, NewMessage{Content: message.New(make([]byte, n))})
		return err
	}
	used := func(root string) string {
		q, err := u.Quota(root)
		if err != nil {
			t.Fatal(err)
		}
		s := ""
		for _, x := range q {
			s += fmt.Sprintf("%s %d/%d ", x.Resource, x.Used, x.Limit)
		}
		return strings.TrimSpace(s)
	}
	for _, b := range []string{"INBOX", "a", "a/b", "c"} {
		if err := put(b, 1000); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := used(""), "STORAGE 4/-1 MESSAGE 4/-1 MAILBOX 4/-1 ANNOTATION-STORAGE 0/-1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := u.SetQuota("A", map[Resource]int64{Storage: 3, MessageCount: 4, MailboxCount: 3}); err != nil {
		t.Fatal(err)
	}
	if got, want := used("A"), "STORAGE 2/3 MESSAGE 2/4 MAILBOX 2/3 ANNOTATION-STORAGE 0/-1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := put("a", 2000); !errors.Is(err, ErrOverQuota) {
		t.Errorf("too much storage: %v", err)
	}
	if err := put("c", 2000); err != nil {
		t.Errorf("where there is no limit: %v", err)
	}
	if err := u.CanAppend("a", 10, 10, 10); !errors.Is(err, ErrOverQuota) {
		t.Errorf("too many messages: %v", err)
	}
	create(t, u, "a/c")
	if _, err := u.Create("a/d"); !errors.Is(err, ErrOverQuota) {
		t.Errorf("too many mailboxes: %v", err)
	}
	roots, _, err := u.QuotaRoots("a/b")
	if err != nil || fmt.Sprint(roots) != "[ A]" {
		t.Errorf("roots %q, %v", roots, err)
	}
	if err := u.Rename("a/b", "b"); err != nil {
		t.Fatal(err)
	}
	if got, want := used("A"), "STORAGE 1/3 MESSAGE 1/4 MAILBOX 2/3 ANNOTATION-STORAGE 0/-1"; got != want {
		t.Errorf("after RENAME: got %s, want %s", got, want)
	}
	if err := u.Delete("a"); err != nil {
		t.Fatal(err)
	}
	m.Expunge(1)
	if got, want := used(""), "STORAGE 4/-1 MESSAGE 3/-1 MAILBOX 4/-1 ANNOTATION-STORAGE 0/-1"; got != want {
		t.Errorf("after DELETE and EXPUNGE: got %s, want %s", got, want)
	}
	if _, err := u.Quota("none"); !errors.Is(err, ErrNonExistent) {
		t.Error(err)
	}
	if err := u.SetQuota("", map[Resource]int64{Storage: -1}); !errors.Is(err, ErrClientBug) {
		t.Error(err)
	}
	if r, ok := ParseResource("annotation-storage"); !ok || r != AnnotationStorage {
		t.Error(r, ok)
	}
}
