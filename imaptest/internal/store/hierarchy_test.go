package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// names returns the names that List returns, with their attributes, separated by semicolons.
func names(u *User, opt ListOptions) string {
	var out []string
	for _, l := range u.List(opt) {
		s := l.Name
		if l.NonExistent {
			s += " nonexistent"
		}
		if l.NoSelect {
			s += " noselect"
		}
		if l.Children {
			s += " children"
		}
		if l.Subscribed {
			s += " subscribed"
		}
		for _, a := range l.SpecialUse {
			s += " " + a
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func pat(p ...string) ListOptions { return ListOptions{Patterns: p} }

func create(t testing.TB, u *User, boxes ...string) {
	t.Helper()
	for _, b := range boxes {
		if _, err := u.Create(b); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCreateDelete(t *testing.T) {
	u, _ := newUser(t, Options{Limits: Limits{NameOctets: 40, Depth: 3, Mailboxes: 8}})
	for _, c := range []struct {
		name string
		want error
	}{
		{"a", nil}, {"a", ErrAlreadyExists}, {"a/", ErrAlreadyExists}, {"b/c/", nil}, {"inbox", ErrAlreadyExists}, {"InBox/x", nil},
		{"", ErrCannot}, {"/", ErrCannot}, {"/a", ErrCannot}, {"a//b", ErrCannot}, {"a\x00", ErrCannot}, {"a\r\nb", ErrCannot},
		{"\xff", ErrCannot}, {"a\u2028b", ErrCannot}, {strings.Repeat("x", 41), ErrLimit}, {"1/2/3/4", ErrLimit}, {"Übung/日本語", nil},
		{"Other Users", ErrCannot}, {"Other Users/bob/x", ErrCannot}, {"Shared", ErrCannot}, {"Shared/x", ErrNoPerm}, {"Sharedness", nil},
	} {
		if _, err := u.Create(c.name); !errors.Is(err, c.want) {
			t.Errorf("CREATE %q: %v, want %v", c.name, err, c.want)
		}
	}
	if got, want := names(u, pat("*")), "INBOX children; INBOX/x; a; b nonexistent children; b/c; Sharedness; Übung nonexistent children; Übung/日本語"; sorted(got) != sorted(want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, err := u.Create("y1"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		want error
	}{
		{"INBOX", ErrCannot}, {"b", ErrHasChildren}, {"zzz", ErrNonExistent}, {"a", nil}, {"a", ErrNonExistent}, {"b/c", nil}, {"b", ErrNonExistent},
	} {
		if err := u.Delete(c.name); !errors.Is(err, c.want) {
			t.Errorf("DELETE %q: %v, want %v", c.name, err, c.want)
		}
	}
	create(t, u, "p", "p/q")
	if err := u.Delete("p"); err != nil {
		t.Fatal(err)
	}
	if got := names(u, pat("p*")); got != "p nonexistent children; p/q" {
		t.Errorf("after the parent p was deleted, LIST has %s", got)
	}
	create(t, u, "p", "r")
	if _, err := u.Create("one too many"); !errors.Is(err, ErrLimit) {
		t.Errorf("CREATE above the limit: got %v, want %v", err, ErrLimit)
	}
	if usage, _ := u.Quota(""); usage[MailboxCount].Used != 8 {
		t.Errorf("the quota counts %d mailboxes, want 8", usage[MailboxCount].Used)
	}
}

func sorted(s string) string {
	p := strings.Split(s, "; ")
	slices.Sort(p)
	return strings.Join(p, "; ")
}

func TestDeleteSelected(t *testing.T) {
	u, _ := newUser(t, Options{})
	create(t, u, "a")
	deliver(t, u.Mailbox("a"), Seen)
	old := u.Mailbox("a")
	v := selectBox(t, u, "a")
	if err := u.Delete("a"); err != nil {
		t.Fatal(err)
	}
	if !v.Pending() || responses(v.Sync(true)) != "GONE" || responses(v.Sync(true)) != "" {
		t.Error("Sync does not report exactly once that the mailbox was deleted")
	}
	if it, ok := v.Item(1); !ok || it.UID != 1 {
		t.Error("the view cannot read the messages of the deleted mailbox")
	}
	if _, err := old.Append(NewMessage{Content: v.mustItem(1).Content}); !errors.Is(err, ErrNonExistent) {
		t.Errorf("Append to a deleted mailbox: got %v, want %v", err, ErrNonExistent)
	}
	create(t, u, "a")
	if u.Mailbox("a").UIDValidity() <= old.UIDValidity() || u.Mailbox("a").ID() == old.ID() {
		t.Error("a new mailbox with the name of a deleted one has its MAILBOXID, or no higher UIDVALIDITY")
	}
}

func (v *View) mustItem(seq uint32) Item {
	it, _ := v.Item(seq)
	return it
}

func TestRename(t *testing.T) {
	u, inbox := newUser(t, Options{})
	create(t, u, "a", "a/b", "a/b/c", "ab", "d", "INBOX/kid")
	deliver(t, inbox, Seen+" $k", "")
	id, uv := u.Mailbox("a/b").ID(), u.Mailbox("a/b").UIDValidity()
	v := selectBox(t, u, "a/b")
	for _, c := range []struct {
		from, to string
		want     error
	}{
		{"nowhere", "x", ErrNonExistent}, {"a", "d", ErrAlreadyExists}, {"a", "INBOX", ErrAlreadyExists}, {"a", "a", ErrAlreadyExists},
		{"a", "a/b/x", ErrCannot}, {"a", "x//y", ErrCannot}, {"a", "x/y", nil}, {"a", "b", ErrNonExistent}, {"x", "z", nil},
	} {
		if err := u.Rename(c.from, c.to); !errors.Is(err, c.want) {
			t.Errorf("RENAME %q %q: %v, want %v", c.from, c.to, err, c.want)
		}
	}
	if got, want := names(u, pat("*")), "INBOX children; INBOX/kid; ab; d; z nonexistent children; z/y children; z/y/b children; z/y/b/c"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	m := u.Mailbox("z/y/b")
	if m == nil || m.ID() != id || m.UIDValidity() != uv || v.Mailbox() != m || u.NameOf(m) != "z/y/b" {
		t.Error("the renamed mailbox has another identity than before")
	}

	w := selectBox(t, u, "INBOX")
	if err := u.Rename("inbox", "old"); err != nil {
		t.Fatal(err)
	}
	if got := responses(w.Sync(true)); got != "1 EXPUNGE, 1 EXPUNGE" {
		t.Errorf("after INBOX was renamed, its view got %s", got)
	}
	it, ok := u.Mailbox("old").Message(1)
	if !ok || !it.Flags.Has("$k") || u.Mailbox("old").Status().Messages != 2 || inbox.Status().Messages != 0 || inbox.Status().UIDNext != 3 {
		t.Errorf("after INBOX was renamed: message %+v, status %+v, and INBOX has %+v", it, u.Mailbox("old").Status(), inbox.Status())
	}
	if u.Mailbox("INBOX/kid") == nil || u.Mailbox("old/kid") != nil {
		t.Error("the children of INBOX were renamed with it")
	}
	if usage, _ := u.Quota(""); usage[MessageCount].Used != 2 || usage[MailboxCount].Used != int64(len(u.Mailboxes())) {
		t.Errorf("after INBOX was renamed, the usage is %+v", usage)
	}
}

func TestList(t *testing.T) {
	s := New(Options{})
	u, _ := s.AddUser("alice")
	bob, _ := s.AddUser("bob")
	create(t, u, "foo", "foo/bar", "baz/qux", "foo2", "Sent")
	u.Mailbox("Sent").SetSpecialUse(`\Sent`)
	for _, n := range []string{"foo/bar", "baz", "gone/deep", "Inbox", "foo2"} {
		if err := u.Subscribe(n); err != nil {
			t.Fatal(err)
		}
	}
	create(t, bob, "open", "open/in", "closed")
	for _, id := range []string{"alice"} {
		if err := bob.SetACL("open/in", id, ReplaceRights, rightsOf("l")); err != nil {
			t.Fatal(err)
		}
	}
	create(t, s.SharedOwner(), "news/go")

	for _, c := range []struct {
		name string
		opt  ListOptions
		want string
	}{
		{"everything", pat("*"), "INBOX subscribed; Sent \\Sent; baz nonexistent children subscribed; baz/qux; foo children; foo/bar subscribed; foo2 subscribed; " +
			"Other Users nonexistent children; Other Users/bob nonexistent children; Other Users/bob/open nonexistent children; Other Users/bob/open/in noselect; " +
			"Shared nonexistent children; Shared/news nonexistent children; Shared/news/go"},
		{"a level", pat("%"), "INBOX subscribed; Sent \\Sent; baz nonexistent children subscribed; foo children; foo2 subscribed; Other Users nonexistent children; Shared nonexistent children"},
		{"two patterns", pat("foo%", "foo/%", "foo"), "foo children; foo/bar subscribed; foo2 subscribed"},
		{"with subscriptions", ListOptions{Patterns: []string{"g*", "foo*", "*/go"}, All: true}, "foo children; foo/bar subscribed; foo2 subscribed; gone/deep nonexistent subscribed; Shared/news/go"},
		{"nothing", pat("none"), ""},
		{"none at all", ListOptions{}, ""},
	} {
		if got := names(u, c.opt); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
	if got := strings.Join(u.Subscriptions(), " "); got != "INBOX baz foo/bar foo2 gone/deep" {
		t.Errorf("subscriptions: got %s", got)
	}
	if err := u.Unsubscribe("nope"); !errors.Is(err, ErrNonExistent) {
		t.Errorf("Unsubscribe from a name without subscription: got %v, want %v", err, ErrNonExistent)
	}
	if err := u.Unsubscribe("INBOX"); err != nil {
		t.Error(err)
	}
}

func TestSpecialUse(t *testing.T) {
	u, _ := newUser(t, Options{})
	m, err := u.Create("d", `\drafts`, `\Important`)
	if err != nil || fmt.Sprint(m.SpecialUse()) != `[\Drafts \Important]` {
		t.Errorf("Create with two special uses: got %v, %v", m, err)
	}
	for _, a := range []string{`\All`, `\Foo`, "Sent"} {
		if _, err := u.Create("e", a); !errors.Is(err, ErrUseAttr) {
			t.Errorf("Create with the special use %s: got %v, want %v", a, err, ErrUseAttr)
		}
	}
}

func BenchmarkList10000(b *testing.B) {
	u, _ := newUser(b, Options{})
	for i := range 10_000 {
		create(b, u, fmt.Sprintf("level%d/box%d", i%100, i))
	}
	b.ResetTimer()
	for b.Loop() {
		if n := len(u.List(pat("*"))); n != 10_101 {
			b.Fatal(n)
		}
	}
}
