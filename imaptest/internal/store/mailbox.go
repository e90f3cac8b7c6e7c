package store

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imapstack/imapstack/parser/message"
)

// msg is a message in a mailbox. The mailbox's lock guards the fields that can change.
type msg struct {
	uid     uint32
	origin  uint32 // the id of the view whose client made the last change to the flags and knows the result; 0: none
	gone    bool   // expunged; set once
	flags   *Flags
	modseq  uint64
	content *message.Message
	date    time.Time // INTERNALDATE
	saved   time.Time // SAVEDATE
	thread  uint64
}

// A Mailbox holds messages. Its methods do not check rights.
type Mailbox struct {
	store *Store
	id    string
	order uint64 // code that locks two mailboxes locks the one with the lower order first

	// Guarded by store.mu, except that the name may be read at any time.
	name        atomic.Pointer[string]
	owner       *User
	acl         []aclEntry
	roots       []*root
	use         []string // special use attributes, with their backslash
	noInferiors bool
	keys        map[string][]byte // URLAUTH keys by user

	meta metadata // the shared annotations, and the private ones by user; metadata has its own lock

	mu          sync.RWMutex
	deleted     bool // no longer in the store
	uidValidity uint32
	uidNext     uint32
	list        list
	lent        atomic.Bool // a view shares the table of chunks
	flags       flagTable
	uids        atomic.Pointer[[]uint32] // the UIDs that one view had, for views with the same messages to share; the slice is never changed
	modseq      uint64                   // HIGHESTMODSEQ
	journal     []change                 // by ascending modseq: the last change of each message, and some older ones
	expunged    []expunge
	forgotten   uint64 // the field expunged is complete only for expunges with a modseq above this
	views       []*View
	readOnly    bool
	appendLimit int64 // in octets; 0: the store's limit; -1: no limit

	// Sums and bounds over the messages that the mailbox has now.
	unseen            int
	size, deletedSize int64
	doomed            map[*msg]struct{} // the messages with \Deleted
	unseenFrom        uint32            // every message below this UID has \Seen
	recentFrom        uint32            // messages from this UID on will be \Recent in the next session
}

// newMailbox returns a new mailbox for owner. The caller must add it to the owner's mailboxes.
func newMailbox(s *Store, owner *User, name string) *Mailbox {
	m := &Mailbox{store: s, owner: owner, uidNext: 1, modseq: 1, unseenFrom: 1, recentFrom: 1}
	m.order = s.ids.Add(1)
	m.id = s.objectID('F', m.order)
	m.uidValidity = s.uidValidity.Add(1)
	m.name.Store(&name)
	return m
}

// Name returns the name by which the owner knows the mailbox.
func (m *Mailbox) Name() string { return *m.name.Load() }

// Owner returns the user whose mailbox it is.
func (m *Mailbox) Owner() *User {
	m.store.mu.RLock()
	defer m.store.mu.RUnlock()
	return m.owner
}

// ID returns the MAILBOXID (RFC 8474 §4). A rename does not change it.
func (m *Mailbox) ID() string { return m.id }

// UIDValidity returns the UIDVALIDITY.
func (m *Mailbox) UIDValidity() uint32 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.uidValidity
}

// SetUIDValidity changes UIDVALIDITY even while clients have the mailbox selected, as a
// server that has lost its index does.
func (m *Mailbox) SetUIDValidity(v uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.uidValidity = max(v, 1)
	m.wake(nil, FlagChange)
}

// SetUIDNext sets UIDNEXT, the UID that the next message gets. If uid is below UIDNEXT, it does nothing and returns
// false.
func (m *Mailbox) SetUIDNext(uid uint32) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if uid < m.uidNext {
		return false
	}
	m.uidNext = uid
	return true
}

// SetReadOnly sets whether SELECT opens the mailbox read-only, as EXAMINE does.
func (m *Mailbox) SetReadOnly(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.readOnly = on
}

// KeywordCount returns how many keywords were ever used in the mailbox.
func (m *Mailbox) KeywordCount() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.flags.keywords)
}

// AppendLimit returns the size in octets of the largest message that the mailbox accepts (RFC 7889); 0: no limit.
func (m *Mailbox) AppendLimit() int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.limitLocked()
}

func (m *Mailbox) limitLocked() int64 {
	switch {
	case m.appendLimit < 0:
		return 0
	case m.appendLimit > 0:
		return m.appendLimit
	}
	return m.store.opt.AppendLimit
}

// SetAppendLimit sets the limit that AppendLimit returns, in octets; 0: the limit of the store; -1: no limit.
func (m *Mailbox) SetAppendLimit(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.appendLimit = n
}

// SetNoInferiors sets whether the mailbox is \Noinferiors, and so cannot get children (RFC 9051 §7.3.1).
func (m *Mailbox) SetNoInferiors(on bool) {
	m.store.mu.Lock()
	defer m.store.mu.Unlock()
	m.noInferiors = on
}

// SpecialUse returns the special use attributes (RFC 6154), e.g. `\Sent`. The slice is the caller's.
func (m *Mailbox) SpecialUse() []string {
	m.store.mu.RLock()
	defer m.store.mu.RUnlock()
	return slices.Clone(m.use)
}

// SetSpecialUse sets the special use attributes without checking them.
func (m *Mailbox) SetSpecialUse(attrs ...string) {
	m.store.mu.Lock()
	defer m.store.mu.Unlock()
	m.use = slices.Clone(attrs)
}

// Keywords returns the keywords that were ever used in the mailbox. The slice is the caller's.
func (m *Mailbox) Keywords() []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Clone(m.flags.keywords)
}

// Status is what STATUS reports about a mailbox (RFC 9051 §6.3.11, RFC 7162, 8438, 9208, 8474, 7889).
type Status struct {
	Messages, Recent, Unseen, Deleted int
	UIDNext, UIDValidity              uint32
	HighestModSeq                     uint64
	Size, DeletedSize                 int64 // octets; STATUS DELETED-STORAGE counts units of 1,024 octets
	AppendLimit                       int64 // octets; 0: none
	MailboxID                         string
}

// Status returns the state of the mailbox. It takes logarithmic time.
func (m *Mailbox) Status() Status {
	m.mu.RLock()
	defer m.mu.RUnlock()
	recent := m.list.n
	if i, _ := m.list.rank(m.recentFrom); true {
		recent -= i
	}
	return Status{
		Messages: m.list.n, Recent: recent, Unseen: m.unseen, Deleted: len(m.doomed),
		UIDNext: m.uidNext, UIDValidity: m.uidValidity, HighestModSeq: m.modseq,
		Size: m.size, DeletedSize: m.deletedSize, AppendLimit: m.limitLocked(), MailboxID: m.id,
	}
}

// count adds a message to the sums, or subtracts it if sign is -1.
func (m *Mailbox) count(x *msg, sign int) {
	size := x.content.Size()
	m.size += int64(sign) * size
	if !x.flags.Seen() {
		m.unseen += sign
		if sign > 0 {
			m.unseenFrom = min(m.unseenFrom, x.uid)
		}
	}
	if x.flags.Deleted() {
		m.deletedSize += int64(sign) * size
		if sign < 0 {
			delete(m.doomed, x)
			return
		}
		if m.doomed == nil {
			m.doomed = map[*msg]struct{}{}
		}
		m.doomed[x] = struct{}{}
	}
}

// firstUnseen returns the rank of the first message without \Seen, counted from 0, or -1. However often it is called,
// it looks at each message only once, unless an earlier message becomes unseen.
func (m *Mailbox) firstUnseen() int {
	if m.unseen == 0 {
		m.unseenFrom = m.uidNext
		return -1
	}
	i, _ := m.list.rank(m.unseenFrom)
	found := -1
	m.list.each(i, m.list.n-1, func(i int, e entry) bool {
		if e.msg.flags.Seen() {
			return true
		}
		found, m.unseenFrom = i, e.uid
		return false
	})
	return found
}

// wake wakes all views and watches after a change, except those of the connection that made it. The argument maker is
// the view of that connection; nil: wake all.
func (m *Mailbox) wake(maker *View, kinds EventKind) {
	for _, v := range m.views {
		if v != maker {
			v.rouse()
		}
	}
	if m.store.watching.Load() > 0 {
		m.store.changed(m, maker, kinds)
	}
}

// foldName returns the key under which a name is kept. If the first level of the name is INBOX in any case, it becomes
// "INBOX". The rest of the name, and other names, stay unchanged.
func foldName(name string, delim byte) string {
	if len(name) >= 5 && strings.EqualFold(name[:5], "INBOX") && (len(name) == 5 || name[5] == delim) {
		return "INBOX" + name[5:]
	}
	return name
}
