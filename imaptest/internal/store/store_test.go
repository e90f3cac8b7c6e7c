package store

import (
	"errors"
	"slices"
	"testing"
)

func TestStore(t *testing.T) {
	s := New(Options{Delimiter: '.', OtherUsers: "user", Shared: "public", UIDValidity: 5, Limits: Limits{Users: 2, Mailboxes: 3}})
	u, err := s.AddUser("zoe")
	if err != nil || u.Name() != "zoe" || u.Store() != s || s.User("zoe") != u || s.User("x") != nil {
		t.Fatalf("AddUser: got %v, %v, or the store finds another user", u, err)
	}
	if again, _ := s.AddUser("zoe"); again != u {
		t.Error("AddUser for an existing user returned another one")
	}
	if _, err := s.AddUser(""); !errors.Is(err, ErrCannot) {
		t.Errorf("AddUser without a name: got %v, want %v", err, ErrCannot)
	}
	if _, err := s.AddUser("amy"); err != nil {
		t.Error(err)
	}
	if _, err := s.AddUser("bob"); !errors.Is(err, ErrLimit) || err.Error() != "store: there are 2 users already" {
		t.Errorf("AddUser above the limit: got %v", err)
	}
	if got := s.Users(); !slices.Equal(got, []string{"amy", "zoe"}) {
		t.Errorf("users: got %v", got)
	}
	personal, other, shared := s.Namespaces()
	if s.Delimiter() != '.' || personal[0].Prefix != "" || other[0].Prefix != "user." || shared[0].Prefix != "public." {
		t.Errorf("delimiter %q, namespaces %v, %v, %v", s.Delimiter(), personal, other, shared)
	}
	if l := s.Limits(); l.Users != 2 || l.Depth != 32 || l.MessageSize != 256<<20 {
		t.Errorf("limits: got %+v", l)
	}
	m := u.Mailbox("inbox")
	if m.UIDValidity() != 5 || m.ID() == s.User("amy").Mailbox("INBOX").ID() {
		t.Errorf("UIDVALIDITY %d, want 5; MAILBOXID %s, want one that no other mailbox has", m.UIDValidity(), m.ID())
	}
	m.SetUIDValidity(0)
	if m.UIDValidity() != 1 {
		t.Errorf("UIDVALIDITY after SetUIDValidity(0): got %d, want 1", m.UIDValidity())
	}
	m.SetReadOnly(true)
	v := selectBox(t, u, "INBOX")
	if _, err := v.Store(nil, AddFlags, []string{Seen}, StoreOptions{}); !v.ReadOnly() || v.User() != u || !errors.Is(err, ErrNoPerm) {
		t.Errorf("Store in a read-only mailbox: got %v, want %v", err, ErrNoPerm)
	}
	if _, permanent := v.Flags(); permanent != nil {
		t.Errorf("permanent flags of a read-only mailbox: got %v, want none", permanent)
	}
	if err := m.AddKeyword("$a", `\x`, "", "$A", "b"); err != nil || !slices.Equal(m.Keywords(), []string{"$a", "b"}) {
		t.Errorf("keywords after AddKeyword: got %v, %v", m.Keywords(), err)
	}
	create(t, u, "leaf")
	u.Mailbox("leaf").SetNoInferiors(true)
	if _, err := u.Create("leaf.x"); !errors.Is(err, ErrCannot) {
		t.Errorf("Create below a mailbox with \\Noinferiors: got %v, want %v", err, ErrCannot)
	}
	if l := u.List(pat("leaf")); len(l) != 1 || !l[0].NoInferiors || l[0].Mailbox != u.Mailbox("leaf") {
		t.Errorf("List of a mailbox with \\Noinferiors: got %+v", l)
	}
}
