package account

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// openBox is the state of the mailbox that a watcher has open, as the program knows it from the events. It outlives
// connections.
type openBox struct {
	name        string
	state       resync.State // the mailbox as the program knows it
	known       bool         // the mailbox has been read once; from then on, changes become events
	late        bool         // the mailbox is read for the first time after an Interrupted
	uids        []uint32     // uids[i] is the UID of the message with sequence number i+1; 0 if it is not known yet
	unknown     int          // number of zeros in uids
	fresh       bool         // messages have arrived since the watcher last asked for UIDs
	maxMessages int          // limit for the number of messages
	broken      bool         // sequence numbers and UIDs contradict each other: the mailbox has to be read again
	tell        func(Event)

	loading    bool                     // the mailbox is being read
	laterFlags map[uint32][]parser.Flag // flags that the server has reported while loading, by UID
}

// maxLater limits the messages in openBox.laterFlags. maxFlags limits the different flags in a mailbox.
const maxLater, maxFlags = 1000, 1000

// opened handles the opening of a mailbox. Everything that the server reported before was about another mailbox.
func (b *openBox) opened() {
	if b.loading {
		b.broken, b.laterFlags = false, nil
	}
}

// exists handles EXISTS: the mailbox has n messages.
func (b *openBox) exists(n uint32) {
	switch k := int(n) - len(b.uids); {
	case b.loading: // the method read handles the number when it has read the mailbox
	case k < 0, int64(n) > int64(b.maxMessages):
		b.broken = true
	case k > 0:
		b.uids = append(b.uids, make([]uint32, k)...)
		b.unknown += k
		b.fresh = true
	}
}

// expunge handles EXPUNGE: the message with sequence number seq is gone.
func (b *openBox) expunge(seq uint32) {
	switch {
	case b.loading:
		b.broken = true // the pass that reads the mailbox may or may not have read the message
	case seq == 0 || int(seq) > len(b.uids): // no message has that number
	default:
		i := int(seq) - 1
		if uid := b.uids[i]; uid != 0 {
			b.gone(uid)
		} else {
			b.unknown-- // the message has arrived and gone before its UID was known
		}
		b.uids = slices.Delete(b.uids, i, i+1)
	}
}

// vanished handles VANISHED: the messages with these UIDs are gone.
func (b *openBox) vanished(uids numset.Set) {
	if b.loading {
		b.broken = true
		return
	}
	n, _ := uids.Len()
	b.uids = slices.DeleteFunc(b.uids, func(uid uint32) bool {
		if uid == 0 || !uids.Contains(uid) {
			return false
		}
		b.gone(uid)
		n--
		return true
	})
	if n > 0 && b.unknown > 0 {
		b.broken = true // the remaining n UIDs may belong to messages whose UIDs are not known
	}
}

func (b *openBox) gone(uid uint32) {
	one := numset.Of(numset.UID, uid)
	b.state.Remove(one)
	b.tell(&Gone{b.name, b.state.UIDValidity, one})
}

// fetched handles a FETCH response.
func (b *openBox) fetched(m *parser.Fetch) {
	if b.loading {
		b.fetchedWhileLoading(m)
		return
	}
	i := int(m.Seq) - 1
	if m.Seq == 0 && m.UID != 0 {
		var ok bool
		if i, ok = slices.BinarySearch(b.uids[:len(b.uids)-b.unknown], m.UID); !ok {
			if i = slices.Index(b.uids, m.UID); i < 0 {
				return
			}
		}
	}
	if i < 0 || i >= len(b.uids) {
		return
	}
	came := m.UID != 0 && b.uids[i] != m.UID
	if came {
		if b.uids[i] != 0 || b.state.UIDs.Contains(m.UID) {
			b.broken = true
			return
		}
		b.uids[i] = m.UID
		b.unknown--
		b.state.Add(m.UID)
		b.tell(&Arrived{b.name, b.state.UIDValidity, numset.Of(numset.UID, m.UID)})
	}
	if uid := b.uids[i]; uid != 0 && m.Flags != nil {
		b.setFlags(uid, m.Flags, !came)
	}
}

// setFlags stores the flags of a message. If tell is true and the flags have changed, setFlags queues a FlagsChanged
// event.
func (b *openBox) setFlags(uid uint32, flags []parser.Flag, tell bool) {
	flags = slices.DeleteFunc(slices.Clone(flags), func(f parser.Flag) bool { return !f.Valid() || f.Equal(parser.FlagRecent) })
	was := b.state.FlagsOf(uid)
	b.state.SetFlags(uid, flags...)
	b.broken = b.broken || len(b.state.Flags) > maxFlags
	if tell && !slices.Equal(was, b.state.FlagsOf(uid)) {
		b.tell(&FlagsChanged{b.name, b.state.UIDValidity, numset.Of(numset.UID, uid), flags})
	}
}

// fetchedWhileLoading keeps the flags that the server reports while the mailbox is being read. They become events
// afterwards. While the mailbox is being read, a sequence number does not identify a message, so the response must have
// a UID.
func (b *openBox) fetchedWhileLoading(m *parser.Fetch) {
	switch {
	case m.Flags == nil:
	case m.UID == 0 || len(b.laterFlags) == maxLater:
		b.broken = true
	default:
		if b.laterFlags == nil {
			b.laterFlags = map[uint32][]parser.Flag{}
		}
		b.laterFlags[m.UID] = slices.Clone(m.Flags)
	}
}

// maxReads is how often catchUp reads a mailbox whose sequence numbers and UIDs contradict each other, before it
// returns an error. It also limits the rounds of settle.
const maxReads = 3

// catchUp opens the mailbox, finds out what has happened since it was last read, and queues events for that with
// b.tell. refused is true if err occurred before the mailbox was open.
func (b *openBox) catchUp(ctx context.Context, s *session.Session) (refused bool, err error) {
	for range maxReads {
		if refused, err = b.read(ctx, s); err != nil || !b.broken {
			return refused, err
		}
	}
	return false, fmt.Errorf("%w: the sequence numbers and UIDs in %s contradict each other", ErrPartial, b.name)
}

// read makes one pass of package resync over the mailbox.
func (b *openBox) read(ctx context.Context, s *session.Session) (refused bool, err error) {
	b.loading, b.broken, b.fresh, b.laterFlags = true, false, false, nil
	defer func() { b.loading = false }()
	b.uids, b.unknown = nil, 0
	p := resync.New(s, b.name, b.state, &resync.Options{ReadOnly: true, MaxMessages: b.maxMessages, MaxFlags: maxFlags})
	told := b.known // the first pass yields what the mailbox contains, which is not a change
	for c, err := range p.All(ctx) {
		if err != nil {
			if b.known {
				b.state = p.State() // events have told the program what has changed up to this state
			}
			return p.Way() == 0, err
		}
		box := s.Mailbox()
		if box == nil {
			return false, resync.ErrMoved
		}
		validity := box.UIDValidity
		switch {
		case c.Kind == resync.Reset && b.known:
			b.tell(&Reset{b.name, validity})
			told = false
		case !told:
		case c.Kind == resync.Gone:
			b.tell(&Gone{b.name, validity, c.UIDs})
		case c.Kind == resync.Arrived:
			b.tell(&Arrived{b.name, validity, c.UIDs})
		case c.Kind == resync.Flags:
			ev := &FlagsChanged{Mailbox: b.name, UIDValidity: validity, UIDs: c.UIDs}
			if uid, ok := c.UIDs.Min(); ok && c.Count == 1 {
				ev.Flags = c.Flags(uid)
			}
			b.tell(ev)
		}
	}
	first := !b.known
	b.state, b.known, b.loading = p.State(), true, false
	if first && b.late {
		b.tell(&Reset{b.name, b.state.UIDValidity}) // Watch does not know what has happened since the loop began
	}
	n, _ := b.state.UIDs.Len()
	b.uids = make([]uint32, 0, n)
	b.uids = slices.AppendSeq(b.uids, b.state.UIDs.Numbers())
	if box := s.Mailbox(); box != nil {
		b.exists(box.Exists) // askUIDs asks for messages that have arrived since
	}
	for _, uid := range slices.Sorted(maps.Keys(b.laterFlags)) {
		if b.state.UIDs.Contains(uid) {
			b.setFlags(uid, b.laterFlags[uid], true)
		}
	}
	b.laterFlags = nil
	return false, nil
}

// askUIDs asks for the UIDs of messages that have arrived.
func (b *openBox) askUIDs(ctx context.Context, s *session.Session) error {
	for b.fresh && !b.broken {
		b.fresh = false
		set := numset.Of(numset.Seq)
		for i, uid := range b.uids {
			if uid == 0 {
				set.Add(uint32(i + 1))
			}
		}
		if set.Empty() {
			return nil
		}
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
