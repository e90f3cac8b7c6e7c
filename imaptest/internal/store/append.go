package store

import (
	"math"
	"time"

	"github.com/imapstack/imapstack/parser/message"
)

// NewMessage is a message to be added to a mailbox.
type NewMessage struct {
	Content *message.Message
	Flags   []string
	Date    time.Time // INTERNALDATE; zero means now, unless Dated is set
	Dated   bool      // Date is the INTERNALDATE even if it is zero

	thread uint64 // the thread of the message that COPY or MOVE copies; 0: not known yet
}

// Appended holds the UIDs of new messages (RFC 4315 §3, APPENDUID). The UIDs are consecutive, and in the order in which
// the messages were given.
type Appended struct {
	UIDValidity uint32
	UIDs        Range
}

// Append adds messages to the mailbox with this name, all of them or none (RFC 3502). It needs the right i. It drops
// the flag \Seen if the user does not have the right s, \Deleted without the right t, and all other flags without the
// right w (RFC 4314 §4). It fails with ErrNonExistent, ErrNoPerm, ErrOverQuota, ErrTooBig, ErrLimit or, for an invalid
// flag, ErrClientBug. For ErrNonExistent, the server sends the response code TRYCREATE if the client could create the
// mailbox.
func (u *User) Append(name string, messages ...NewMessage) (Appended, error) {
	m, rights, err := u.find(name)
	if err != nil {
		return Appended{}, err
	}
	if !rights.Has('i') {
		return Appended{}, denied(m, rights, "add messages to")
	}
	return m.add(messages, rights)
}

// CanAppend returns the error that Append would return for messages of these sizes in octets, as far as rights, limits
// and quotas are concerned. The caller does not need the content of the messages yet.
func (u *User) CanAppend(name string, sizes ...int64) error {
	m, rights, err := u.find(name)
	if err != nil {
		return err
	}
	if !rights.Has('i') {
		return denied(m, rights, "add messages to")
	}
	m.mu.RLock()
	limit, full := m.limitLocked(), m.hasRoom(len(sizes))
	m.mu.RUnlock()
	var sum int64
	for _, n := range sizes {
		if err := m.store.checkSize(n, limit); err != nil {
			return err
		}
		sum += n
	}
	m.store.mu.RLock()
	defer m.store.mu.RUnlock()
	if err := m.reserve(len(sizes), sum, true); err != nil {
		return err
	}
	return full
}

// Append adds messages to the mailbox, as delivery does. It checks no rights, and otherwise fails as User.Append does.
func (m *Mailbox) Append(messages ...NewMessage) (Appended, error) {
	return m.add(messages, AllRights)
}

// checkSize returns an error if n octets are more than limit, unless limit is 0, or more than the store allows for a
// message.
func (s *Store) checkSize(n, limit int64) error {
	if limit > 0 && n > limit {
		return fail(ErrTooBig, "the message has %d octets, and the mailbox accepts %d", n, limit)
	}
	if n > s.limits.MessageSize {
		return fail(ErrTooBig, "the message has %d octets, and the server accepts %d", n, s.limits.MessageSize)
	}
	return nil
}

// add adds messages to the mailbox. It wakes all views, because even the client that adds a message must learn of it.
func (m *Mailbox) add(messages []NewMessage, rights Rights) (Appended, error) {
	news, size, err := m.prepare(messages, rights)
	if err != nil {
		return Appended{}, err
	}
	m.store.mu.RLock()
	defer m.store.mu.RUnlock()
	if err := m.reserve(len(news), size, false); err != nil {
		return Appended{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.insert(news)
	if err != nil {
		m.release(len(news), size)
		return a, err
	}
	m.wake(nil, MessageNew)
	return a, nil
}

// pending is a message that has been checked but not yet added.
type pending struct {
	NewMessage
	flags parsed
}

// prepare checks the sizes of messages, parses their flags and finds their threads, all without holding the mailbox's
// lock. It also returns the sum of the sizes in octets.
func (m *Mailbox) prepare(messages []NewMessage, rights Rights) ([]pending, int64, error) {
	limit, size := m.AppendLimit(), int64(0)
	news := make([]pending, len(messages))
	for i, n := range messages {
		if err := m.store.checkSize(n.Content.Size(), limit); err != nil {
			return nil, 0, err
		}
		size += n.Content.Size()
		f, err := parseFlags(n.Flags, m.store.limits)
		if err != nil {
			return nil, 0, err
		}
		mask, keywords := rights.flagMask()
		f.system &= mask
		if !keywords {
			f.keywords = nil
		}
		if n.thread == 0 {
			n.thread = m.store.threads.of(n.Content, m.store.limits.Threads)
		}
		news[i] = pending{n, f}
	}
	return news, size, nil
}

// hasRoom returns an error unless n more messages can be added to the mailbox. The caller holds the mailbox's lock.
func (m *Mailbox) hasRoom(n int) error {
	switch {
	case m.deleted:
		return ErrNonExistent
	case m.list.n+n > m.store.limits.Messages || uint64(m.uidNext)+uint64(n) > math.MaxUint32:
		return fail(ErrLimit, "the mailbox is full")
	}
	return nil
}

// insert gives the messages their UIDs and adds them. The caller holds the mailbox's lock.
func (m *Mailbox) insert(news []pending) (Appended, error) {
	if err := m.hasRoom(len(news)); err != nil {
		return Appended{}, err
	}
	flags := make([]*Flags, len(news))
	for i := range news {
		f, err := m.flags.intern(news[i].flags, m.store.limits.Keywords)
		if err != nil {
			return Appended{}, err
		}
		flags[i] = f
	}
	a := Appended{m.uidValidity, span(m.uidNext, m.uidNext+uint32(len(news))-1)}
	if len(news) == 0 {
		return a, nil
	}
	now := m.store.opt.Now().Truncate(time.Second)
	m.modseq++
	for i := range news {
		x := &msg{
			uid: m.uidNext, flags: flags[i], content: news[i].Content,
			date: news[i].Date, saved: now, thread: news[i].thread,
		}
		if x.date.IsZero() && !news[i].Dated {
			x.date = now
		}
		m.uidNext++
		m.list.grow(entry{x.uid, x})
		m.count(x, 1)
		m.note(x, m.modseq)
	}
	return a, nil
}
