package memory

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/utils/numset"
)

// msg is a message in a mailbox. Clients most often ask for the fields that are not in letter.
type msg struct {
	uid    uint32
	modseq uint64
	flags  []string // never changed in place
	*letter
}

// letter has the parts of a message that never change.
type letter struct {
	date    time.Time
	saved   time.Time
	content *message.Message
}

// box is a mailbox.
type box struct {
	validity uint32
	use      []parser.MailboxAttr
	owner    *store
	name     atomic.Pointer[string]

	mu       sync.RWMutex
	next     uint32
	modseq   uint64
	msgs     []msg // by UID
	expunged expunges
	sets     flagSets
	deleted  bool

	entries entries // annotations
	urlKey  []byte  // authorizes URLs; nil until it is needed

	journal serve.Journal
}

func newBox(owner *store, name string, validity uint32) *box {
	b := &box{validity: validity, owner: owner, next: 1, modseq: 1, sets: newFlagSets()}
	b.name.Store(&name)
	return b
}

// find returns the index of a UID in b.msgs. The caller holds the lock.
func (b *box) find(uid uint32) (int, bool) {
	return slices.BinarySearchFunc(b.msgs, uid, func(m msg, uid uint32) int { return int(int64(m.uid) - int64(uid)) })
}

func has(flags []string, f string) bool {
	return slices.ContainsFunc(flags, func(x string) bool { return strings.EqualFold(x, f) })
}

// uids returns the UIDs of all messages.
func (b *box) uids() []uint32 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.allUIDs()
}

// allUIDs does what uids does, for a caller that holds the lock.
func (b *box) allUIDs() []uint32 {
	out := make([]uint32, len(b.msgs))
	for i, m := range b.msgs {
		out[i] = m.uid
	}
	return out
}

// add adds messages in one step, and returns their UIDs. The caller has charged the quota for them. If add fails, add
// refunds the quota. If the mailbox has just been deleted, the error wraps code.
func (b *box) add(list []*msg, code parser.CodeName) (uids []uint32, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.deleted {
		err = fmt.Errorf("%w: the mailbox has been deleted", code)
	} else {
		err = b.admit(flagsOf(list))
	}
	if err != nil {
		for _, m := range list {
			b.owner.usage.refund(m.letter)
		}
		return nil, err
	}
	b.modseq++
	uids = make([]uint32, len(list))
	for i, m := range list {
		m.uid, m.modseq, m.saved, m.flags = b.next, b.modseq, time.Now(), b.set(m.flags)
		b.next++
		uids[i] = m.uid
		b.msgs = append(b.msgs, *m)
	}
	b.journal.Note(&serve.Changes{New: uids})
	b.notify(serve.EventMessages)
	return uids, nil
}

// change changes the flags of the messages whose mod-sequence is not higher than since.
func (b *box) change(uids []uint32, ch *serve.FlagChange, since uint64) (*serve.Stored, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changeLocked(uids, ch, since, nil)
}

// changeLocked does what change does, for a caller that holds the lock. The argument by is nil, except in a call by
// StoreFlags: then it is the Follower of that connection (see serve.Journal.NoteStored).
func (b *box) changeLocked(uids []uint32, ch *serve.FlagChange, since uint64, by *serve.Follower) (*serve.Stored, error) {
	if ch.Op != parser.StoreRemove {
		if err := b.admit(ch.Flags); err != nil {
			return nil, err
		}
	}
	done := &serve.Stored{ModSeq: b.modseq + 1}
	var changed []uint32
	for _, uid := range uids {
		i, ok := b.find(uid)
		if !ok {
			done.Gone = true
			continue
		}
		m := &b.msgs[i]
		if m.modseq > since && m.modseq != done.ModSeq {
			done.Modified = append(done.Modified, uid)
			continue
		}
		flags := b.set(ch.Apply(m.flags))
		if slices.Equal(flags, m.flags) {
			continue
		}
		m.flags, m.modseq, b.modseq = flags, done.ModSeq, done.ModSeq
		changed = append(changed, uid)
		if last := len(done.Changed) - 1; last >= 0 && done.Changed[last].Stop == uid-1 {
			done.Changed[last].Stop = uid
		} else {
			done.Changed = append(done.Changed, numset.Range{Start: uid, Stop: uid})
		}
	}
	if len(changed) > 0 {
		b.journal.NoteStored(changed, by)
		b.notify(serve.EventFlags)
	}
	return done, nil
}

// remove expunges the messages among uids for which match returns true. nil uids stand for all messages.
func (b *box) remove(uids []uint32, match func(*msg) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	wanted := func(m *msg) bool {
		if uids != nil {
			if _, ok := slices.BinarySearch(uids, m.uid); !ok {
				return false
			}
		}
		return match(m)
	}
	modseq := b.modseq + 1
	var expunged []uint32
	b.msgs = slices.DeleteFunc(b.msgs, func(m msg) bool {
		if !wanted(&m) {
			return false
		}
		b.modseq = modseq
		expunged = append(expunged, m.uid)
		if !b.deleted { // if the mailbox is deleted, drop has already refunded its messages
			b.owner.usage.refund(m.letter)
		}
		return true
	})
	if len(expunged) > 0 {
		b.expunged.add(expunged, modseq, len(b.msgs))
		if len(b.msgs) < cap(b.msgs)/4 {
			b.msgs = slices.Clone(b.msgs)
		}
		b.journal.Note(&serve.Changes{Expunged: expunged})
		b.notify(serve.EventMessages)
	}
}

// drop marks the mailbox as deleted.
func (b *box) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.deleted = true
	for _, m := range b.msgs {
		b.owner.usage.refund(m.letter)
	}
	b.journal.Note(&serve.Changes{})
}

func (b *box) status() *parser.StatusData {
	b.mu.RLock()
	defer b.mu.RUnlock()
	s := &parser.StatusData{
		Items: parser.StatusMessages | parser.StatusUIDNext | parser.StatusUIDValidity | parser.StatusUnseen | parser.StatusDeleted |
			parser.StatusSize | parser.StatusHighestModSeq | parser.StatusMailboxID,
		Messages: uint32(len(b.msgs)), UIDNext: b.next, UIDValidity: b.validity, HighestModSeq: b.modseq, MailboxID: b.id(),
	}
	for _, m := range b.msgs {
		if !has(m.flags, `\Seen`) {
			s.Unseen++
		}
		if has(m.flags, `\Deleted`) {
			s.Deleted++
		}
		s.Size += uint64(m.content.Size())
	}
	return s
}
