package memory

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/utils/numset"
)

// A Mailbox is an open mailbox. It implements serve.Mailbox.
type Mailbox struct {
	*box
	store    *store
	follower *serve.Follower
	now      *letter // the message that Fetch yields now
}

var (
	_ serve.Mailbox    = (*Mailbox)(nil)
	_ serve.Resyncer   = (*Mailbox)(nil)
	_ serve.FlagStorer = (*Mailbox)(nil)
	_ serve.Mover      = (*Mailbox)(nil)
	_ serve.Copier     = (*Mailbox)(nil)
	_ serve.Identifier = (*Mailbox)(nil)
	_ serve.SaveDater  = (*Mailbox)(nil)
)

func (b *box) open(s *store, opt serve.OpenOptions) *Mailbox {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &Mailbox{box: b, store: s, follower: b.journal.Follow(b.allUIDs(), opt.Changed)}
}

// Close closes the mailbox for this connection.
func (m *Mailbox) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.follower.Leave()
	return nil
}

// Changes returns the changes since the last call.
func (m *Mailbox) Changes(context.Context) (*serve.Changes, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ch := &serve.Changes{UIDValidity: m.validity, UIDNext: m.next, HighestModSeq: m.modseq, Flags: m.sets.all, Gone: m.deleted, Name: *m.name.Load()}
	m.follower.Take(ch)
	return ch, nil
}

// batch is how many messages Fetch copies each time it takes the lock.
const batch = 128

// Fetch yields messages.
func (m *Mailbox) Fetch(ctx context.Context, uids []uint32, need serve.Need, yield func(*serve.Message) bool) error {
	var room [batch]msg
	out := serve.Message{Content: func() (*message.Message, error) { return m.now.content, nil }}
	for len(uids) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := m.currentState(uids[:min(batch, len(uids))], &room)
		uids = uids[min(batch, len(uids)):]
		for i := range room[:n] {
			x := &room[i]
			m.now = x.letter
			out.UID, out.Flags, out.ModSeq = x.uid, x.flags, x.modseq
			if need&^serve.NeedFlags != 0 {
				out.Date, out.Saved, out.Size = x.date, x.saved, x.content.Size()
			}
			if need&serve.NeedIDs != 0 {
				out.EmailID = x.content.ID()
			}
			if !yield(&out) {
				return nil
			}
		}
	}
	return nil
}

// currentState copies the messages with these UIDs to *room, and returns how many it has copied. It omits messages that
// no longer exist.
func (m *Mailbox) currentState(uids []uint32, room *[batch]msg) (n int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	at, _ := m.find(uids[0])
	for _, uid := range uids {
		for at < len(m.msgs) && m.msgs[at].uid < uid {
			at++
		}
		if at < len(m.msgs) && m.msgs[at].uid == uid {
			room[n] = m.msgs[at]
			n++
		}
	}
	return n
}

// Store changes flags.
func (m *Mailbox) Store(_ context.Context, uids []uint32, ch *serve.FlagChange) error {
	_, err := m.change(uids, ch, math.MaxUint64)
	return err
}

// StoreUnchanged changes the flags of messages whose mod-sequence is not higher than since.
func (m *Mailbox) StoreUnchanged(_ context.Context, uids []uint32, ch *serve.FlagChange, since uint64) ([]uint32, error) {
	done, err := m.change(uids, ch, since)
	if err != nil {
		return nil, err
	}
	return done.Modified, nil
}

// StoreFlags does what Store or StoreUnchanged does, but Changes does not report flags that the client knows after the
// STORE.
func (m *Mailbox) StoreFlags(_ context.Context, uids []uint32, ch *serve.FlagChange, opt serve.StoreOptions) (*serve.Stored, error) {
	since := uint64(math.MaxUint64)
	if opt.Conditional {
		since = opt.UnchangedSince
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	done, err := m.changeLocked(uids, ch, since, m.follower)
	if err != nil {
		return nil, err
	}
	if !opt.Silent {
		m.follower.Reported(slices.DeleteFunc(slices.Clone(uids), func(uid uint32) bool {
			_, left := slices.BinarySearch(done.Modified, uid)
			return left
		}))
	}
	return done, nil
}

// Expunge removes messages that have \Deleted.
func (m *Mailbox) Expunge(_ context.Context, uids []uint32) error {
	m.remove(uids, func(x *msg) bool { return has(x.flags, `\Deleted`) })
	return nil
}

// Vanished returns the UIDs of messages that were expunged after the mod-sequence since. If the mailbox does not remember
// all of these, it returns all UIDs below UIDNEXT.
func (m *Mailbox) Vanished(_ context.Context, since uint64) (numset.Set, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.expunged.after(since, m.next), nil
}

// Copy copies messages, all or none.
func (m *Mailbox) Copy(_ context.Context, uids []uint32, to string) (*serve.Copied, error) {
	return m.copyTo(uids, to, m.store.usage.charge)
}

func (m *Mailbox) copyTo(uids []uint32, to string, take func([]*msg) error) (*serve.Copied, error) {
	other, err := m.store.box(to, parser.CodeTryCreate)
	if err != nil {
		return nil, err
	}
	done := &serve.Copied{UIDValidity: other.validity}
	var list []*msg
	var room [batch]msg
	for rest := range slices.Chunk(uids, batch) {
		for _, x := range room[:m.currentState(rest, &room)] {
			done.From = append(done.From, x.uid)
			list = append(list, &msg{flags: x.flags, letter: &letter{date: x.date, content: x.content}})
		}
	}
	if err := take(list); err != nil {
		return nil, err
	}
	done.To, err = other.add(list, parser.CodeTryCreate)
	return done, err
}

// Move copies messages and removes them. It adds the copies to the usage without checking the limits, because remove
// then subtracts the same amount.
func (m *Mailbox) Move(_ context.Context, uids []uint32, to string) (*serve.Copied, error) {
	done, err := m.copyTo(uids, to, func(list []*msg) error {
		for _, x := range list {
			m.store.usage.octets.Add(x.content.Size())
			m.store.usage.messages.Add(1)
		}
		return nil
	})
	if err == nil {
		m.remove(done.From, func(*msg) bool { return true })
	}
	return done, err
}

func (b *box) id() string { return fmt.Sprintf("F%d", b.validity) }

// MailboxID returns the mailbox's identifier.
func (m *Mailbox) MailboxID(context.Context) (string, error) { return m.id(), nil }

// SavesDates returns true: messages have save dates.
func (m *Mailbox) SavesDates() bool { return true }
