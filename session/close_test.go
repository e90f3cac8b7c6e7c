package session_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

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

// TestCloseInBody closes a session in the body of a loop, while a message is being sent. When the loop has ended, so have
// the session and its commands.
func TestCloseInBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, nil, preauth+"C: A1 SELECT INBOX\nS: A1 OK\nC: A2 LIST \"\" *\nS: * LIST () NIL INBOX\n")
		if err := runCommand(t, s, selecting(&session.Mailbox{Name: "INBOX"})); err != nil {
			t.Fatal(err)
		}
		list := commands.List(s, "", "*")
		message := session.Start[struct{}](s, appending(1000, &slowBody{pause: time.Millisecond}), nil)
		for range list.All(t.Context()) {
			s.Close()
			break
		}
		if !errors.Is(s.Err(), session.ErrClosed) || s.State() != session.Logout || s.Mailbox() != nil || !message.Done() {
			t.Errorf("got the error %v, the state %v, the mailbox %v and Done() = %v; want ErrClosed, logout, none and true", s.Err(), s.State(), s.Mailbox(), message.Done())
		}
	})
}
