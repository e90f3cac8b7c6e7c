package session_test

import (
	"errors"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
)

// TestCloseFromOutside closes a session on one goroutine, while another calls Err, State and Mailbox. The race detector
// reports an access that is not synchronized.
func TestCloseFromOutside(t *testing.T) {
	srv := imaptest.NewServer(t)
	for range 20 {
		c, sc := imaptest.Pipe(0)
		go srv.ServeConn(sc, "alice")
		s, err := session.Open(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		closed := make(chan error)
		go func() { closed <- s.Close() }()
		for s.Err() == nil {
			if box := s.Mailbox(); box != nil && box.Name != "INBOX" {
				t.Errorf("got the mailbox %+v, want INBOX or none", box)
			}
			if state := s.State(); state != session.Selected && state != session.Logout {
				t.Errorf("got the state %v, want selected or logout", state)
			}
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
		if !errors.Is(s.Err(), session.ErrClosed) || s.State() != session.Logout || s.Mailbox() != nil {
			t.Errorf("after Close: got the error %v, the state %v and the mailbox %v; want ErrClosed, logout and none", s.Err(), s.State(), s.Mailbox())
		}
		if _, err := commands.Noop(s).Wait(t.Context()); !errors.Is(err, session.ErrClosed) {
			t.Errorf("a command after Close: got %v, want ErrClosed", err)
		}
	}
}
