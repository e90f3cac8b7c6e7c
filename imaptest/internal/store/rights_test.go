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
			t.Errorf("ParseRights(%q): got %q, %v; want %q", in, r, err, want)
		}
	}
	if _, err := ParseRights("lz"); !errors.Is(err, ErrClientBug) {
		t.Errorf("ParseRights with the letter z: got %v, want %v", err, ErrClientBug)
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
		t.Errorf("Rights for bob, who has none: got %v, want %v", err, ErrNonExistent)
	}
	set("bob", ReplaceRights, "lr")
	set("bob", GrantRights, "sw")
	set("bob", RevokeRights, "w")
	set("anyone", ReplaceRights, "lri")
	set("-carol", ReplaceRights, "ri")
	for u, want := range map[*User]string{alice: "lrswipkxteancd", bob: "lrsi", carol: "l"} {
		if r, err := u.Rights(map[bool]string{true: "box", false: theirs}[u == alice]); err != nil || r.String() != want {
			t.Errorf("rights of %s: got %s, %v; want %s", u.Name(), r, err, want)
		}
	}
	list, err := alice.ACL("box")
	if err != nil || fmt.Sprint(list) != "[{alice lrswipkxteancd} {bob lrs} {anyone lri} {-carol ri}]" {
		t.Errorf("ACL: got %v, %v", list, err)
	}
	if _, err := bob.ACL(theirs); !errors.Is(err, ErrNoPerm) {
		t.Errorf("ACL for bob, who lacks the right a: got %v, want %v", err, ErrNoPerm)
	}
	if err := bob.SetACL(theirs, "bob", GrantRights, AllRights); !errors.Is(err, ErrNoPerm) {
		t.Errorf("SetACL by bob, who lacks the right a: got %v, want %v", err, ErrNoPerm)
	}
	if _, err := carol.Select(theirs, SelectOptions{}); !errors.Is(err, ErrNoPerm) {
		t.Errorf("Select by carol, who lacks the right r: got %v, want %v", err, ErrNoPerm)
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
		t.Errorf("flags of a message that bob added: got %v, want only \\Seen", got)
	}
	if _, permanent := v.Flags(); !slices.Equal(permanent, []string{Seen}) {
		t.Errorf("permanent flags for bob: got %v, want only \\Seen", permanent)
	}
	if _, err := v.Store(v.All(), AddFlags, []string{Flagged}, StoreOptions{}); !errors.Is(err, ErrNoPerm) {
		t.Errorf("Store of \\Flagged without the right w: got %v, want %v", err, ErrNoPerm)
	}
	if _, err := v.Expunge(v.All()); !errors.Is(err, ErrNoPerm) {
		t.Errorf("Expunge without the right e: got %v, want %v", err, ErrNoPerm)
	}
	if _, err := v.Move(v.All(), "INBOX"); !errors.Is(err, ErrNoPerm) {
		t.Errorf("Move without the rights t and e: got %v, want %v", err, ErrNoPerm)
	}
	if _, err := v.Copy(v.All(), "INBOX"); err != nil {
		t.Error(err)
	}
	set("alice", ReplaceRights, "")
	set("anyone", ReplaceRights, "")
	if r, _ := alice.Rights("box"); r.String() != "la" {
		t.Errorf("rights of the owner after SETACL removed all of them: got %s, want la", r)
	}
	if _, err := alice.Append("box", NewMessage{Content: message.New(nil)}); !errors.Is(err, ErrNoPerm) {
		t.Errorf("Append by the owner without the right i: got %v, want %v", err, ErrNoPerm)
	}
	if err := alice.Delete("box"); !errors.Is(err, ErrNoPerm) {
		t.Errorf("Delete by the owner without the right x: got %v, want %v", err, ErrNoPerm)
	}
	always, optional, err := alice.ListRights("box", "alice")
	if err != nil || always.String() != "la" || optional.Any("la") {
		t.Errorf("ListRights for the owner: got %v and %v, %v; want la, and the other rights", always, optional, err)
	}
	if err := alice.SetACL("box", "-", GrantRights, AllRights); !errors.Is(err, ErrClientBug) {
		t.Errorf("SetACL for the identifier \"-\": got %v, want %v", err, ErrClientBug)
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
		t.Errorf("the flags after SetFlags without the right w: got %s", got)
	}
}

func TestShared(t *testing.T) {
	s := New(Options{})
	u, _ := s.AddUser("alice")
	create(t, s.SharedOwner(), "news", "news/go")
	if r, err := u.Rights("Shared/news"); err != nil || r.String() != "lrs" {
		t.Errorf("rights on a shared mailbox: got %s, %v; want lrs", r, err)
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
		t.Errorf("Mailbox(\"Shared/news/go\") returned %v, with another name or owner than expected", m)
	}
	none := New(Options{OtherUsers: "-", Shared: "-"})
	v, _ := none.AddUser("x")
	if _, other, shared := none.Namespaces(); other != nil || shared != nil {
		t.Errorf("namespaces that the options turn off: got %v and %v, want none", other, shared)
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
		t.Errorf("message above the STORAGE limit: got %v, want %v", err, ErrOverQuota)
	}
	if err := put("c", 2000); err != nil {
		t.Errorf("message in a mailbox without limits: %v", err)
	}
	if err := u.CanAppend("a", 10, 10, 10); !errors.Is(err, ErrOverQuota) {
		t.Errorf("messages above the MESSAGE limit: got %v, want %v", err, ErrOverQuota)
	}
	create(t, u, "a/c")
	if _, err := u.Create("a/d"); !errors.Is(err, ErrOverQuota) {
		t.Errorf("mailbox above the MAILBOX limit: got %v, want %v", err, ErrOverQuota)
	}
	roots, _, err := u.QuotaRoots("a/b")
	if err != nil || fmt.Sprint(roots) != "[ A]" {
		t.Errorf("quota roots of a/b: got %q, %v; want \"\" and A", roots, err)
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
		t.Errorf("Quota of an unknown root: got %v, want %v", err, ErrNonExistent)
	}
	if err := u.SetQuota("", map[Resource]int64{Storage: -1}); !errors.Is(err, ErrClientBug) {
		t.Errorf("SetQuota with a negative limit: got %v, want %v", err, ErrClientBug)
	}
	if r, ok := ParseResource("annotation-storage"); !ok || r != AnnotationStorage {
		t.Errorf("ParseResource in lower case: got %v, %v", r, ok)
	}
}
