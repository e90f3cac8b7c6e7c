package resync_test

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// turns counts the client's writes. Each of them costs a round trip.
type turns struct {
	net.Conn
	n *atomic.Int32
}

func (c turns) Write(p []byte) (int, error) {
	c.n.Add(1)
	return c.Conn.Write(p)
}

// TestRoundTrips counts the round trips of a pass. ENABLE is sent together with SELECT, and so is the first FETCH if
// the State knows nothing about the mailbox.
func TestRoundTrips(t *testing.T) {
	for _, kind := range servers {
		srv := imaptest.NewServer(t, imaptest.Without(kind.without...))
		box := srv.Mailbox("alice", "INBOX")
		fill(t, box, 20)
		r := newReplica()
		pass := func(what string, most int32) {
			t.Helper()
			n := new(atomic.Int32)
			s, err := dial(t, srv, func(c net.Conn) net.Conn { return turns{c, n} }, session.Handler{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			n.Store(0)
			if _, err := r.pass(t.Context(), s, nil); err != nil {
				t.Fatal(err)
			}
			if r.same(t, kind.name, box); n.Load() > most {
				t.Errorf("%s: %s takes %d round trips, want at most %d", kind.name, what, n.Load(), most)
			}
		}
		pass("the first pass", 1)
		trips := map[resync.Way]int32{resync.ByQResync: 1, resync.ByCondStore: 2, resync.ByComparing: 2}[kind.way]
		if err := box.SetFlags([]parser.Flag{parser.FlagFlagged}, 3, 9); err != nil {
			t.Fatal(err)
		}
		pass("other flags", trips)
	}
}

// TestGapBeforeUIDNext uses mailboxes whose last messages have been expunged, which is common. The pass does not look
// for messages between the last one and UIDNEXT. If messages arrived and were expunged again between two passes, the
// second one sends at most one more command.
func TestGapBeforeUIDNext(t *testing.T) {
	for _, kind := range servers {
		for name, keep := range map[string]int{"some": 15, "none": 0} {
			srv := imaptest.NewServer(t, imaptest.Without(kind.without...))
			box := srv.Mailbox("alice", "INBOX")
			fill(t, box, 20)
			r := newReplica()
			remove := func() {
				var last []uint32
				for m := range box.Messages() {
					if m.UID > uint32(keep) {
						last = append(last, m.UID)
					}
				}
				box.Expunge(last...)
			}
			pass := func(what string, most int32) {
				t.Helper()
				n := new(atomic.Int32)
				s, err := dial(t, srv, func(c net.Conn) net.Conn { return turns{c, n} }, session.Handler{})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				n.Store(0)
				if _, err := r.pass(t.Context(), s, nil); err != nil {
					t.Fatal(err)
				}
				if r.same(t, kind.name, box); n.Load() > most {
					t.Errorf("%s, %s are left: %s takes %d round trips, want at most %d", kind.name, name, what, n.Load(), most)
				}
				if got := r.state.UIDNext; got != box.Status().UIDNext {
					t.Errorf("%s, %s are left: after %s the state's UIDNEXT is %d, want %d", kind.name, name, what, got, box.Status().UIDNext)
				}
			}
			remove()
			pass("the first pass", 1)
			fill(t, box, 3)
			remove()
			between := map[resync.Way]int32{resync.ByQResync: 2, resync.ByCondStore: 3, resync.ByComparing: 2}[kind.way]
			pass("a pass over what came and went", between)
			again := int32(1)
			if kind.way == resync.ByComparing && keep > 0 {
				again = 2
			}
			pass("a pass without news", again)
		}
	}
}

// TestFirstMessages checks that a pass yields all messages even if the server leaves some out of its answer to the
// FETCH that is sent with SELECT.
func TestFirstMessages(t *testing.T) {
	for name, keep := range map[string]func(uid int) bool{
		"the last ones only": func(uid int) bool { return uid > 10 },
		"the first ones":     func(uid int) bool { return uid < 10 },
		"every other one":    func(uid int) bool { return uid%2 == 0 },
		"none":               func(uid int) bool { return false },
		"all":                func(uid int) bool { return true },
	} {
		for _, window := range []uint32{5, 7, 20, 50} {
			srv := imaptest.NewServer(t)
			box := srv.Mailbox("alice", "INBOX")
			fill(t, box, 20)
			first := true
			s := rewrittenSession(t, srv, func(line string) string {
				var seq, uid int
				if n, _ := fmt.Sscanf(line, "* %d FETCH (UID %d", &seq, &uid); n == 2 && first && !keep(uid) {
					return ""
				}
				if strings.Contains(line, "OK") && strings.Contains(line, "FETCH") {
					first = false
				}
				return line
			})
			r := newReplica()
			if _, err := r.pass(t.Context(), s, &resync.Options{Window: window}); err != nil {
				t.Fatalf("%s, %d: %v", name, window, err)
			}
			if first {
				t.Fatal("the end of the first FETCH was not seen")
			}
			r.same(t, fmt.Sprintf("%s, %d", name, window), box)
		}
	}
}
