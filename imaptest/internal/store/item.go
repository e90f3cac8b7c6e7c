package store

import (
	"iter"
	"strconv"
	"time"

	"github.com/imapstack/imapstack/parser/message"
)

// An Item is the state of one message at one moment. It is the caller's.
type Item struct {
	Seq     uint32 // the sequence number in the view; 0 without a view
	UID     uint32
	Recent  bool // new to this view (RFC 3501 §2.3.2)
	Gone    bool // expunged, and the client does not know it yet
	Flags   *Flags
	ModSeq  uint64
	Date    time.Time // INTERNALDATE, to the second
	Saved   time.Time // SAVEDATE, to the second
	Content *message.Message

	// Announce reports that Flags has a keyword that the client does not know. The server must then send FLAGS and
	// PERMANENTFLAGS, which View.Flags returns, before the flags of this message.
	Announce bool

	thread uint64
	store  *Store
}

// EmailID returns the EMAILID (RFC 8474 §5.1), the same for all messages with the same octets.
func (i *Item) EmailID() string { return i.Content.ID() }

// ThreadID returns the THREADID (RFC 8474 §5.2).
func (i *Item) ThreadID() string { return "T" + i.store.seed + "-" + strconv.FormatUint(i.thread, 36) }

// fill returns the Item for the message x. The caller holds the mailbox's lock.
func (x *msg) fill(s *Store) Item {
	return Item{
		UID: x.uid, Gone: x.gone, Flags: x.flags, ModSeq: x.modseq, Date: x.date, Saved: x.saved,
		Content: x.content, thread: x.thread, store: s,
	}
}

// Messages returns all messages that the mailbox has when the loop begins, by ascending UID. Each Item shows the
// message as it is shortly before the loop reaches it.
func (m *Mailbox) Messages() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		m.mu.RLock()
		m.lent.Store(true)
		snapshot := m.list
		m.mu.RUnlock()
		m.batches(&snapshot, 0, snapshot.n-1, func(i int, it Item) bool { return yield(it) })
	}
}

// batches calls f with the items whose ranks in the snapshot l are from first to last. It holds the lock for a batch of
// items at a time, and not while f runs.
func (m *Mailbox) batches(l *list, first, last int, f func(i int, it Item) bool) bool {
	var room [32]Item
	for first <= last {
		end := min(first+len(room)-1, last)
		m.mu.RLock()
		l.each(first, end, func(i int, e entry) bool {
			room[i-first] = e.msg.fill(m.store)
			return true
		})
		m.mu.RUnlock()
		for i := first; i <= end; i++ {
			if !f(i, room[i-first]) {
				return false
			}
		}
		first = end + 1
	}
	return true
}

// Message returns the message with this UID, and reports whether it exists.
func (m *Mailbox) Message(uid uint32) (Item, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	i, ok := m.list.rank(uid)
	if !ok {
		return Item{}, false
	}
	return m.list.at(i).msg.fill(m.store), true
}
