package disk

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/imapstack/imapstack/session/serve"
)

// A Message is what can be known about a message without reading its file.
type Message struct {
	UID    uint32 // 0 for a new message
	ModSeq uint64 // 0 for a message that another program has changed
	Flags  []string
	Size   int64
	Date   time.Time

	// Name is the message's name for as long as it is in the mailbox: no other message has it. New messages get UIDs in
	// the order of their names.
	Name string
	// Path is the path of the file now, relative to the mailbox's directory.
	Path string
}

// A Folder says how a back end lays out the files of one mailbox. Each message is a file, whose name contains
// everything else that must be kept. The Box calls its methods with its lock held.
type Folder interface {
	// Scan returns all messages, whoever has put them there, in any order. known returns what the Box knows about a
	// UID, which suffices for a file that has not changed. ok is false if Scan has not looked, because must is false
	// and nothing can have changed since its last call.
	Scan(must bool, known func(uid uint32) (m Message, ok bool)) (list []Message, ok bool, err error)

	// Keep renames the file from, a path that includes the root, so that the name contains UID, ModSeq and Flags of m,
	// and sets m.Path. Whenever the program dies, the file is in one of the two places.
	Keep(m *Message, from string) error

	// Sync makes sure that the names that Keep gave are on the disk.
	Sync() error

	// Flags returns the flags that messages can have, including all keywords that were ever used.
	Flags() []string
}

// A Box holds the messages of a mailbox whose files a Folder lays out. All connections that have the mailbox open share
// it.
type Box struct {
	// Dir is the mailbox's directory, which Renamed changes.
	Dir string
	// Folder lays out the files.
	Folder Folder
	// Lock guards the Box. Boxes between which messages are moved share one. The caller holds it when it calls exported
	// methods of the Box, and does not hold it when it calls those of a Mailbox.
	Lock sync.Locker
	// MaxKeywords is how many Keywords the mailbox can have.
	MaxKeywords int
	// Keywords are set by Load.
	Keywords *Keywords
	// Find returns another mailbox of the user, to which messages are moved. The lock is held.
	Find func(mailbox string) (*Box, error)

	n       *Counters
	msgs    []Message // by UID
	journal serve.Journal
	gone    bool
	stale   bool // a file was not where it was

	graves []grave
	since  uint64 // everything expunged after this is in a grave
}

// A grave holds messages that were expunged together.
type grave struct {
	modseq uint64
	uids   []uint32
}

// maxGraves is how many graves are kept.
const maxGraves = 1000

// Load reads the mailbox. Besides the messages, a Box has the files "state" and "keywords" in Dir, and a directory
// "cache".
func (b *Box) Load() (err error) {
	if err := os.MkdirAll(filepath.Join(b.Dir, "cache"), 0o700); err != nil {
		return err
	}
	if b.n, err = OpenCounters(filepath.Join(b.Dir, "state")); err != nil {
		return err
	}
	if b.Keywords, err = OpenKeywords(filepath.Join(b.Dir, "keywords"), b.MaxKeywords); err != nil {
		return err
	}
	err = b.scan(true)
	b.since, b.graves = b.n.ModSeq, nil
	return err
}

// Look takes in what other programs have done, if a connection has the mailbox open, and notifies it. The next command
// gets the error.
func (b *Box) Look() {
	if b.journal.Followed() {
		b.scan(false)
	}
}

// Open opens the mailbox for a connection; changed is that of serve.OpenOptions.
func (b *Box) Open(changed func()) *Mailbox {
	uids := make([]uint32, len(b.msgs))
	for i := range b.msgs {
		uids[i] = b.msgs[i].UID
	}
	return &Mailbox{b, b.journal.Follow(uids, changed)}
}

// Renamed tells the Box its new directory.
func (b *Box) Renamed(dir string) {
	b.Dir, b.n.file, b.Keywords.file = dir, filepath.Join(dir, "state"), filepath.Join(dir, "keywords")
}

// Drop tells the Box that the mailbox has been deleted.
func (b *Box) Drop() {
	b.gone, b.msgs = true, nil
	b.journal.Note(&serve.Changes{})
}

// Add adds a new message, whose file is from: it assigns a UID, notifies the connections that have the mailbox open,
// and makes it durable.
func (b *Box) Add(m Message, from string) (validity, uid uint32, err error) {
	if err := b.number(&m, from); err != nil {
		return 0, 0, err
	}
	b.added(m)
	return b.n.UIDValidity, m.UID, b.Folder.Sync()
}

// number assigns a new message its numbers, and renames its file accordingly. The message is not visible until added is
// called.
func (b *Box) number(m *Message, from string) (err error) {
	if m.UID, err = b.n.NextUID(); err != nil {
		return err
	}
	if m.ModSeq, err = b.n.NextModSeq(); err != nil {
		return err
	}
	return b.keep(m, from)
}

// keep lets the Folder rename a file. Flags are reported as they will be found again: in the Folder's order and
// spelling.
func (b *Box) keep(m *Message, from string) error {
	if err := b.Folder.Keep(m, from); err != nil {
		return err
	}
	flags := m.Flags
	m.Flags = slices.DeleteFunc(slices.Clone(b.Folder.Flags()), func(f string) bool { return !hasFlag(flags, f) })
	return nil
}

func (b *Box) added(list ...Message) {
	var ch serve.Changes
	for _, m := range list {
		b.msgs = append(b.msgs, m)
		ch.New = append(ch.New, m.UID)
	}
	b.journal.Note(&ch)
}

// removed removes messages whose files are gone.
func (b *Box) removed(uids []uint32) {
	b.msgs = slices.DeleteFunc(b.msgs, func(m Message) bool {
		_, ok := slices.BinarySearch(uids, m.UID)
		if ok {
			os.Remove(b.cache(&m))
		}
		return ok
	})
	b.bury(uids)
	b.journal.Note(&serve.Changes{Expunged: uids})
}

// path returns the path of a message's file.
func (b *Box) path(m *Message) string { return filepath.Join(b.Dir, m.Path) }

func (b *Box) cache(m *Message) string { return filepath.Join(b.Dir, "cache", m.Name) }

// find returns the message with a UID.
func (b *Box) find(uid uint32) (Message, bool) {
	i, ok := slices.BinarySearchFunc(b.msgs, uid, byUID)
	if !ok {
		return Message{}, false
	}
	return b.msgs[i], true
}

func byUID(m Message, uid uint32) int { return cmp.Compare(m.UID, uid) }

// scan takes in what other programs have done, and assigns numbers to messages that have none.
func (b *Box) scan(must bool) error {
	if b.gone {
		return nil
	}
	list, ok, err := b.Folder.Scan(must || b.stale, b.find)
	if !ok || err != nil {
		return err
	}
	b.stale = false
	var kept, fresh []Message
	for _, m := range list {
		if m.UID == 0 || m.ModSeq == 0 {
			fresh = append(fresh, m)
			continue
		}
		kept = append(kept, m)
		b.n.Found(m.UID, m.ModSeq)
	}
	slices.SortFunc(fresh, func(x, y Message) int { return strings.Compare(x.Name, y.Name) })
	for _, m := range fresh {
		if m.ModSeq, err = b.n.NextModSeq(); err != nil {
			return err
		}
		if m.UID == 0 {
			if m.UID, err = b.n.NextUID(); err != nil {
				return err
			}
		}
		if b.keep(&m, b.path(&m)) == nil { // otherwise it has another name by now, or none
			kept = append(kept, m)
		}
	}
	slices.SortFunc(kept, func(x, y Message) int { return cmp.Compare(x.UID, y.UID) })
	kept = slices.CompactFunc(kept, func(x, y Message) bool { return x.UID == y.UID })
	var ch serve.Changes
	ch.Compare(known(b.msgs), known(kept))
	if len(ch.Expunged) > 0 {
		b.removed(ch.Expunged)
	}
	b.msgs = kept
	if len(ch.New)+len(ch.Changed) > 0 {
		b.journal.Note(&serve.Changes{New: ch.New, Changed: ch.Changed})
	}
	if len(fresh) == 0 {
		return nil
	}
	return b.Folder.Sync()
}

// bury records what was expunged, and when.
func (b *Box) bury(uids []uint32) {
	modseq, err := b.n.NextModSeq()
	if err != nil { // the number would not differ from earlier ones
		b.since, b.graves = b.n.ModSeq, nil
		return
	}
	if b.graves = append(b.graves, grave{modseq, uids}); len(b.graves) > maxGraves {
		b.since = b.graves[0].modseq
		b.graves = slices.Delete(b.graves, 0, 1)
	}
}

func known(list []Message) []serve.Known {
	out := make([]serve.Known, len(list))
	for i := range list {
		out[i] = serve.Known{UID: list[i].UID, ModSeq: list[i].ModSeq}
	}
	return out
}
