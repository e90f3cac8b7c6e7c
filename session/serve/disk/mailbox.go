package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/utils/numset"
)

// A Mailbox is a Box that a connection has open. It implements serve.Mailbox.
type Mailbox struct {
	box      *Box
	follower *serve.Follower
}

var (
	_ serve.Mailbox  = (*Mailbox)(nil)
	_ serve.Resyncer = (*Mailbox)(nil)
	_ serve.Mover    = (*Mailbox)(nil)
)

// lock locks the Box, and returns the function that unlocks it.
func (m *Mailbox) lock() (unlock func()) {
	m.box.Lock.Lock()
	return m.box.Lock.Unlock
}

// Close closes the Mailbox.
func (m *Mailbox) Close() error {
	defer m.lock()()
	m.follower.Leave()
	return nil
}

// Changes returns what has changed in the files.
func (m *Mailbox) Changes(context.Context) (*serve.Changes, error) {
	defer m.lock()()
	b := m.box
	if err := b.scan(false); err != nil {
		return nil, err
	}
	ch := &serve.Changes{UIDValidity: b.n.UIDValidity, UIDNext: b.n.UIDNext, HighestModSeq: b.n.ModSeq, Gone: b.deleted, Name: b.Name, Flags: b.Folder.Flags()}
	m.follower.Take(ch)
	return ch, nil
}

// Fetch yields messages.
func (m *Mailbox) Fetch(ctx context.Context, uids []uint32, need serve.Need, yield func(*serve.Message) bool) error {
	var f File
	var out serve.Message
	open, content := func() (*os.File, error) { return m.open(out.UID) }, f.Message
	for _, uid := range uids {
		if err := ctx.Err(); err != nil {
			return err
		}
		x, cache, ok := m.find(uid, need)
		if !ok {
			continue
		}
		f = File{Open: open, Size: x.Size, Cache: cache}
		out = serve.Message{UID: uid, Flags: x.Flags, ModSeq: x.ModSeq, Date: x.Date, Size: x.Size, Content: content}
		more := yield(&out)
		if err := f.Close(); err != nil || !more {
			return err
		}
	}
	return nil
}

func (m *Mailbox) find(uid uint32, need serve.Need) (x Message, cache string, ok bool) {
	defer m.lock()()
	if x, ok = m.box.find(uid); ok && need&serve.NeedContent != 0 {
		cache = m.box.cache(&x)
	}
	return x, cache, ok
}

// open opens a message's file. The file's name may have changed since the last scan, because it includes the flags.
func (m *Mailbox) open(uid uint32) (*os.File, error) {
	defer m.lock()()
	x, ok := m.box.find(uid)
	if !ok {
		return nil, fs.ErrNotExist
	}
	f, err := os.Open(m.box.path(&x))
	if err == nil || m.box.scan(true) != nil {
		return f, err
	}
	if x, ok = m.box.find(uid); !ok {
		return nil, err
	}
	return os.Open(m.box.path(&x))
}

// Store changes flags.
func (m *Mailbox) Store(ctx context.Context, uids []uint32, ch *serve.FlagChange) error {
	_, err := m.StoreUnchanged(ctx, uids, ch, math.MaxUint64)
	return err
}

// attempts is how many times Store and Expunge try to change a file that other programs rename at the same time.
const attempts = 5

// StoreUnchanged changes the flags of messages whose mod-sequence is not higher than since.
func (m *Mailbox) StoreUnchanged(_ context.Context, uids []uint32, ch *serve.FlagChange, since uint64) (modified []uint32, err error) {
	defer m.lock()()
	b := m.box
	var s store
	for range attempts {
		if err = b.scan(false); err != nil {
			break
		}
		if err = m.store(uids, ch, since, &s); !errors.Is(err, parser.CodeInUse) {
			break
		}
		uids, s.inUse = s.inUse, nil
	}
	if len(s.changed) == 0 {
		return s.modified, err
	}
	slices.Sort(s.changed)
	b.journal.Note(&serve.Changes{Changed: s.changed})
	return s.modified, errors.Join(err, b.Folder.Sync())
}

// store holds the UIDs of messages that StoreUnchanged has changed, has not changed because of their mod-sequences, and
// could not change because their files were renamed.
type store struct{ changed, modified, inUse []uint32 }

// store does the work of StoreUnchanged once.
func (m *Mailbox) store(uids []uint32, ch *serve.FlagChange, since uint64, s *store) (err error) {
	b, modseq := m.box, uint64(0)
	for _, uid := range uids {
		i, ok := slices.BinarySearchFunc(b.msgs, uid, byUID)
		if !ok {
			continue
		}
		x := b.msgs[i]
		if x.ModSeq > since {
			s.modified = append(s.modified, uid)
			continue
		}
		flags := ch.Apply(x.Flags)
		if sameFlags(x.Flags, flags) {
			continue
		}
		if modseq == 0 {
			if modseq, err = b.n.NextModSeq(); err != nil {
				return err
			}
		}
		x.Flags, x.ModSeq = flags, modseq
		switch e := m.goneOrInUse(b.rename(&x, b.path(&x))); {
		case errors.Is(e, parser.CodeInUse):
			s.inUse, err = append(s.inUse, uid), e
		case e != nil:
			return e
		default:
			b.msgs[i], s.changed = x, append(s.changed, uid)
		}
	}
	return err
}

// goneOrInUse returns err. But if err reports that a file does not exist, it returns INUSE, because another program has
// just removed the message or changed its flags. The next Changes finds out which.
func (m *Mailbox) goneOrInUse(err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	m.box.mustScan = true
	return fmt.Errorf("%w: somebody else has just changed a message", parser.CodeInUse)
}

// sameFlags reports whether two lists, neither of which has a flag twice, have the same flags.
func sameFlags(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(f string) bool { return !hasFlag(b, f) })
}

func hasFlag(flags []string, f string) bool {
	return slices.ContainsFunc(flags, func(x string) bool { return strings.EqualFold(x, f) })
}

// Expunge removes messages that have \Deleted. If another program changes the flags of some at the same time, Expunge
// tries again, because CLOSE has no answer that could report the failure (RFC 9051 §6.4.1).
func (m *Mailbox) Expunge(_ context.Context, uids []uint32) (err error) {
	defer m.lock()()
	for range attempts {
		if err = m.expunge(uids); !errors.Is(err, parser.CodeInUse) {
			break
		}
	}
	return err
}

// expunge does the work of Expunge once.
func (m *Mailbox) expunge(uids []uint32) (err error) {
	b := m.box
	if err := b.scan(false); err != nil {
		return err
	}
	var gone []uint32
	for i := range b.msgs {
		x := &b.msgs[i]
		if _, ok := slices.BinarySearch(uids, x.UID); uids != nil && !ok || !hasFlag(x.Flags, `\Deleted`) {
			continue
		}
		if e := m.goneOrInUse(os.Remove(b.path(x))); e != nil {
			err = e // the loop still removes the other messages
			continue
		}
		gone = append(gone, x.UID)
	}
	if len(gone) == 0 {
		return err
	}
	b.removed(gone)
	return errors.Join(err, b.Folder.Sync())
}

// Vanished returns the UIDs of messages that were expunged after a mod-sequence. If the Box does not remember all of
// these, it returns all UIDs below UIDNEXT; the server ignores those of existing messages.
func (m *Mailbox) Vanished(_ context.Context, since uint64) (numset.Set, error) {
	defer m.lock()()
	b, set := m.box, numset.Of(numset.UID)
	if since < b.recordedSince {
		return numset.Span(numset.UID, 1, max(b.n.UIDNext, 2)-1), nil
	}
	for _, g := range b.expunges {
		if g.modseq > since {
			for _, uid := range g.uids {
				set.Add(uid)
			}
		}
	}
	return set, nil
}

// Move moves messages by renaming their files. Even after a crash, each message is in exactly one of the mailboxes.
func (m *Mailbox) Move(_ context.Context, uids []uint32, to string) (*serve.Copied, error) {
	defer m.lock()()
	b := m.box
	other, err := b.Find(to)
	if err != nil {
		return nil, err
	}
	if err := b.scan(false); err != nil {
		return nil, err
	}
	done := &serve.Copied{UIDValidity: other.n.UIDValidity}
	var here, there []Message
	undo := func(err error) error { // Move moves all messages or none
		for i := range here {
			if e := b.rename(&here[i], other.path(&there[i])); e != nil {
				err = errors.Join(err, e)
				b.mustScan, other.mustScan = true, true
			}
		}
		return errors.Join(err, b.Folder.Sync())
	}
	for _, uid := range uids {
		x, ok := b.find(uid)
		if !ok {
			continue
		}
		y := x
		if err := other.assignNumbers(&y, b.path(&x)); err != nil {
			return nil, undo(m.goneOrInUse(err))
		}
		here, there = append(here, x), append(there, y)
		done.From, done.To = append(done.From, x.UID), append(done.To, y.UID)
	}
	if len(here) == 0 {
		return done, nil
	}
	if err := errors.Join(other.Folder.Sync(), b.Folder.Sync()); err != nil {
		return nil, undo(err)
	}
	b.removed(done.From)
	other.added(there...)
	return done, nil
}
