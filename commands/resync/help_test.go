package resync_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// replica is a program's copy of a mailbox: each message with its flags. Its methods fail the test if a pass yields a
// change twice.
type replica struct {
	messages map[uint32]string
	state    resync.State
	box      string // "" means INBOX
	resets   int
	arrived  int // messages reported as new
	flags    int // messages reported as changed
	gone     int
}

func newReplica() *replica { return &replica{messages: map[uint32]string{}} }

// take applies a change, and returns an error if the change contradicts the replica.
func (r *replica) take(c *resync.Change) error {
	n := uint64(0)
	for uid, flags := range c.Messages() {
		n++
		text, known := r.messages[uid]
		switch now := fmt.Sprint(flags); c.Kind {
		case resync.Arrived:
			if known {
				return fmt.Errorf("UID %d was reported as new twice", uid)
			}
			r.arrived++
			r.messages[uid] = now
		case resync.Flags:
			if !known || text != fmt.Sprint(c.Was(uid)) {
				return fmt.Errorf("UID %d has the flags %s in the copy, but Was returns %v", uid, text, c.Was(uid))
			}
			if text == now {
				return fmt.Errorf("UID %d was reported as changed, but had the flags %s before", uid, now)
			}
			r.flags++
			r.messages[uid] = now
		case resync.Gone:
			if !known {
				return fmt.Errorf("UID %d was reported as gone, but the copy does not have it", uid)
			}
			r.gone++
			delete(r.messages, uid)
		}
	}
	if n != c.Count {
		return fmt.Errorf("a change of kind %v is about %d messages, but its Count is %d", c.Kind, n, c.Count)
	}
	if c.Kind == resync.Reset {
		r.resets++
		clear(r.messages)
	}
	return nil
}

// pass makes one pass over INBOX. Each time, it writes the state as text and reads it again.
func (r *replica) pass(ctx context.Context, s *session.Session, opts *resync.Options) (*resync.Pass, error) {
	text, err := r.state.MarshalText()
	if err != nil {
		return nil, err
	}
	if err := r.state.UnmarshalText(text); err != nil {
		return nil, err
	}
	p := resync.New(s, cmp.Or(r.box, "INBOX"), r.state, opts)
	for c, err := range p.All(ctx) {
		r.state = p.State()
		if err != nil {
			return p, err
		}
		if err := r.take(c); err != nil {
			return p, fmt.Errorf("%v: %w", p.Way(), err)
		}
	}
	r.state = p.State()
	return p, nil
}

func (r *replica) String() string {
	var b strings.Builder
	for _, uid := range slices.Sorted(maps.Keys(r.messages)) {
		fmt.Fprintf(&b, "%d%s ", uid, r.messages[uid])
	}
	return b.String()
}

// serverMailbox returns a server's mailbox in the form of replica.String.
func serverMailbox(box *imaptest.Mailbox) string {
	r := newReplica()
	for m := range box.Messages() {
		flags := []parser.Flag{}
		for _, f := range m.Flags {
			if f != parser.FlagRecent {
				flags = append(flags, f)
			}
		}
		slices.Sort(flags)
		r.messages[m.UID] = fmt.Sprint(flags)
	}
	return r.String()
}

// same fails the test unless the replica, its state and the server's mailbox are equal.
func (r *replica) same(t *testing.T, what string, box *imaptest.Mailbox) {
	t.Helper()
	if want := serverMailbox(box); r.String() != want {
		t.Fatalf("%s: the copy has\n%s, the server has\n%s", what, r, want)
	}
	own := newReplica()
	for uid := range r.state.UIDs.Numbers() {
		own.messages[uid] = fmt.Sprint(r.state.FlagsOf(uid))
	}
	if own.String() != r.String() {
		t.Fatalf("%s: the state has\n%s, the copy\n%s", what, own, r)
	}
}

// dial opens a session in which alice is logged in.
func dial(t *testing.T, srv *imaptest.Server, wrap func(net.Conn) net.Conn, handler session.Handler) (*session.Session, error) {
	c, sc := imaptest.Pipe(0)
	go srv.ServeConn(sc, "alice")
	if wrap != nil {
		c = wrap(c)
	}
	return session.Open(t.Context(), c, &session.Config{Handler: handler})
}

func mustDial(t *testing.T, srv *imaptest.Server) *session.Session {
	t.Helper()
	s, err := dial(t, srv, nil, session.Handler{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// servers lists servers with different extensions. For each Way, there is a server on which no better Way works.
var servers = []struct {
	name    string
	without []string
	way     resync.Way
}{
	{"qresync", nil, resync.ByQResync},
	{"condstore", []string{"QRESYNC"}, resync.ByCondStore},
	{"condstore without ESEARCH", []string{"QRESYNC", "ESEARCH"}, resync.ByCondStore},
	{"comparing", []string{"QRESYNC", "CONDSTORE"}, resync.ByComparing},
	{"without anything", []string{"QRESYNC", "CONDSTORE", "ESEARCH", "OBJECTID", "UIDPLUS", "IMAP4rev2", "ENABLE", "UNSELECT"}, resync.ByComparing},
}

func body(i int) []byte { return fmt.Appendf(nil, "Subject: %d\r\n\r\ntext\r\n", i) }

func fill(t *testing.T, box *imaptest.Mailbox, n int) {
	t.Helper()
	for i := range n {
		var flags []parser.Flag
		if i%2 == 0 {
			flags = append(flags, parser.FlagSeen)
		}
		if i%5 == 0 {
			flags = append(flags, "$Label"+parser.Flag(rune('A'+i%3)))
		}
		if _, err := box.Append(body(i), flags...); err != nil {
			t.Fatal(err)
		}
	}
}

func uids(nums ...uint32) numset.Set { return numset.Of(numset.UID, nums...) }
