package commands_test

import (
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// countedWrites counts the client's writes.
type countedWrites struct {
	net.Conn
	n *atomic.Int32
}

func (c countedWrites) Write(p []byte) (int, error) {
	c.n.Add(1)
	return c.Conn.Write(p)
}

// TestChained opens four mailboxes in one round trip. One of them does not exist. Each SELECT gets the responses
// about its mailbox. The session opens the existing mailboxes one after the other, and its view then shows the last
// one. Commands that are started afterwards apply to the last mailbox.
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
			if m != nil && m.Name != "c" { // after the server has closed b, the session opens c, before it learns that c does not exist
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
			t.Errorf("%v: the commands were sent in %d writes, want 1", without, n.Load())
		}
		if len(opened) != 3 || opened[0] != "a" || opened[1] != "b" || opened[2] != "d" {
			t.Errorf("%v: the handler was called for %q", without, opened)
		}
		got, err := commands.Collect(t.Context(), sizes, (*parser.Fetch).Clone, 0)
		if err != nil || len(got) != 4 {
			t.Errorf("%v: %d messages, %v", without, len(got), err)
		}
		// A SELECT that is not Chained waits for the answer to the previous one.
		n.Store(0)
		first, second := commands.Select(s, "a", commands.Chained()), commands.Select(s, "b")
		if _, err := first.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := second.Wait(t.Context()); err != nil || n.Load() != 2 {
			t.Errorf("%v: the second SELECT: %v, after %d writes, want 2", without, err, n.Load())
		}
	}
}

// TestChainedOldNews checks what happens if the server, before it executes the SELECTs, reports a change in the
// mailbox that is still open. The change is not part of the result of any of the SELECTs.
func TestChainedOldNews(t *testing.T) {
	for _, others := range []int{0, 1} {
		c, srv := imaptest.Pipe(0)
		imaptest.Play(t, srv, "S: * PREAUTH [CAPABILITY IMAP4rev1 QRESYNC] hi\nC: A1 SELECT INBOX\nS: * 3 EXISTS\nS: A1 OK x\n"+
			"C: A2 SELECT a (QRESYNC (1 5))\n"+strings.Repeat("C: A3 SELECT b (QRESYNC (1 5))\n", others)+
			"S: * FLAGS ($Old)\nS: * OK [PERMANENTFLAGS ($Old)] x\nS: * OK [UIDNEXT 9] x\nS: * 1 FETCH (UID 1 FLAGS ($Old) MODSEQ (9))\n"+
			"S: * OK [CLOSED] x\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 1] x\nS: * 2 FETCH (UID 2 FLAGS ($New) MODSEQ (7))\nS: A2 OK x\n"+
			strings.Repeat("S: * 1 FETCH (UID 1 FLAGS ($Late) MODSEQ (9))\nS: * OK [CLOSED] x\nS: * OK [UIDVALIDITY 1] x\nS: * 4 FETCH (UID 4 FLAGS ($New) MODSEQ (7))\nS: A3 OK x\n", others))
		var other []string
		s, err := session.Open(t.Context(), c, &session.Config{Handler: session.Handler{Other: func(r *parser.Response) { other = append(other, string(r.Raw())) }}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		known := commands.QResync(commands.Resync{UIDValidity: 1, ModSeq: 5})
		streams := []*session.Stream[commands.Changed]{commands.SelectChanges(s, "a", false, commands.Chained(), known)}
		if others > 0 {
			streams = append(streams, commands.SelectChanges(s, "b", false, commands.Chained(), known))
		}
		for i, stream := range streams {
			var got []uint32
			for x, err := range stream.All(t.Context()) {
				switch {
				case err != nil:
					t.Fatal(err)
				case x.Fetch != nil:
					got = append(got, x.Fetch.UID)
				}
			}
			if want := []uint32{2, 4}[i]; len(got) != 1 || got[0] != want {
				t.Errorf("%d others: SELECT %d yields %d", others, i, got)
			}
		}
		if box := s.Mailbox(); len(box.PermanentFlags) > 0 || box.UIDNext != 0 {
			t.Errorf("the view has data of the old mailbox: %+v", box)
		}
		for _, line := range other {
			if strings.Contains(line, "CLOSED") || strings.Contains(line, "UIDVALIDITY") {
				t.Errorf("%d others: the handler got %q", others, line)
			}
		}
	}
}

// TestChainedStore starts a STORE after two SELECTs. The server refuses the second SELECT, and the first mailbox
// stays open. The STORE is for the second mailbox, so it is not sent.
func TestChainedStore(t *testing.T) {
	c, srv := imaptest.Pipe(0)
	imaptest.Play(t, srv, "S: * PREAUTH [CAPABILITY IMAP4rev1] hi\nC: A1 SELECT a\nC: A2 SELECT b\nS: * 3 EXISTS\nS: A1 OK x\nS: A2 BAD x\nC: A4 NOOP\nS: A4 OK x\n")
	s, err := session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	commands.Select(s, "a", commands.Chained())
	commands.Select(s, "b", commands.Chained())
	err = commands.Store(s, oneUID(1), commands.AddFlags.Silent(), parser.FlagDeleted).Wait(t.Context())
	var other *session.MailboxError
	if !errors.As(err, &other) || other.Started != "b" || other.Open != "a" || !session.SafeToRetry(err) {
		t.Errorf("STORE: %v", err)
	}
	if _, err := commands.Noop(s).Wait(t.Context()); err != nil {
		t.Error(err)
	}
}
