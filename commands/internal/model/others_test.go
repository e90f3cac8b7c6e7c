package model

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// others is the second client. In INBOX and A it adds messages of its own, sets flags on any message, and removes its
// own. The programs do not use the flags that it sets.
type others struct {
	srv *imaptest.Server
	rng *rand.Rand
	n   int

	mu   sync.Mutex
	was  map[string]map[uint32][]byte
	here map[string][]uint32
	done chan struct{}
}

var othersBoxes = []string{"INBOX", "A"}

func newOthers(srv *imaptest.Server, seed uint64) *others {
	o := &others{srv: srv, rng: rand.New(rand.NewPCG(seed, 99)), was: map[string]map[uint32][]byte{}, here: map[string][]uint32{}, done: make(chan struct{})}
	for _, name := range othersBoxes {
		o.was[name] = map[uint32][]byte{}
	}
	return o
}

// has reports whether a UID is, or was, that of a message of the second client.
func (o *others) has(name string, uid uint32) bool { return o.octets(name, uid) != nil }

func (o *others) octets(name string, uid uint32) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.was[name][uid]
}

// ever returns how many messages the second client has ever added to a mailbox.
func (o *others) ever(name string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.was[name])
}

func (o *others) add(name string) {
	o.n++
	b := body("other", o.n, 100+o.rng.IntN(200))
	uid, err := o.srv.Mailbox("alice", name).Append(b)
	if err == nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.was[name][uid] = b
		o.here[name] = append(o.here[name], uid)
	}
}

// work makes n changes, one by one, unless ctx ends before.
func (o *others) work(ctx context.Context, n int, pause time.Duration) {
	defer close(o.done)
	for range n {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(1 + o.rng.Int64N(int64(pause)))):
		}
		name := othersBoxes[o.rng.IntN(len(othersBoxes))]
		box := o.srv.Mailbox("alice", name)
		switch k := o.rng.IntN(10); {
		case k < 3:
			o.add(name)
		case k < 6 && len(o.here[name]) > 0:
			i := o.rng.IntN(len(o.here[name]))
			box.Expunge(o.here[name][i])
			o.here[name] = slices.Delete(o.here[name], i, i+1)
		default:
			var uids []uint32
			for m := range box.Messages() {
				if o.rng.IntN(4) == 0 {
					uids = append(uids, m.UID)
				}
			}
			flag := []parser.Flag{"$o0", "$o1"}[o.rng.IntN(2)]
			if o.rng.IntN(2) == 0 {
				box.AddFlags([]parser.Flag{flag}, uids...)
			} else {
				box.RemoveFlags([]parser.Flag{flag}, uids...)
			}
		}
	}
}
