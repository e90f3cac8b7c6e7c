package resync_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// TestPasses changes a mailbox at random between passes, on each of the servers.
func TestPasses(t *testing.T) {
	for _, sv := range servers {
		for _, opts := range []*resync.Options{nil, {Batch: 3, Window: 7}, {ReadOnly: true, Window: 1}} {
			t.Run(fmt.Sprint(sv.name, opts), func(t *testing.T) {
				t.Parallel()
				srv := imaptest.NewServer(t, imaptest.Without(sv.without...))
				box := srv.Mailbox("alice", "INBOX")
				fill(t, box, 20)
				s := mustDial(t, srv)
				r := newReplica()
				rnd := rand.New(rand.NewPCG(1, 2))
				for round := range 30 {
					p, err := r.pass(t.Context(), s, opts)
					if err != nil {
						t.Fatal(err)
					}
					r.same(t, fmt.Sprint("round ", round), box)
					if round > 0 && len(r.messages) > 0 && p.Way() != sv.way {
						t.Errorf("round %d: the pass used the method %v", round, p.Way())
					}
					for range rnd.IntN(5) {
						change(t, box, rnd, round)
					}
					switch round % 4 {
					case 1: // another connection, as on the next day
						s = mustDial(t, srv)
					case 2: // the mailbox is no longer open
						if _, err := commands.Examine(s, "INBOX").Wait(t.Context()); err != nil {
							t.Fatal(err)
						}
					}
				}
				if r.resets > 0 {
					t.Errorf("%d resets, want none", r.resets)
				}
			})
		}
	}
}

// change makes one change to a mailbox.
func change(t *testing.T, box *imaptest.Mailbox, rnd *rand.Rand, i int) {
	var all []uint32
	for m := range box.Messages() {
		all = append(all, m.UID)
	}
	flag := []parser.Flag{parser.FlagSeen, parser.FlagFlagged, "$LabelA", "$Other"}[rnd.IntN(4)]
	if len(all) == 0 || rnd.IntN(4) == 0 {
		if _, err := box.Append(body(i), flag); err != nil {
			t.Fatal(err)
		}
		return
	}
	uid := all[rnd.IntN(len(all))]
	switch rnd.IntN(5) {
	case 0:
		box.Expunge(uid)
	case 1:
		box.Expunge(slices.MaxFunc(all, func(a, b uint32) int { return int(a) - int(b) }))
	case 2:
		box.RemoveFlags([]parser.Flag{flag}, uid)
	default:
		box.AddFlags([]parser.Flag{flag}, uid)
	}
}

// TestNothingNew checks that a pass sends a single command if nothing has changed.
func TestNothingNew(t *testing.T) {
	for _, sv := range servers[:3] {
		srv := imaptest.NewServer(t, imaptest.Without(sv.without...))
		fill(t, srv.Mailbox("alice", "INBOX"), 20)
		s := mustDial(t, srv)
		r := newReplica()
		for range 2 {
			srv.Forget()
			if _, err := r.pass(t.Context(), s, nil); err != nil {
				t.Fatal(err)
			}
		}
		if got := srv.Received(); len(got) != 1 {
			t.Errorf("%s: want one command, got %v", sv.name, got.Strings())
		}
	}
}

// TestReset checks that a pass yields Reset if UIDVALIDITY or MAILBOXID has changed, or UIDNEXT has decreased.
func TestReset(t *testing.T) {
	for _, sv := range servers {
		srv := imaptest.NewServer(t, imaptest.Without(sv.without...))
		box := srv.Mailbox("alice", "INBOX")
		fill(t, box, 5)
		s := mustDial(t, srv)
		r := newReplica()
		pass := func(what string, resets int) {
			t.Helper()
			if _, err := r.pass(t.Context(), s, nil); err != nil {
				t.Fatal(err)
			}
			r.same(t, sv.name+", "+what, box)
			if r.resets != resets {
				t.Fatalf("%s, %s: %d resets", sv.name, what, r.resets)
			}
		}
		pass("first", 0)
		box.SetUIDValidity(4711)
		pass("another UIDVALIDITY", 1)
		pass("and again", 1)
		r.state.UIDNext = 1000
		pass("UIDNEXT that has gone back", 2)
		if r.state.MailboxID != "" {
			r.state.MailboxID = "another"
			box.AddFlags([]parser.Flag{parser.FlagFlagged}, 2)
			pass("another MAILBOXID", 3)
		}
	}
}
