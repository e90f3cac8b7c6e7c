package store

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func show(a []Annotation) string {
	var out []string
	for _, x := range a {
		out = append(out, fmt.Sprintf("%s=%s", x.Entry, x.Value))
	}
	return strings.Join(out, " ")
}

func TestMetadata(t *testing.T) {
	s := New(Options{Limits: Limits{Metadata: 3, MetadataOctets: 10}})
	u, _ := s.AddUser("alice")
	bob, _ := s.AddUser("bob")
	if err := u.SetACL("INBOX", "bob", ReplaceRights, rightsOf("lr")); err != nil {
		t.Fatal(err)
	}
	const theirs = "Other Users/alice/INBOX"
	set := func(u *User, box string, want error, pairs ...string) {
		t.Helper()
		var entries []Annotation
		for i := 0; i < len(pairs); i += 2 {
			a := Annotation{Entry: pairs[i]}
			if pairs[i+1] != "NIL" {
				a.Value = []byte(pairs[i+1])
			}
			entries = append(entries, a)
		}
		if err := u.SetMetadata(box, entries...); !errors.Is(err, want) {
			t.Errorf("SetMetadata %v: got %v, want %v", pairs, err, want)
		}
	}
	get := func(u *User, box, entry string, depth int, want string) {
		t.Helper()
		a, err := u.Metadata(box, entry, depth)
		if err != nil || show(a) != want {
			t.Errorf("%s at depth %d: got %q, %v; want %q", entry, depth, show(a), err, want)
		}
	}
	set(u, "INBOX", nil, "/private/Comment", "mine", "/shared/comment", "ours", "/shared/comment/sub", "", "/shared/comment/sub/x", "3")
	set(bob, theirs, nil, "/private/comment", "bob's")
	set(bob, theirs, ErrNoPerm, "/private/comment", "no", "/shared/comment", "no")
	get(u, "INBOX", "/private/comment", 0, "/private/comment=mine")
	get(bob, theirs, "/PRIVATE/comment", 0, "/private/comment=bob's")
	get(u, "INBOX", "/shared/comment", 0, "/shared/comment=ours")
	get(u, "INBOX", "/shared/comment", 1, "/shared/comment=ours /shared/comment/sub=")
	get(bob, theirs, "/shared", -1, "/shared/comment=ours /shared/comment/sub= /shared/comment/sub/x=3")
	get(u, "INBOX", "/shared/com", -1, "")
	set(u, "INBOX", ErrTooMany, "/shared/four", "x")
	set(u, "INBOX", ErrMetaMaxSize, "/shared/comment", "eleven long")
	set(u, "INBOX", nil, "/shared/comment", "NIL", "/shared/four", "x")
	get(u, "INBOX", "/shared", -1, "/shared/comment/sub= /shared/comment/sub/x=3 /shared/four=x")
	for _, bad := range []string{"/other/x", "/shared", "/shared/", "/shared//x", "/shared/*", "/shared/ä", "shared/x", "/sharedx"} {
		set(u, "INBOX", ErrClientBug, bad, "x")
	}
	set(u, "nowhere", ErrNonExistent, "/shared/x", "x")

	set(u, "", nil, "/shared/admin", "root", "/private/me", "a")
	set(bob, "", nil, "/private/me", "b")
	get(bob, "", "/shared", -1, "/shared/admin=root")
	get(bob, "", "/private", -1, "/private/me=b")
	get(u, "", "/private", -1, "/private/me=a")
	// If one entry is refused, none is set.
	set(u, "", ErrMetaMaxSize, "/private/me", "c", "/shared/admin", "eleven long")
	set(u, "", ErrMetaMaxSize, "/shared/admin", "c", "/private/me", "eleven long")
	get(u, "", "/private", -1, "/private/me=a")
	get(u, "", "/shared", -1, "/shared/admin=root")

	if err := u.SetQuota("", map[Resource]int64{AnnotationStorage: 1}); err != nil {
		t.Fatal(err)
	}
	create(t, u, "a", "b", "c")
	fill := strings.Repeat("n", 500)
	set(u, "a", nil, "/shared/"+fill, "x")
	set(u, "b", ErrOverQuota, "/shared/"+fill, "x")
	set(u, "a", nil, "/shared/"+fill, "NIL")
	set(u, "b", nil, "/shared/"+fill, "x")
	if q, _ := u.Quota(""); q[AnnotationStorage].Used != 1 {
		t.Errorf("the quota counts %+v, want 1 unit", q[AnnotationStorage])
	}
}

func TestURLAuthKeys(t *testing.T) {
	u, _ := newUser(t, Options{})
	create(t, u, "a", "b")
	key := func(box string) []byte {
		t.Helper()
		k, err := u.URLAuthKey(box)
		if err != nil || len(k) < 16 {
			t.Fatalf("the key of %s: got %d octets, %v; want at least 16", box, len(k), err)
		}
		return k
	}
	a, b := key("a"), key("b")
	if bytes.Equal(a, b) || !bytes.Equal(a, key("a")) {
		t.Error("two mailboxes have the same key, or the key of one has changed")
	}
	if err := u.ResetURLAuthKeys("a"); err != nil || bytes.Equal(a, key("a")) || !bytes.Equal(b, key("b")) {
		t.Errorf("after a reset of a's key, a has the old key or b has a new one; error %v", err)
	}
	a = key("a")
	if err := u.ResetURLAuthKeys(""); err != nil || bytes.Equal(a, key("a")) || bytes.Equal(b, key("b")) {
		t.Errorf("after a reset of all keys, one is unchanged; error %v", err)
	}
	if _, err := u.URLAuthKey("x"); !errors.Is(err, ErrNonExistent) {
		t.Errorf("the key of a mailbox that does not exist: got %v, want %v", err, ErrNonExistent)
	}
}

func TestWatch(t *testing.T) {
	s := New(Options{})
	u, _ := s.AddUser("alice")
	bob, _ := s.AddUser("bob")
	woken := 0
	w := u.Watch(func() { woken++ })
	defer w.Close()
	v, err := u.Select("INBOX", SelectOptions{Watch: w})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	take := func(want string) {
		t.Helper()
		var out []string
		for _, e := range w.Take() {
			s := fmt.Sprint(e.Kind)
			if e.Mailbox != nil {
				s += " " + u.NameOf(e.Mailbox)
			}
			if e.OldName != "" {
				s += " was " + e.OldName
			}
			if e.Name != "" {
				s += " " + e.Name
			}
			out = append(out, s)
		}
		if got := strings.Join(out, "; "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	kind := func(k EventKind) string { return fmt.Sprint(k) }

	create(t, u, "a")
	deliver(t, u.Mailbox("a"), "", "")
	u.Mailbox("a").Expunge(1)
	deliver(t, bob.Mailbox("INBOX"), "")
	if woken != 1 || !w.Pending() {
		t.Errorf("got %d calls of wake, want 1; pending: %v", woken, w.Pending())
	}
	take(kind(MailboxName) + " a; " + kind(MessageNew|MessageExpunged) + " a")
	take("")
	deliver(t, u.Mailbox("INBOX"), "")
	v.Sync(true)
	take(kind(MessageNew) + " INBOX")
	if _, err := v.Store(v.All(), AddFlags, []string{Seen}, StoreOptions{}); err != nil {
		t.Fatal(err)
	}
	take("")
	if err := u.Rename("a", "b"); err != nil {
		t.Fatal(err)
	}
	if err := u.Subscribe("zzz"); err != nil {
		t.Fatal(err)
	}
	if err := bob.Subscribe("zzz"); err != nil {
		t.Fatal(err)
	}
	if err := u.SetMetadata("b", Annotation{"/shared/comment", []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if err := bob.SetMetadata("", Annotation{"/private/comment", []byte("x")}, Annotation{"/shared/y", []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if err := bob.SetACL("INBOX", "alice", ReplaceRights, AllRights); err != nil {
		t.Fatal(err)
	}
	deliver(t, bob.Mailbox("INBOX"), "")
	if err := u.Delete("b"); err != nil {
		t.Fatal(err)
	}
	take(strings.Join([]string{
		kind(MailboxRenamed) + " b was a", kind(Subscription) + " zzz", kind(Metadata) + " b /shared/comment", kind(Metadata) + " /shared/y",
		kind(MailboxACL) + " Other Users/bob/INBOX", kind(MailboxDeleted) + " b", kind(MessageNew) + " Other Users/bob/INBOX",
	}, "; "))
	for range maxEvents + 1 {
		_ = u.Subscribe("x")
		_ = u.Unsubscribe("x")
	}
	take(kind(Overflow))
	w.Close()
	deliver(t, u.Mailbox("INBOX"), "")
	take("")
}
