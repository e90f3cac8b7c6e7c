package disk

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/imapstack/imapstack/session/serve"
)

// A Message describes a message without the content of its file.
type Message struct {
	UID    uint32 // 0 for a new message
	ModSeq uint64 // 0 for a message that another program has changed
	Flags  []string
	Size   int64
	Date   time.Time

	// Name identifies the message while it is in the mailbox: it does not change, and no other message has it. New
	// messages get UIDs in the order of their names.
	Name string
	// Path is the current path of the file, relative to the mailbox's directory.
	Path string
}

// A Folder defines the layout of the files of one mailbox. Each message is a file. The file's name contains the UID,
// the flags and whatever else must be stored. The Box calls the methods of the Folder with its lock held.
type Folder interface {
	// Scan returns all messages in the directory, in any order, including those that other programs have put there. The
	// function known returns what the Box knows about a UID, so that Scan need not examine a file that has not changed.
	// If force is false and nothing can have changed since the last call, Scan may return at once; the result ok is
	// then false.
	Scan(force bool, known func(uid uint32) (m Message, ok bool)) (list []Message, ok bool, err error)

	// Rename renames a file so that its name contains UID, ModSeq and Flags of m, and sets m.Path. from is the present
	// path of the file, which may be in another directory. If the program crashes, the file has the old or the new
	// path.
	Rename(m *Message, from string) error

	// Sync makes the names that Rename has given to files durable: a crash no longer undoes them.
	Sync() error

	// Flags returns the flags that messages can have, including all keywords that have ever been used.
	Flags() []string
}

// A Box is a mailbox of messages in files. All connections that have the mailbox open share it.
type Box struct {
	// Name is the mailbox's name. A back end that renames the mailbox also changes Name. If Name is "", responses to
	// clients that have the mailbox open contain the name with which they opened it.
	Name string
	// Dir is the mailbox's directory. Renamed changes it.
	Dir string
	// Folder defines the layout of the files.
	Folder Folder
	// Lock guards the Box. If messages are moved between Boxes, these must share one Lock. The caller must hold it
	// when it calls exported methods of the Box, and must not hold it when it calls methods of a Mailbox.
	Lock sync.Locker
	// MaxKeywords is how many keywords the mailbox can have.
	MaxKeywords int
	// Keywords has the mailbox's keywords. Load sets it.
	Keywords *Keywords
	// Find returns another mailbox of the user, to which messages are to be moved. The Box calls Find with the lock
	// held.
	Find func(mailbox string) (*Box, error)

	n        *Counters
	msgs     []Message // by UID
	journal  serve.Journal
	deleted  bool
	mustScan bool // the next scan must read the directory: a file was not at its known path, or the last scan has failed

	expunges      []expungedTogether
	recordedSince uint64 // expunges has every expunge with a mod-sequence above this one
}

// expungedTogether holds messages that were expunged with the same mod-sequence.
type expungedTogether struct {
	modseq uint64
	uids   []uint32
}

// maxExpunges is how many entries Box.expunges can have.
const maxExpunges = 1000

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
	for range 2 { // see scan: the first read may miss files
		if err := b.scan(true); err != nil {
			return err
		}
	}
	b.removeOldCaches()
	// While the program was not running, other programs may have expunged messages. The Box does not know them, so it
	// treats them as expunged with a new mod-sequence.
	b.expunges = nil
	b.recordedSince, err = b.n.NextModSeq()
	return err
}

// removeOldCaches removes the caches of messages that other programs have removed while the program was not running.
func (b *Box) removeOldCaches() {
	entries, err := os.ReadDir(filepath.Join(b.Dir, "cache"))
	if err != nil || len(entries) == 0 {
		return
	}
	names := make(map[string]bool, len(b.msgs))
	for i := range b.msgs {
		names[b.msgs[i].Name] = true
	}
	for _, e := range entries {
		if !names[e.Name()] {
			os.Remove(b.cache(&Message{Name: e.Name()})) // a cache that stays takes space, but does no other harm
		}
	}
}

// Poll finds what other programs have changed in the files, and wakes the connections that have the mailbox open. If no
// connection has the mailbox open, Poll does nothing. If Poll fails, the next command looks for the changes again.
func (b *Box) Poll() {
	if b.journal.Followed() {
		b.scan(false)
	}
}

// Open opens the mailbox for a connection. changed is serve.OpenOptions.Changed.
func (b *Box) Open(changed func()) *Mailbox {
	uids := make([]uint32, len(b.msgs))
	for i := range b.msgs {
		uids[i] = b.msgs[i].UID
	}
	return &Mailbox{b, b.journal.Follow(uids, changed)}
}

// Renamed changes Dir to dir, after the caller has renamed the directory.
func (b *Box) Renamed(dir string) {
	b.Dir, b.n.file, b.Keywords.file = dir, filepath.Join(dir, "state"), filepath.Join(dir, "keywords")
}

// Drop marks the mailbox as deleted, after the caller has deleted its files.
func (b *Box) Drop() {
	b.deleted, b.msgs = true, nil
	b.journal.Note(&serve.Changes{})
}

// Add adds a new message. from is the path of its file. It assigns a UID, stores the file's new name durably, and wakes
// the connections that have the mailbox open. If it fails, the mailbox does not get the message.
func (b *Box) Add(m Message, from string) (validity, uid uint32, err error) {
	if err := b.assignNumbers(&m, from); err != nil {
		return 0, 0, err
	}
	if err := b.Folder.Sync(); err != nil {
		return 0, 0, errors.Join(err, os.Remove(b.path(&m)))
	}
	b.added(m)
	return b.n.UIDValidity, m.UID, nil
}

// assignNumbers assigns a UID and a mod-sequence to a new message, and renames its file. Connections do not see the
// message until added is called.
func (b *Box) assignNumbers(m *Message, from string) (err error) {
	if m.UID, err = b.n.NextUID(); err != nil {
		return err
	}
	if m.ModSeq, err = b.n.NextModSeq(); err != nil {
		return err
	}
	return b.rename(m, from)
}

// rename calls Folder.Rename, and brings m.Flags into the order and spelling that Scan will return.
func (b *Box) rename(m *Message, from string) error {
	if err := b.Folder.Rename(m, from); err != nil {
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

// removed removes messages whose files no longer exist.
func (b *Box) removed(uids []uint32) {
	b.msgs = slices.DeleteFunc(b.msgs, func(m Message) bool {
		_, ok := slices.BinarySearch(uids, m.UID)
		if ok {
			os.Remove(b.cache(&m))
		}
		return ok
	})
	b.recordExpunge(uids)
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

// scan finds what other programs have changed.
func (b *Box) scan(force bool) error {
	if b.deleted {
		return nil
	}
	msgs, ok, err := b.read(force)
	if !ok || err != nil {
		return err
	}
	var ch serve.Changes
	ch.Compare(known(b.msgs), known(msgs))
	// If another program renames a file while the directory is read, the operating system may return neither name. So
	// scan treats a message as removed only if several reads do not find it.
	for range 2 {
		if len(ch.Expunged) == 0 {
			break
		}
		again, _, err := b.read(true)
		if err != nil {
			return err
		}
		msgs, ch = b.merge(again, msgs), serve.Changes{}
		ch.Compare(known(b.msgs), known(msgs))
	}
	if len(ch.Expunged) > 0 {
		b.removed(ch.Expunged)
	}
	b.msgs = msgs
	if len(ch.New)+len(ch.Changed) > 0 {
		b.journal.Note(&serve.Changes{New: ch.New, Changed: ch.Changed})
	}
	return nil
}

// read reads the directory, and returns the messages by UID. It assigns a UID and a mod-sequence to each message that
// has none. The result ok is false if nothing can have changed.
func (b *Box) read(force bool) (msgs []Message, ok bool, err error) {
	list, ok, err := b.Folder.Scan(force || b.mustScan, b.find)
	if !ok && err == nil {
		return nil, false, nil
	}
	b.mustScan = true // if read fails, the next scan must find the rest
	if err != nil {
		return nil, false, err
	}
	var fresh []Message
	for _, m := range list {
		b.n.MarkUsed(m.UID, m.ModSeq)
		if m.UID == 0 || m.ModSeq == 0 {
			fresh = append(fresh, m)
		} else {
			msgs = append(msgs, m)
		}
	}
	slices.SortFunc(fresh, func(x, y Message) int { return strings.Compare(x.Name, y.Name) })
	mustScan := false
	for _, m := range fresh {
		before, existed := b.find(m.UID)
		if m.ModSeq, err = b.n.NextModSeq(); err != nil {
			return nil, false, err
		}
		if m.UID == 0 {
			if m.UID, err = b.n.NextUID(); err != nil {
				return nil, false, err
			}
		}
		if err := b.rename(&m, b.path(&m)); err == nil {
			msgs = append(msgs, m)
			continue
		} else if errors.Is(err, fs.ErrNotExist) { // another program has just renamed or removed the file
			mustScan = true
		}
		if existed { // the message stays as it was until a scan finds out what has happened to it
			msgs = append(msgs, before)
		}
	}
	if len(fresh) > 0 {
		if err := b.Folder.Sync(); err != nil {
			return nil, false, err
		}
	}
	b.mustScan = mustScan
	// A file that was renamed may have been found with both names. The one with the higher mod-sequence is the newer.
	slices.SortFunc(msgs, func(x, y Message) int { return cmp.Or(cmp.Compare(x.UID, y.UID), cmp.Compare(y.ModSeq, x.ModSeq)) })
	return slices.CompactFunc(msgs, func(x, y Message) bool { return x.UID == y.UID }), true, nil
}

// merge returns the messages in msgs, and those in earlier whose UIDs are not in msgs. The next scan finds out whether
// these still exist.
func (b *Box) merge(msgs, earlier []Message) []Message {
	n := len(msgs)
	for _, m := range earlier {
		if _, ok := slices.BinarySearchFunc(msgs[:n], m.UID, byUID); !ok {
			msgs = append(msgs, m)
			b.mustScan = true
		}
	}
	slices.SortFunc(msgs, func(x, y Message) int { return cmp.Compare(x.UID, y.UID) })
	return msgs
}

// recordExpunge records that messages were expunged, with a new mod-sequence.
func (b *Box) recordExpunge(uids []uint32) {
	modseq, err := b.n.NextModSeq()
	if err != nil { // a client that knows the current mod-sequence may not know of the expunge
		b.recordedSince, b.expunges = b.n.ModSeq+1, nil
		return
	}
	if b.expunges = append(b.expunges, expungedTogether{modseq, uids}); len(b.expunges) > maxExpunges {
		b.recordedSince = b.expunges[0].modseq
		b.expunges = slices.Delete(b.expunges, 0, 1)
	}
}

func known(list []Message) []serve.Known {
	out := make([]serve.Known, len(list))
	for i := range list {
		out[i] = serve.Known{UID: list[i].UID, ModSeq: list[i].ModSeq}
	}
	return out
}
