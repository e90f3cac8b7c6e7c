package session_test

import (
	"context"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
)

// TestUnfinished counts the commands that were started and are neither answered nor abandoned.
func TestUnfinished(t *testing.T) {
	srv, err := imaptest.New(imaptest.WithUser("alice", "secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	c, sc := imaptest.Pipe(0)
	go srv.ServeConn(sc, "alice")
	s, err := session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := func(n int) {
		t.Helper()
		if got := s.Unfinished(); got != n {
			t.Errorf("Unfinished: got %d, want %d", got, n)
		}
	}
	want(0)
	one, two := commands.Noop(s), commands.List(s, "", "*")
	want(2)
	if _, err := one.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range two.All(t.Context()) {
		break
	}
	want(0)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	three := commands.Noop(s)
	three.Wait(gone)
	want(0)
	commands.Noop(s)
	s.Close()
	want(0)
}
