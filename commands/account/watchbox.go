package account

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// openBox is the mailbox that a watcher has open, as the program has been told of it. It outlives connections. It costs 12 bytes for a message.
type openBox struct {
	name     string
	validity uint32   // 0: nothing has been read yet
	modseq   uint64   // all changes up to it have been told; 0 without CONDSTORE
	uids     []uint32 // by sequence number; 0 is not known yet
	flags    []uint64 // a hash of the flags of each; 0 is not known
	unknown  int      // how many UIDs are not known
	fresh    bool     // some of those have come since they were last asked for
	most     int      // messages that it may have
	loading  bool     // it is being read: what comes is no news yet
	broken   bool     // numbers do not fit together: it has to be read anew
	tell     func(Event)
}

// hashFlags returns a number that is the same for the same flags in any order, and is not 0. \Recent is none that changes (RFC 3501 §2.3.2).
func hashFlags(flags []parser.Flag) uint64 {
	sum := uint64(1) << 63
	for _, f := range flags {
		if f.Equal(parser.FlagRecent) {
			continue
		}
		h := fnv.New64a()
		h.Write([]byte(strings.ToLower(string(f))))
		sum += h.Sum64() | 1
	}
	return max(sum, 1)
}

// exists takes news of how many messages there are.
func (b *openBox) exists(n uint32) {
	switch k := int(n) - len(b.uids); {
	case k < 0, int64(n) > int64(b.most):
		b.broken = true
	case k > 0:
		b.uids = append(b.uids, make([]uint32, k)...)
		b.flags = append(b.flags, make([]uint64, k)...)
		b.unknown += k
		b.fresh = true
	}
}

// expunge takes news of a message that is gone, by its number.
func (b *openBox) expunge(seq uint32) {
	if seq == 0 || int(seq) > len(b.uids) {
		return // nothing was there
	}
	b.remove(int(seq) - 1)
}

func (b *openBox) remove(i int) {
	if uid := b.uids[i]; uid != 0 {
		b.gone(uid)
	} else {
		b.unknown-- // it has come and gone
	}
	b.uids = slices.Delete(b.uids, i, i+1)
	b.flags = slices.Delete(b.flags, i, i+1)
}

// vanished takes news of messages that are gone, by their UIDs.
func (b *openBox) vanished(uids numset.Set) {
	n, _ := uids.Len()
	kept := 0
	for i, uid := range b.uids {
		if uid != 0 && uids.Contains(uid) {
			b.gone(uid)
			n--
			continue
		}
		b.uids[kept], b.flags[kept] = uid, b.flags[i]
		kept++
	}
	b.uids, b.flags = b.uids[:kept], b.flags[:kept]
	if n > 0 && b.unknown > 0 {
		b.broken = true // some of those whose UIDs are not known may be meant
	}
}

func (b *openBox) gone(uid uint32) {
	if !b.loading {
		b.tell(&Gone{b.name, b.validity, numset.Of(numset.UID, uid)})
	}
}

// fetched takes what the server tells of a message.
func (b *openBox) fetched(m *parser.Fetch) {
	i := int(m.Seq) - 1
	if m.Seq == 0 && m.UID != 0 {
		var ok bool
		if i, ok = slices.BinarySearch(b.uids[:len(b.uids)-b.unknown], m.UID); !ok {
			return
		}
	}
	if i < 0 || i >= len(b.uids) {
		return
	}
	came := false
	if m.UID != 0 && b.uids[i] != m.UID {
		if b.uids[i] != 0 {
			b.broken = true
			return
		}
		b.uids[i] = m.UID
		b.unknown--
		came = true
		if !b.loading {
			b.tell(&Arrived{b.name, b.validity, numset.Of(numset.UID, m.UID)})
		}
	}
	if m.Flags == nil {
		return
	}
	h := hashFlags(m.Flags)
	was := b.flags[i]
	if b.flags[i] = h; was != h && !came && !b.loading && b.uids[i] != 0 {
		b.tell(&FlagsChanged{b.name, b.validity, numset.Of(numset.UID, b.uids[i]), slices.Clone(m.Flags)})
	}
}

// maxReads is how often a mailbox is read whose numbers do not fit together.
const maxReads = 3

// catchUp reads the mailbox, which has just been opened, and tells what has happened since it was last known.
func (b *openBox) catchUp(ctx context.Context, s *session.Session) error {
	box := s.Mailbox()
	known := b.validity != 0
	switch {
	case known && box.UIDValidity != b.validity:
		b.validity = box.UIDValidity
		b.tell(&Renewed{b.name, b.validity})
		known = false
	case !known:
		b.validity = box.UIDValidity
	}
	modseq := box.HighestModSeq
	if box.NoModSeq || !s.Caps().HasAny("CONDSTORE|QRESYNC") {
		modseq = 0
	}
	n := len(b.uids) - b.unknown // nobody was told of the rest
	old := openBox{uids: b.uids[:n], flags: b.flags[:n], modseq: b.modseq}
	if !known {
		old = openBox{}
	}
	if known && modseq != 0 && modseq == old.modseq && n == len(b.uids) && n == int(box.Exists) {
		b.broken = false
		return nil // nothing has happened
	}
	items := []fetch.Item{fetch.UID}
	// Without a MODSEQ from before, flags are compared one by one.
	compare := modseq == 0 || known && (old.modseq == 0 || old.modseq > modseq)
	if compare {
		items = append(items, fetch.Flags)
	}
	for try := 1; ; try++ {
		err := b.read(ctx, s, items)
		if err == nil && b.broken && try == maxReads {
			err = fmt.Errorf("%w: the messages of %s do not fit together", ErrPartial, b.name)
		}
		if err != nil {
			if b.uids, b.flags, b.unknown = old.uids, old.flags, 0; !known {
				b.validity = 0
			}
			return err
		}
		if !b.broken {
			break
		}
	}
	if known {
		b.compare(&old, compare)
	}
	b.modseq = modseq
	if known && !compare && old.modseq < modseq {
		return b.changedSince(ctx, s, &old)
	}
	return nil
}

// fits returns an error if there are more messages than may be watched.
func (b *openBox) fits(n uint32) error {
	if int64(n) <= int64(b.most) {
		return nil
	}
	return &wire.LimitError{What: "messages of a mailbox that is watched", Limit: int64(b.most), Size: int64(n)}
}

// read reads the UIDs of all messages.
func (b *openBox) read(ctx context.Context, s *session.Session, items []fetch.Item) error {
	n := int(s.Mailbox().Exists)
	if err := b.fits(uint32(n)); err != nil {
		return err
	}
	b.uids, b.flags, b.unknown, b.broken, b.fresh = make([]uint32, n), make([]uint64, n), n, false, false
	b.loading = true
	defer func() { b.loading = false }()
	if n == 0 {
		return nil
	}
	for m, err := range commands.Fetch(s, numset.Span(numset.Seq, 1, uint32(n)), items...).All(ctx) {
		if err != nil {
			return err
		}
		b.fetched(m)
	}
	if at := slices.Index(b.uids, 0); at >= 0 && at < n || !slices.IsSorted(b.uids[:min(n, len(b.uids))]) || len(b.uids) < n {
		b.broken = true
		// What the server has not told yet it tells now.
		_, err := commands.Noop(s).Wait(ctx)
		return err
	}
	return nil
}

// compare tells what is other than it was in old. Those behind, whose UIDs are not known yet, are told when they are.
func (b *openBox) compare(old *openBox, flags bool) {
	uids := b.uids[:len(b.uids)-b.unknown]
	came, gone := numset.Of(numset.UID), numset.Of(numset.UID)
	i := 0
	for _, uid := range old.uids {
		for i < len(uids) && uids[i] < uid {
			came.Add(uids[i])
			i++
		}
		if i == len(uids) || uids[i] != uid {
			gone.Add(uid)
			continue
		}
		i++
	}
	for ; i < len(uids); i++ {
		came.Add(uids[i])
	}
	if !gone.Empty() {
		b.tell(&Gone{b.name, b.validity, gone})
	}
	if !came.Empty() {
		b.tell(&Arrived{b.name, b.validity, came})
	}
	changed := numset.Of(numset.UID)
	i = 0
	for k, uid := range old.uids {
		for i < len(uids) && uids[i] < uid {
			i++
		}
		if i == len(uids) || uids[i] != uid {
			continue
		}
		switch was := old.flags[k]; {
		case !flags:
			b.flags[i] = was
		case was == 0 || was != b.flags[i]:
			changed.Add(uid)
		}
	}
	if !changed.Empty() {
		b.tell(&FlagsChanged{Mailbox: b.name, UIDValidity: b.validity, UIDs: changed})
	}
}

// changedSince tells whose flags have changed, of the messages in old.
func (b *openBox) changedSince(ctx context.Context, s *session.Session, old *openBox) error {
	if len(b.uids) == 0 {
		return nil
	}
	defer func() { b.loading = false }()
	set := numset.Span(numset.Seq, 1, uint32(len(b.uids)))
	for m, err := range commands.Fetch(s, set, fetch.UID, fetch.Flags, fetch.ChangedSince(old.modseq)).All(ctx) {
		if err != nil {
			b.modseq = old.modseq // it is to be asked again
			return err
		}
		_, told := slices.BinarySearch(old.uids, m.UID)
		b.loading = !told // of others it was told that they have arrived
		b.fetched(m)
	}
	return nil
}

// learn asks for the UIDs of messages that have come.
func (b *openBox) learn(ctx context.Context, s *session.Session) error {
	for b.fresh && !b.broken {
		b.fresh = false
		first := slices.Index(b.uids, 0)
		if first < 0 {
			return nil
		}
		set := numset.Span(numset.Seq, uint32(first+1), uint32(len(b.uids)))
		for m, err := range commands.Fetch(s, set, fetch.UID, fetch.Flags).All(ctx) {
			if err != nil {
				b.fresh = true
				return err
			}
			b.fetched(m)
		}
	}
	return nil
}
