package store

import (
	"hash/maphash"
	"sync"

	"github.com/imapstack/imapstack/parser/message"
)

// threadIndex assigns THREADIDs (RFC 8474 §5.2). A message joins the thread of its own Message-ID, if a copy or a reply
// has come before it. Otherwise it joins the thread of the first of its references that is known. A Message-ID never
// changes its thread, so a message does not either. Equal messages get the same thread.
type threadIndex struct {
	mu    sync.Mutex
	seed  maphash.Seed
	known map[uint64]uint64 // the thread of a Message-ID, by the hash of the Message-ID
	count uint64
}

// of returns the thread of a message, never 0.
func (t *threadIndex) of(m *message.Message, limit int) uint64 {
	ids := m.ThreadIDs()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil {
		t.known, t.seed = map[uint64]uint64{}, maphash.MakeSeed()
	}
	if len(ids) == 0 {
		// Without any Message-ID, use the identifier of the content.
		ids = []string{"\x00" + m.ID()}
	}
	var room [16]uint64
	keys := room[:0]
	thread := uint64(0)
	for _, id := range ids {
		k := maphash.String(t.seed, id)
		keys = append(keys, k)
		if n := t.known[k]; n != 0 && thread == 0 {
			thread = n
		}
	}
	if thread == 0 {
		t.count++
		thread = t.count
	}
	for _, k := range keys {
		if _, ok := t.known[k]; !ok && len(t.known) < limit {
			t.known[k] = thread
		}
	}
	return thread
}
