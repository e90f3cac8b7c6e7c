package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/parser/message"
)

// replica is a client that knows about the mailbox only what Sync and its own commands tell it.
type replica struct {
	v     *View
	uids  []uint32
	set   []map[string]bool // the flags of each message
	known map[string]bool   // keywords that were announced to it
}

func flagSet(f *Flags) map[string]bool {
	m := map[string]bool{}
	for _, n := range f.Names() {
		m[n] = true
	}
	return m
}

func (r *replica) learn(t *testing.T, f *Flags) {
	t.Helper()
	for _, n := range f.Names() {
		if !strings.HasPrefix(n, `\`) && !r.known[n] {
			t.Fatalf("the keyword %s was used before it was announced", n)
		}
	}
}

func (r *replica) announce() {
	flags, _ := r.v.Flags()
	for _, f := range flags {
		r.known[f] = true
	}
}

// sync applies the changes that Sync returns.
func (r *replica) sync(t *testing.T, expunge bool) {
	t.Helper()
	for _, c := range r.v.Sync(expunge) {
		switch c.Kind {
		case Expunged:
			if !expunge {
				t.Fatal("Sync returned an expunge without allowExpunge")
			}
			if int(c.Seq) > len(r.uids) || r.uids[c.Seq-1] != c.UID {
				t.Fatalf("expunge of message %d, UID %d, but the client has the UIDs %v", c.Seq, c.UID, r.uids)
			}
			r.uids = slices.Delete(r.uids, int(c.Seq)-1, int(c.Seq))
			r.set = slices.Delete(r.set, int(c.Seq)-1, int(c.Seq))
		case Exists:
			if int(c.Count) <= len(r.uids) {
				t.Fatalf("EXISTS %d, but the client has %d messages", c.Count, len(r.uids))
			}
			for it := range r.v.Items([]Range{span(uint32(len(r.uids)+1), c.Count)}) {
				r.fetched(t, it)
			}
		case FlagList:
			r.announce()
		case FlagsOf:
			if int(c.Seq) > len(r.uids) || r.uids[c.Seq-1] != c.UID {
				t.Fatalf("flags of message %d, UID %d, but the client has the UIDs %v", c.Seq, c.UID, r.uids)
			}
			r.learn(t, c.Flags)
			r.set[c.Seq-1] = flagSet(c.Flags)
		}
	}
	if r.v.Len() != len(r.uids) {
		t.Fatalf("the view has %d messages, and the client has %d", r.v.Len(), len(r.uids))
	}
	for i, u := range r.uids {
		if r.v.UID(uint32(i+1)) != u || r.v.Seq(u) != uint32(i+1) {
			t.Fatalf("message %d has UID %d in the view, and UID %d at the client", i+1, r.v.UID(uint32(i+1)), u)
		}
	}
}

// fetched applies the response to a FETCH.
func (r *replica) fetched(t *testing.T, it Item) {
	t.Helper()
	if it.Announce {
		r.announce()
	}
	r.learn(t, it.Flags)
	if int(it.Seq) == len(r.uids)+1 {
		r.uids = append(r.uids, it.UID)
		r.set = append(r.set, nil)
	}
	r.set[it.Seq-1] = flagSet(it.Flags)
}

// store changes flags. The client computes the flags that the server does not send.
func (r *replica) store(t *testing.T, rng *rand.Rand, flags []string) {
	if len(r.uids) == 0 {
		return
	}
	op := FlagOp(rng.IntN(3))
	silent := rng.IntN(2) == 0
	a, b := uint32(rng.IntN(len(r.uids))+1), uint32(rng.IntN(len(r.uids))+1)
	seqs, err := r.v.Resolve([]Range{span(a, b)}, false)
	if err != nil {
		t.Fatal(err)
	}
	done, err := r.v.Store(seqs, op, flags, StoreOptions{Silent: silent})
	if err != nil {
		t.Fatal(err)
	}
	if silent {
		for seq := range All(done.Done) {
			s := r.set[seq-1]
			if op == SetFlags {
				clear(s)
			}
			for _, f := range flags {
				if op == RemoveFlags {
					delete(s, f)
				} else {
					s[f] = true
					r.known[f] = true
				}
			}
		}
		return
	}
	for it := range r.v.Items(done.Done) {
		r.fetched(t, it)
	}
}

// TestReplay changes a mailbox at random. Its clients apply the changes that they get, and must then have the same
// messages and flags as the mailbox.
func TestReplay(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { replay(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

func replay(t *testing.T, rng *rand.Rand) {
	limits := Limits{}
	if rng.IntN(2) == 0 {
		limits.Expunged = 20 // so few that a view often has to look at all messages to find the expunged ones
	}
	u, m := newUser(t, Options{Limits: limits})
	flags := []string{Seen, Deleted, Flagged, "a", "b", "$c"}
	some := func() []string {
		var out []string
		for _, f := range flags {
			if rng.IntN(4) == 0 {
				out = append(out, f)
			}
		}
		return out
	}
	var clients []*replica
	open := func() {
		v, err := u.Select("INBOX", SelectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		r := &replica{v: v, known: map[string]bool{}}
		r.announce()
		for it := range v.Items(v.All()) {
			r.fetched(t, it)
		}
		clients = append(clients, r)
	}
	open()
	open()
	for range 400 {
		r := clients[rng.IntN(len(clients))]
		switch rng.IntN(12) {
		case 0, 1:
			for range rng.IntN(30) + 1 {
				if _, err := m.Append(NewMessage{Content: message.New([]byte("\r\n")), Flags: some()}); err != nil {
					t.Fatal(err)
				}
			}
		case 2:
			var gone []uint32
			for it := range m.Messages() {
				if rng.IntN(8) == 0 {
					gone = append(gone, it.UID)
				}
			}
			m.Expunge(gone...)
		case 3:
			if it, ok := r.v.Item(uint32(rng.IntN(r.v.Len()+1)) + 1); ok {
				if _, err := m.SetFlags(FlagOp(rng.IntN(3)), some(), it.UID); err != nil {
					t.Fatal(err)
				}
			}
		case 4, 5:
			if f := some(); len(f) > 0 {
				r.store(t, rng, f)
			}
		case 6:
			if _, err := r.v.Expunge(r.v.All()); err != nil {
				t.Fatal(err)
			}
		case 7:
			if r.v.Len() > 0 {
				if _, err := r.v.Copy(r.v.All()[:1], "INBOX"); err != nil && err.(*Error).Code != "EXPUNGEISSUED" {
					t.Fatal(err)
				}
			}
		case 8:
			r.sync(t, false)
		case 9, 10:
			r.sync(t, true)
		case 11:
			if len(clients) < 5 {
				open()
			} else {
				r.v.Close()
				clients = slices.DeleteFunc(clients, func(c *replica) bool { return c == r })
			}
		}
		if m.Status().Messages > 300 {
			var all []uint32
			for it := range m.Messages() {
				all = append(all, it.UID)
			}
			m.Expunge(all[:200]...)
		}
	}
	var want []uint32
	var wantFlags []string
	var size int64
	for it := range m.Messages() {
		want = append(want, it.UID)
		wantFlags = append(wantFlags, fmt.Sprint(flagSet(it.Flags)))
		size += it.Content.Size()
	}
	st := m.Status()
	if st.Messages != len(want) || st.Size != size || st.HighestModSeq == 0 {
		t.Errorf("Status is %+v, but the mailbox has %d messages with %d octets", st, len(want), size)
	}
	if usage, _ := u.Quota(""); usage[MessageCount].Used != int64(len(want)) {
		t.Errorf("the quota counts %d messages, but the mailbox has %d", usage[MessageCount].Used, len(want))
	}
	for i, r := range clients {
		r.sync(t, true)
		if !slices.Equal(r.uids, want) {
			t.Fatalf("client %d has the UIDs %v, and the mailbox has %v", i, r.uids, want)
		}
		for k, f := range r.set {
			if got := fmt.Sprint(f); got != wantFlags[k] {
				t.Errorf("client %d has UID %d with the flags %s, and the mailbox has %s", i, want[k], got, wantFlags[k])
			}
		}
		if got := r.v.HighestModSeq(); got != st.HighestModSeq {
			t.Errorf("client %d has HIGHESTMODSEQ %d, and the mailbox has %d", i, got, st.HighestModSeq)
		}
		if r.v.Sync(true) != nil {
			t.Error("a second Sync returned changes")
		}
	}
}

// newUser returns a user of a new store, and the user's INBOX.
func newUser(t testing.TB, opt Options) (*User, *Mailbox) {
	t.Helper()
	u, err := New(opt).AddUser("alice")
	if err != nil {
		t.Fatal(err)
	}
	return u, u.Mailbox("INBOX")
}
