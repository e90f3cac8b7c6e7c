package resync_test

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// TestLoopExpunges expunges messages in the loop's body, on the same session, so that the sequence numbers of
// messages that the pass has not read yet change. If the pass continued at the old sequence number, it would skip as
// many messages as were expunged.
func TestLoopExpunges(t *testing.T) {
	for _, sv := range servers[:4] {
		srv := imaptest.NewServer(t, imaptest.Without(sv.without...))
		box := srv.Mailbox("alice", "INBOX")
		fill(t, box, 20)
		s := mustDial(t, srv)
		r := newReplica()
		done := false
		pass := func() error {
			return r.passWith(t.Context(), s, &resync.Options{Window: 4, Batch: 2}, func() {
				if done {
					return
				}
				done = true
				if err := commands.Store(s, uids(1, 2, 3), commands.AddFlags.Silent(), parser.FlagDeleted).Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := commands.UIDExpunge(s, uids(1, 2, 3)).Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
			})
		}
		if err := pass(); err != nil {
			t.Fatal(err)
		}
		for m := range box.Messages() {
			if _, ok := r.messages[m.UID]; !ok {
				t.Errorf("%s: UID %d was not reported", sv.name, m.UID)
			}
		}
		if err := pass(); err != nil {
			t.Fatal(err)
		}
		r.same(t, sv.name, box)
	}
}

// TestOwnChanges enters the program's own changes in the State. The pass does not yield them.
func TestOwnChanges(t *testing.T) {
	for _, sv := range servers {
		srv := imaptest.NewServer(t, imaptest.Without(sv.without...))
		box := srv.Mailbox("alice", "INBOX")
		fill(t, box, 4)
		s := mustDial(t, srv)
		p := resync.New(s, "INBOX", resync.State{}, nil)
		for _, err := range p.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if box.Status().Messages > 4 {
				continue
			}
			uid, err := box.Append(body(7), parser.FlagDraft)
			if err != nil {
				t.Fatal(err)
			}
			p.Edit(func(st *resync.State) { st.Add(uid, `\draft`, parser.FlagRecent) })
		}
		state := p.State()
		box.SetFlags([]parser.Flag{parser.FlagFlagged, "$A"}, 1)
		state.SetFlags(1, parser.FlagFlagged, "$a")
		state.SetFlags(99, parser.FlagFlagged)
		box.Expunge(2)
		state.Remove(uids(2))
		told := ""
		p = resync.New(s, "INBOX", state, nil)
		for c, err := range p.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			told += c.Kind.String() + " " + c.UIDs.String() + "; "
		}
		if told != "" {
			t.Errorf("%s: the pass has yielded %s, want nothing", sv.name, told)
		}
	}
}

// TestOwnChangesOfYielded changes messages in the loop's body, right after the pass has yielded them, and enters the
// changes in the State. Neither this pass nor the next one yields these changes.
func TestOwnChangesOfYielded(t *testing.T) {
	for _, sv := range servers {
		srv := imaptest.NewServer(t, imaptest.Without(sv.without...))
		box := srv.Mailbox("alice", "INBOX")
		fill(t, box, 4)
		s := mustDial(t, srv)
		told := ""
		pass := func(saved resync.State) resync.State {
			p := resync.New(s, "INBOX", saved, nil)
			for c, err := range p.All(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				told += c.Kind.String() + " " + c.UIDs.String() + "; "
				switch c.Kind {
				case resync.Arrived:
					box.SetFlags([]parser.Flag{"$Done"}, 1)
					box.Expunge(2)
					p.Edit(func(st *resync.State) {
						st.SetFlags(1, "$Done")
						st.Remove(uids(2))
					})
				case resync.Flags:
					box.SetFlags([]parser.Flag{"$Both"}, 3)
					p.Edit(func(st *resync.State) { st.SetFlags(3, "$Both") })
				}
			}
			return p.State()
		}
		saved := pass(resync.State{})
		box.SetFlags([]parser.Flag{parser.FlagFlagged}, 3)
		if saved = pass(pass(saved)); told != "arrived 1:4; flags 3; " || saved.UIDs.String() != "1,3:4" {
			t.Errorf("%s: the passes have yielded %s; the State has the messages %v", sv.name, told, saved.UIDs)
		}
	}
}

// TestOmittedMessages checks that a pass does not yield messages as gone only because the server has left them out of
// an answer.
func TestOmittedMessages(t *testing.T) {
	const silent = "no answer to FETCH" // the client cannot know then which flags have changed
	for name, lines := range map[string]func(string) string{
		"a FETCH that is left out": func(line string) string {
			if strings.HasPrefix(line, "* 3 FETCH") {
				return ""
			}
			return line
		},
		"a FETCH that cannot be read": func(line string) string {
			if strings.HasPrefix(line, "* 3 FETCH") {
				return "* 3 FETCH (UID ) FLAGS {x})\r\n"
			}
			return line
		},
		"a SEARCH that is cut short": func(line string) string {
			switch {
			case strings.HasPrefix(line, "* SEARCH"):
				return "* SEARCH 1\r\n"
			case strings.HasPrefix(line, "* ESEARCH"):
				return line[:strings.Index(line, "UID")] + "UID ALL 1\r\n"
			}
			return line
		},
		silent: func(line string) string {
			if strings.HasPrefix(line, "* ") && strings.Contains(line, " FETCH ") {
				return ""
			}
			return line
		},
	} {
		for _, sv := range servers {
			srv := imaptest.NewServer(t, imaptest.Without(sv.without...))
			box := srv.Mailbox("alice", "INBOX")
			fill(t, box, 9)
			r := newReplica()
			if _, err := r.pass(t.Context(), mustDial(t, srv), nil); err != nil {
				t.Fatal(err)
			}
			if name != silent {
				box.AddFlags([]parser.Flag{"$X"}, 5)
			}
			box.Append(body(10))
			box.Expunge(7)
			s, err := dial(t, srv, func(c net.Conn) net.Conn { return &lineChanger{Conn: c, r: bufio.NewReader(c), lines: lines} }, session.Handler{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.pass(t.Context(), s, nil); err != nil {
				t.Errorf("%s, %s: %v", name, sv.name, err)
			}
			s.Close()
			for m := range box.Messages() {
				if _, ok := r.messages[m.UID]; !ok && m.UID != 10 {
					t.Errorf("%s, %s: UID %d was reported as gone", name, sv.name, m.UID)
				}
			}
			// Once the server answers correctly, the next pass yields everything.
			if _, err := r.pass(t.Context(), mustDial(t, srv), nil); err != nil {
				t.Fatal(err)
			}
			r.same(t, name+", "+sv.name, box)
		}
	}
}

// TestAnotherMailboxInLoop sends EXAMINE in the loop's body. The pass ends with ErrMoved, even if EXAMINE opens the
// same mailbox again.
func TestAnotherMailboxInLoop(t *testing.T) {
	srv := imaptest.NewServer(t)
	fill(t, srv.Mailbox("alice", "INBOX"), 4)
	s := mustDial(t, srv)
	err := newReplica().passWith(t.Context(), s, nil, func() {
		if _, err := commands.Examine(s, "INBOX").Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if !errors.Is(err, resync.ErrMoved) {
		t.Error(err)
	}
	if _, err := newReplica().pass(t.Context(), s, &resync.Options{MaxMessages: 3}); err == nil {
		t.Error("no error, although the mailbox has 4 messages and MaxMessages is 3")
	}
	p := resync.New(s, "none", resync.State{}, nil)
	for c, err := range p.All(t.Context()) {
		if c != nil || !errors.Is(err, parser.NO) {
			t.Error(c, err)
		}
	}
}
