package serve_test

import (
	"slices"
	"testing"

	"github.com/imapstack/imapstack/session/serve"
)

// TestJournal checks followers that call Take at different times. After each Take, a follower that has applied the
// changes knows the current messages.
func TestJournal(t *testing.T) {
	var j serve.Journal
	there := []uint32{1, 2, 3}
	woken := 0
	type reader struct {
		f     *serve.Follower
		every int
		known map[uint32]bool
	}
	var readers []*reader
	for every := range 4 {
		readers = append(readers, &reader{j.Follow(there, func() { woken++ }), every + 1, map[uint32]bool{}})
	}
	next := uint32(4)
	for step := range 40 {
		ch := serve.Changes{New: []uint32{next, next + 1}, Changed: []uint32{there[0], there[0]}}
		next += 2
		there = append(there, ch.New...)
		if step%3 == 2 { // the oldest message, and a new one that only some followers know
			ch.Expunged = []uint32{there[0], there[len(there)-1]}
			there = there[1 : len(there)-1]
		}
		j.Note(&ch)
		for _, r := range readers {
			if step%r.every != 0 && step != 39 {
				continue
			}
			var got serve.Changes
			r.f.Take(&got)
			if !slices.IsSorted(got.New) || !slices.IsSorted(got.Expunged) || !slices.IsSorted(got.Changed) {
				t.Fatalf("Take returned UIDs that do not ascend: %+v", got)
			}
			for _, uid := range got.New {
				if r.known[uid] {
					t.Fatalf("Take returned UID %d as new twice", uid)
				}
				r.known[uid] = true
			}
			for _, uid := range got.Expunged {
				if !r.known[uid] {
					t.Fatalf("Take returned UID %d as expunged, but never as new", uid)
				}
				delete(r.known, uid)
			}
			if len(r.known) != len(there) {
				t.Fatalf("step %d: the follower knows %d messages, want %d", step, len(r.known), len(there))
			}
		}
	}
	if woken != 40*len(readers) {
		t.Errorf("got %d calls of changed, want %d", woken, 40*len(readers))
	}
	for _, r := range readers {
		r.f.Leave()
	}
	if j.Followed() {
		t.Error("Followed is true after all followers have left")
	}
}

// TestJournalUnread changes the same messages very often. The memory for a follower that does not call Take is limited
// by the size of the mailbox.
func TestJournalUnread(t *testing.T) {
	var j serve.Journal
	f := j.Follow(nil, nil)
	for range 100_000 {
		j.Note(&serve.Changes{Changed: []uint32{7, 3, 5}})
	}
	if n := testing.AllocsPerRun(100, func() { j.Note(&serve.Changes{Changed: []uint32{7, 3, 5}}) }); n > 2 {
		t.Errorf("Note makes %v allocations, want at most 2", n)
	}
	var ch serve.Changes
	f.Take(&ch)
	if !slices.Equal(ch.Changed, []uint32{3, 5, 7}) || cap(ch.Changed) > 4096 {
		t.Errorf("Changed: got %v with room for %d, want [3 5 7] with room for at most 4096", ch.Changed, cap(ch.Changed))
	}
}

// TestJournalChurn adds, changes and expunges many messages. The memory for a follower that does not call Take, such as
// that of a client with NOTIFY NONE, is limited by the size of the mailbox.
func TestJournalChurn(t *testing.T) {
	var j serve.Journal
	f := j.Follow([]uint32{1, 2}, nil)
	for uid := uint32(3); uid < 100_000; uid++ {
		j.Note(&serve.Changes{New: []uint32{uid}})
		j.Note(&serve.Changes{Changed: []uint32{uid}})
		if uid > 3 {
			j.Note(&serve.Changes{Expunged: []uint32{uid - 1}})
		}
	}
	var ch serve.Changes
	f.Take(&ch)
	if !slices.Equal(ch.New, []uint32{1, 2, 99_999}) || len(ch.Expunged) != 0 || !slices.Equal(ch.Changed, []uint32{99_999}) {
		t.Errorf("got %+v, want the new UIDs 1, 2 and 99999", ch)
	}
	if n := cap(ch.New) + cap(ch.Expunged) + cap(ch.Changed); n > 8192 {
		t.Errorf("got room for %d UIDs, want at most 8192", n)
	}
}

// TestJournalStored checks what a connection gets after it has stored flags. It gets a message that it has changed only
// if another connection changed that message before, and Take has not yet returned that change.
func TestJournalStored(t *testing.T) {
	var j serve.Journal
	a, b := j.Follow([]uint32{1, 2, 3}, nil), j.Follow([]uint32{1, 2, 3}, nil)
	take := func(f *serve.Follower) []uint32 {
		var ch serve.Changes
		f.Take(&ch)
		return ch.Changed
	}
	take(a)
	take(b)
	j.NoteStored([]uint32{1, 2}, b)
	j.NoteStored([]uint32{2, 3}, a)
	for f, want := range map[*serve.Follower][]uint32{a: {1, 2}, b: {2, 3}} {
		if got := take(f); !slices.Equal(got, want) {
			t.Errorf("Changed: got %v, want %v", got, want)
		}
		if got := take(f); len(got) > 0 {
			t.Errorf("Changed of a second Take: got %v, want none", got)
		}
	}
	j.Note(&serve.Changes{Changed: []uint32{3, 1, 2}})
	a.Reported([]uint32{1, 2, 4})
	if got := take(a); !slices.Equal(got, []uint32{3}) {
		t.Errorf("Changed after Reported of 1, 2 and 4: got %v, want [3]", got)
	}
}
