package store

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/parser/message"
)

// TestConcurrent lets many sessions use one store at once, so that the race detector can find races, and checks the
// sums at the end.
func TestConcurrent(t *testing.T) {
	s := New(Options{Limits: Limits{Expunged: 50}})
	alice, _ := s.AddUser("alice")
	bob, _ := s.AddUser("bob")
	create(t, alice, "a", "b")
	for _, box := range []string{"INBOX", "a", "b"} {
		if err := alice.SetACL(box, "bob", ReplaceRights, AllRights); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for n := range 8 {
		u, prefix := alice, ""
		if n%2 == 1 {
			u, prefix = bob, "Other Users/alice/"
		}
		wg.Go(func() { session(u, prefix, rand.New(rand.NewPCG(uint64(n), 2))) })
	}
	wg.Go(func() {
		for i := range 50 {
			_, _ = alice.Create(fmt.Sprintf("c/%d", i))
			_ = alice.Rename("c", fmt.Sprintf("d%d", i))
			alice.List(ListOptions{Patterns: []string{"*"}})
			bob.List(ListOptions{Patterns: []string{"%"}})
			_ = alice.Delete(fmt.Sprintf("d%d/%d", i, i))
		}
	})
	wg.Wait()
	var messages, size int64
	for _, m := range alice.Mailboxes() {
		var st Status
		for it := range m.Messages() {
			st.Messages++
			st.Size += it.Content.Size()
			if !it.Flags.Seen() {
				st.Unseen++
			}
			if it.Flags.Deleted() {
				st.Deleted++
				st.DeletedSize += it.Content.Size()
			}
		}
		got := m.Status()
		if got.Messages != st.Messages || got.Size != st.Size || got.Unseen != st.Unseen || got.Deleted != st.Deleted || got.DeletedSize != st.DeletedSize {
			t.Errorf("%s: Status is %+v, the messages add up to %+v", m.Name(), got, st)
		}
		if len(m.views) != 0 {
			t.Errorf("%s: %d views are still open", m.Name(), len(m.views))
		}
		messages += int64(st.Messages)
		size += st.Size
	}
	q, _ := alice.Quota("")
	if q[MessageCount].Used != messages || q[Storage].Used != (size+1023)/1024 || q[MailboxCount].Used != int64(len(alice.Mailboxes())) {
		t.Errorf("the quota is %+v, but the user has %d messages with %d octets", q, messages, size)
	}
}

// session selects mailboxes and changes them, as one client of the test.
func session(u *User, prefix string, rng *rand.Rand) {
	boxes := []string{prefix + "INBOX", prefix + "a", prefix + "b"}
	signal := make(chan struct{}, 1)
	notify := func() {
		select {
		case signal <- struct{}{}:
		default:
		}
	}
	w := u.Watch(notify)
	defer w.Close()
	content := message.New([]byte("Message-ID: <x@y>\r\n\r\nbody\r\n"))
	for range 20 {
		v, err := u.Select(boxes[rng.IntN(3)], SelectOptions{Notify: notify, Watch: w})
		if err != nil {
			panic(err)
		}
		for range 30 {
			some := v.All()
			if len(some) > 0 {
				some[0].Start += uint32(rng.IntN(v.Len()))
			}
			switch rng.IntN(10) {
			case 0, 1:
				_, _ = u.Append(boxes[rng.IntN(3)], NewMessage{Content: content, Flags: []string{fmt.Sprintf("k%d", rng.IntN(5))}})
			case 2:
				_, _ = v.Copy(some, boxes[rng.IntN(3)])
				if v.Len() > 200 {
					_, _ = v.Store(v.All(), AddFlags, []string{Deleted}, StoreOptions{Silent: true})
					_, _ = v.Expunge(v.All())
				}
			case 3:
				_, _ = v.Move(some, boxes[rng.IntN(3)])
			case 4:
				_, _ = v.Store(some, FlagOp(rng.IntN(3)), []string{Seen, Deleted}, StoreOptions{Silent: rng.IntN(2) == 0})
			case 5:
				_, _ = v.Expunge(some)
			case 6:
				for it := range v.Items(v.All()) {
					_ = it.Content.Envelope()
					_ = it.EmailID() + it.ThreadID()
				}
			case 7:
				v.Vanished(uint64(rng.IntN(50)), nil, Known{})
				v.ChangedSince(uint64(rng.IntN(50)), v.All())
			default:
				v.Sync(rng.IntN(2) == 0)
				w.Take()
			}
		}
		v.Close()
	}
}

// TestIdle checks that a view that waits for changes, as a connection in IDLE does, is notified of each. It runs in a
// testing/synctest bubble.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u, m := newUser(t, Options{})
		signal := make(chan struct{}, 1)
		v, err := u.Select("INBOX", SelectOptions{Notify: func() {
			select {
			case signal <- struct{}{}:
			default:
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 3 {
				<-signal
				got = append(got, responses(v.Sync(true)))
			}
		}()
		deliver(t, m, "")
		synctest.Wait()
		time.Sleep(29 * time.Minute)
		if _, err := m.SetFlags(AddFlags, []string{Flagged}, 1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		m.Expunge(1)
		<-done
		if want := []string{"1 EXISTS, 1 RECENT", `1 FETCH [\Flagged]`, "1 EXPUNGE"}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
