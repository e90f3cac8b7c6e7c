package resync_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// copies holds the replicas of several mailboxes.
type copies struct {
	names []string
	boxes []*imaptest.Mailbox
	own   []*replica
}

func newCopies(t *testing.T, srv *imaptest.Server, n int) *copies {
	t.Helper()
	c := &copies{}
	for i := range n {
		name := fmt.Sprintf("Box %d", i)
		box := srv.Mailbox("alice", name)
		fill(t, box, 6)
		r := newReplica()
		r.box = name
		c.names, c.boxes, c.own = append(c.names, name), append(c.boxes, box), append(c.own, r)
	}
	return c
}

// glance calls Glance once for all replicas, and then updates each of them.
func (c *copies) glance(ctx context.Context, s *session.Session) error {
	var passes []*resync.Pass
	for _, r := range c.own {
		passes = append(passes, resync.New(s, r.box, r.state, nil))
	}
	if err := resync.Glance(ctx, passes...); err != nil {
		return err
	}
	for i, p := range passes {
		r := c.own[i]
		for change, err := range p.All(ctx) {
			r.state = p.State()
			if err == nil {
				err = r.take(change)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", r.box, err)
			}
		}
		r.state = p.State()
	}
	return nil
}

func (c *copies) same(t *testing.T, what string) {
	t.Helper()
	for i, r := range c.own {
		r.same(t, what+": "+r.box, c.boxes[i])
	}
}

// changeAll changes flags in all mailboxes, and expunges a message in some.
func (c *copies) changeAll(t *testing.T) {
	t.Helper()
	for i, box := range c.boxes {
		if err := box.SetFlags([]parser.Flag{parser.FlagFlagged, "$B"}, uint32(2+i%3)); err != nil {
			t.Fatal(err)
		}
		if i%2 == 1 {
			box.Expunge(5)
		}
	}
}

// TestGlance updates the replicas of ten mailboxes: in one round trip if the server has QRESYNC, and correctly on all
// servers.
func TestGlance(t *testing.T) {
	for _, kind := range servers {
		srv := imaptest.NewServer(t, imaptest.Without(kind.without...))
		c := newCopies(t, srv, 10)
		if err := c.glance(t.Context(), mustDial(t, srv)); err != nil {
			t.Fatalf("%s: %v", kind.name, err)
		}
		c.same(t, kind.name)
		c.changeAll(t)
		n := new(atomic.Int32)
		s, err := dial(t, srv, func(nc net.Conn) net.Conn { return turns{nc, n} }, session.Handler{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		n.Store(0)
		if err := c.glance(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", kind.name, err)
		}
		c.same(t, kind.name)
		if n.Load() > 1 && kind.way == resync.ByQResync {
			t.Errorf("%s: Glance takes %d round trips, want 1", kind.name, n.Load())
		}
		n.Store(0)
		if err := c.glance(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", kind.name, err)
		}
		if c.same(t, kind.name); n.Load() > 1 && kind.way == resync.ByQResync {
			t.Errorf("%s: without changes, Glance takes %d round trips, want 1", kind.name, n.Load())
		}
	}
}

// TestGlanceDoesNotSuffice changes mailboxes in ways for which the answers to Glance do not suffice. The method All
// opens these mailboxes and asks again. The other mailboxes are not affected.
func TestGlanceDoesNotSuffice(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, srv *imaptest.Server, c *copies){
		"a new message": func(t *testing.T, _ *imaptest.Server, c *copies) { fill(t, c.boxes[1], 1) },
		"a message came and went": func(t *testing.T, _ *imaptest.Server, c *copies) {
			fill(t, c.boxes[2], 1)
			c.boxes[2].Expunge(7)
		},
		"another UIDVALIDITY":           func(t *testing.T, _ *imaptest.Server, c *copies) { c.boxes[0].SetUIDValidity(4711) },
		"the last has a new message":    func(t *testing.T, _ *imaptest.Server, c *copies) { fill(t, c.boxes[3], 2) },
		"all messages are gone":         func(t *testing.T, _ *imaptest.Server, c *copies) { c.boxes[1].Expunge(1, 2, 3, 4, 5, 6) },
		"nothing is known of a mailbox": func(t *testing.T, _ *imaptest.Server, c *copies) { c.own[2] = newReplica(); c.own[2].box = c.names[2] },
	} {
		srv := imaptest.NewServer(t)
		c := newCopies(t, srv, 4)
		s := mustDial(t, srv)
		if err := c.glance(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		c.changeAll(t)
		change(t, srv, c)
		for range 2 {
			if err := c.glance(t.Context(), s); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			c.same(t, name)
		}
	}
}

// TestGlanceRefused lets the server refuse one of four SELECTs that were sent together: the first, then the second, and
// so on. The passes use the answers to the others, and the pass whose SELECT was refused sends it again. If the mailbox
// is gone, that pass yields the server's refusal.
func TestGlanceRefused(t *testing.T) {
	for _, status := range []parser.Status{parser.NO, parser.BAD} {
		for at := range 4 {
			srv := imaptest.NewServer(t)
			c := newCopies(t, srv, 4)
			s := mustDial(t, srv)
			if err := c.glance(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			c.changeAll(t)
			srv.Inject(imaptest.Answer{Status: status, Text: "not now"}, imaptest.When{Command: "SELECT", Skip: at, Times: 1})
			if err := c.glance(t.Context(), s); err != nil {
				t.Fatalf("%v at %d: %v", status, at, err)
			}
			c.same(t, fmt.Sprintf("%v at %d", status, at))
			if err := srv.DeleteMailbox("alice", c.names[at]); err != nil {
				t.Fatal(err)
			}
			if err := c.glance(t.Context(), s); !errors.Is(err, parser.NO) {
				t.Errorf("mailbox %d is gone, but the error is %v", at, err)
			}
		}
	}
}

// TestGlanceCut cuts the connection after every seventh octet of each side, and continues with the saved States: no
// change is lost, and none is yielded twice.
func TestGlanceCut(t *testing.T) {
	for _, side := range []imaptest.Side{imaptest.ClientSide, imaptest.ServerSide} {
		for at, done := int64(0), false; !done; at += 7 {
			srv, err := imaptest.New()
			if err != nil {
				t.Fatal(err)
			}
			c := newCopies(t, srv, 3)
			if err := c.glance(t.Context(), mustDial(t, srv)); err != nil {
				t.Fatal(err)
			}
			c.changeAll(t)
			s, err := dial(t, srv, func(nc net.Conn) net.Conn {
				return imaptest.NewLink(nc, imaptest.ClientSide, 1, imaptest.Cut{From: side, After: at})
			}, session.Handler{})
			if err == nil {
				err = c.glance(t.Context(), s)
				s.Close()
			}
			done = err == nil
			if err := c.glance(t.Context(), mustDial(t, srv)); err != nil {
				t.Fatal(err)
			}
			c.same(t, fmt.Sprintf("cut after %d", at))
			if told := slices.ContainsFunc(c.own, func(r *replica) bool { return r.resets > 0 }); told {
				t.Fatalf("cut after %d octets: a pass has yielded Reset", at)
			}
			srv.Close()
		}
	}
}

// TestInteropGlance keeps copies of several mailboxes on a real server while another connection changes them.
func TestInteropGlance(t *testing.T) {
	for _, env := range []peer.Env{peer.Dovecot(t), peer.Cyrus(t)} {
		srv := realServer{env, resync.ByQResync}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		other := &other{rnd: rand.New(rand.NewPCG(3, 4))}
		var err error
		if other.s, err = srv.login(t, ctx, session.Handler{}); err != nil {
			t.Fatal(err)
		}
		defer other.s.Close()
		c := &copies{}
		for i := range 5 {
			r := newReplica()
			r.box = fmt.Sprint("INBOX.glance-", i)
			commands.Delete(other.s, r.box).Wait(ctx) // left by a run that was interrupted
			if _, err := commands.Create(other.s, r.box).Wait(ctx); err != nil {
				t.Fatal(err)
			}
			defer func() { commands.Delete(other.s, r.box).Wait(ctx) }()
			c.own = append(c.own, r)
			other.box = r.box
			other.change(t, ctx, 8)
		}
		s, err := srv.login(t, ctx, session.Handler{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for round := range 10 {
			for i, r := range c.own {
				other.box = r.box
				if other.change(t, ctx, i%3); i == round%5 {
					continue
				}
				_, uids := other.all(t, ctx)
				if err := commands.Store(other.s, numset.Of(numset.UID, uids[0]), commands.AddFlags, parser.Flag(fmt.Sprint("Round", round%3))).Wait(ctx); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.glance(ctx, s); err != nil {
				t.Fatalf("%s, round %d: %v", env.Name, round, err)
			}
			for _, r := range c.own {
				other.box = r.box
				if want, _ := other.all(t, ctx); r.String() != want {
					t.Fatalf("%s, round %d: the copy of %s has\n%s, the server has\n%s", env.Name, round, r.box, r, want)
				}
			}
		}
	}
}
