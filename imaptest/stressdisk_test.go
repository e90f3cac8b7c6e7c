package imaptest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/disk"
)

// diskBackend is a back end for the stress tests: one user with mailboxes of package disk in a directory.
type diskBackend struct {
	mu     sync.Mutex
	boxes  map[string]*disk.Box
	serial atomic.Int64
}

func newDiskBackend(t *testing.T, names ...string) *diskBackend {
	b := &diskBackend{boxes: map[string]*disk.Box{}}
	root := t.TempDir()
	for _, name := range names {
		x := &disk.Box{Name: name, Dir: filepath.Join(root, name), Lock: &b.mu, MaxKeywords: 100}
		x.Find = func(name string) (*disk.Box, error) { return b.find(name, parser.CodeTryCreate) }
		x.Folder = &numbered{x}
		if err := errors.Join(os.Mkdir(x.Dir, 0o700), x.Load()); err != nil {
			t.Fatal(err)
		}
		b.boxes[name] = x
	}
	return b
}

func (b *diskBackend) find(name string, code parser.CodeName) (*disk.Box, error) {
	if x := b.boxes[name]; x != nil {
		return x, nil
	}
	return nil, code
}

func (b *diskBackend) Types() (serve.User, serve.Mailbox) {
	return (*diskBackend)(nil), (*disk.Mailbox)(nil)
}

func (b *diskBackend) Login(context.Context, string, *serve.Conn) (serve.User, error) { return b, nil }

func (b *diskBackend) Mailboxes(context.Context) (list []serve.MailboxInfo, err error) {
	for name := range b.boxes {
		list = append(list, serve.MailboxInfo{Name: name})
	}
	slices.SortFunc(list, func(x, y serve.MailboxInfo) int { return strings.Compare(x.Name, y.Name) })
	return list, nil
}

func (b *diskBackend) Open(_ context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x, err := b.find(name, parser.CodeNonExistent)
	if err != nil {
		return nil, err
	}
	return x.Open(opt.Changed), nil
}

func (b *diskBackend) Append(ctx context.Context, name string, m *serve.NewMessage) (validity, uid uint32, err error) {
	validity, uids, err := b.AppendAll(ctx, name, func(yield func(*serve.NewMessage, error) bool) { yield(m, nil) })
	if err != nil {
		return 0, 0, err
	}
	return validity, uids[0], nil
}

// AppendAll saves all messages before it adds the first.
func (b *diskBackend) AppendAll(_ context.Context, name string, messages iter.Seq2[*serve.NewMessage, error]) (validity uint32, uids []uint32, err error) {
	x, err := b.find(name, parser.CodeTryCreate)
	if err != nil {
		return 0, nil, err
	}
	var list []disk.Message
	saved := func(m *disk.Message) string { return filepath.Join(x.Dir, "new "+m.Name) }
	defer func() {
		for i := range list {
			os.Remove(saved(&list[i])) // Remove fails if the message was added
		}
	}()
	for m, err := range messages {
		if err != nil {
			return 0, nil, err
		}
		msg := disk.Message{Name: fmt.Sprintf("m%08d", b.serial.Add(1)), Flags: m.Flags, Size: m.Size, Date: m.Date}
		if err := disk.SaveMessage(saved(&msg), m); err != nil {
			return 0, nil, err
		}
		list = append(list, msg)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range list {
		var uid uint32
		if validity, uid, err = x.Add(list[i], saved(&list[i])); err != nil {
			return 0, nil, err
		}
		uids = append(uids, uid)
	}
	return validity, uids, nil
}

// Notify makes the back end one that supports NOTIFY. The clients of the stress tests ask only about the open mailbox,
// which needs no events.
func (b *diskBackend) Notify(func(serve.Event)) (stop func()) { return func() {} }

// numbered lays out a mailbox: the name of a file is NAME,UID,MODSEQ,FLAGS, in which numbers stand for the flags.
type numbered struct{ box *disk.Box }

var numberedFlags = []string{`\Answered`, `\Flagged`, `\Deleted`, `\Seen`, `\Draft`}

func (n *numbered) Flags() []string {
	return append(slices.Clip(numberedFlags), n.box.Keywords.Names()...)
}

func (n *numbered) Sync() error { return disk.SyncDir(n.box.Dir) }

func (n *numbered) Rename(m *disk.Message, from string) error {
	var flags []string
	for _, f := range m.Flags {
		i := slices.Index(numberedFlags, f)
		if i < 0 {
			k, err := n.box.Keywords.Number(f)
			if err != nil {
				return err
			}
			i = len(numberedFlags) + k
		}
		flags = append(flags, strconv.Itoa(i))
	}
	m.Path = fmt.Sprintf("%s,%d,%d,%s", m.Name, m.UID, m.ModSeq, strings.Join(flags, "+"))
	return os.Rename(from, filepath.Join(n.box.Dir, m.Path))
}

func (n *numbered) Scan(force bool, _ func(uint32) (disk.Message, bool)) (list []disk.Message, ok bool, err error) {
	if !force {
		return nil, false, nil // nobody else puts files there
	}
	names, err := filepath.Glob(filepath.Join(n.box.Dir, "m*,*"))
	all := n.Flags()
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, false, err
		}
		m := disk.Message{Path: filepath.Base(name), Size: info.Size(), Date: info.ModTime()}
		part := strings.Split(m.Path, ",")
		m.Name = part[0]
		if _, err := fmt.Sscan(part[1]+" "+part[2], &m.UID, &m.ModSeq); err != nil {
			return nil, false, err
		}
		for _, f := range strings.FieldsFunc(part[3], func(c rune) bool { return c == '+' }) {
			i, err := strconv.Atoi(f)
			if err != nil || i >= len(all) {
				return nil, false, fmt.Errorf("%s has flag %q", name, f)
			}
			m.Flags = append(m.Flags, all[i])
		}
		list = append(list, m)
	}
	return list, true, err
}

func stressDisk(t *testing.T) stressedServe {
	b := newDiskBackend(t, "INBOX", "other")
	return stressBackend(t, b, b)
}

// TestStressDisk is like TestStressServe, for mailboxes of session/serve/disk.
func TestStressDisk(t *testing.T) { stressBelief(t, stressDisk(t), stressKinds) }
