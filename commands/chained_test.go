package commands_test

import (
	"errors"
	"net"
	"sync/atomic"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// countedWrites counts how often a client writes.
type countedWrites struct {
	net.Conn
	n *atomic.Int32
}

func (c countedWrites) Write(p []byte) (int, error) {
	c.n.Add(1)
	return c.Conn.Write(p)
}

// TestChained opens four mailboxes in one round trip, one of which does not exist. Each SELECT gets the responses about
// its mailbox, the session's view follows, and commands that are started afterwards concern the last mailbox.
func TestChained(t *testing.T) {
	for _, without := range [][]string{nil, {"QRESYNC", "CONDSTORE", "IMAP4rev2"}} { // the second kind of server does not send [CLOSED]
		srv := imaptest.NewServer(t, imaptest.Without(without...))
		for i, name := range []string{"a", "b", "d"} {
			for range i + 2 {
				if _, err := srv.Mailbox("alice", name).Append([]byte("Subject: " + name + "\r\n\r\n")); err != nil {
					t.Fatal(err)
				}
			}
		}
		c, sc := imaptest.Pipe(0)
		go srv.ServeConn(sc, "alice")
		n := new(atomic.Int32)
		var opened []string
		handler := session.Handler{Opened: func(m *session.Mailbox) {
			if m != nil && m.Name != "c" { // the server has left b already when it says that c does not exist
				opened = append(opened, m.Name)
			}
		}}
		s, err := session.Open(t.Context(), countedWrites{c, n}, &session.Config{Handler: handler})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		n.Store(0)
		opened = nil
		calls := map[string]*session.Call[commands.Selected]{}
		for _, name := range []string{"a", "b", "c", "d"} {
			calls[name] = commands.Select(s, name, commands.Chained())
		}
		sizes := commands.Fetch(s, numset.All(numset.UID), fetch.Size)
		for name, want := range map[string]uint32{"a": 2, "b": 3, "d": 4} {
			got, err := calls[name].Wait(t.Context())
			if err != nil || got.Name != name || got.Exists != want || got.UIDNext != want+1 {
				t.Errorf("%v: %s: %v, %+v", without, name, err, got)
			}
		}
		if _, err := calls["c"].Wait(t.Context()); !errors.Is(err, parser.NO) {
			t.Errorf("%v: a mailbox that does not exist: %v", without, err)
		}
		if box := s.Mailbox(); box == nil || box.Name != "d" || box.Exists != 4 {
			t.Errorf("%v: the view is %+v", without, box)
		}
		if n.Load() != 1 {
			t.Errorf("%v: it takes %d round trips", without, n.Load())
		}
		if len(opened) != 3 || opened[0] != "a" || opened[1] != "b" || opened[2] != "d" {
			t.Errorf("%v: the handler is told of %q", without, opened)
		}
		got, err := commands.Collect(t.Context(), sizes, (*parser.Fetch).Clone, 0)
		if err != nil || len(got) != 4 {
			t.Errorf("%v: %d messages, %v", without, len(got), err)
		}
		// A SELECT that is not Chained still waits for the answer of the one before.
		n.Store(0)
		first, second := commands.Select(s, "a", commands.Chained()), commands.Select(s, "b")
		if _, err := first.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := second.Wait(t.Context()); err != nil || n.Load() != 2 {
			t.Errorf("%v: %v, after %d writes", without, err, n.Load())
		}
	}
}
