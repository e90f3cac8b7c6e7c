package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/disk"
)

// backend is the users' Maildirs: INBOX is root/USER, other mailboxes are root/USER/.NAME, with a dot between levels.
type backend struct {
	root  string
	mu    sync.Mutex
	users map[string]*user
}

func (b *backend) Types() (serve.User, serve.Mailbox) { return (*user)(nil), (*disk.Mailbox)(nil) }

// special are the mailboxes with a special use (RFC 6154).
var special = []string{"Drafts", "Junk", "Sent", "Trash"}

// Login returns the user of that name, and creates the Maildirs that every user has. All connections of a user share
// one value.
func (b *backend) Login(_ context.Context, name string, _ *serve.Conn) (serve.User, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.users[name]
	if u == nil {
		u = &user{dir: filepath.Join(b.root, name), boxes: map[string]*disk.Box{}}
		b.users[name] = u
	}
	err := makeMaildir(u.dir)
	for _, use := range special {
		err = cmp.Or(err, makeMaildir(u.path(use)))
	}
	return u, err
}

// watch looks for changes that other programs have made to open mailboxes, at once and then at intervals of length
// every, until ctx ends.
func (b *backend) watch(ctx context.Context, every time.Duration) {
	for tick := time.Tick(every); ctx.Err() == nil; <-tick {
		b.mu.Lock()
		for _, u := range b.users {
			u.mu.Lock()
			for _, x := range u.boxes {
				x.Poll()
			}
			u.mu.Unlock()
		}
		b.mu.Unlock()
	}
}

type user struct {
	dir   string
	mu    sync.Mutex           // guards everything of the user
	boxes map[string]*disk.Box // by name
}

var toDir, toName = strings.NewReplacer("%", "%25", ".", "%2E", "/", "."), strings.NewReplacer("%25", "%", "%2E", ".", ".", "/")

func (u *user) path(name string) string {
	if name == "INBOX" {
		return u.dir
	}
	return filepath.Join(u.dir, "."+toDir.Replace(name))
}

// exists reports whether a mailbox exists. A name whose first level is empty is not the name of a mailbox, because its
// path would be that of INBOX or of all users.
func (u *user) exists(name string) bool {
	_, err := os.Stat(filepath.Join(u.path(name), "cur"))
	return err == nil && name != "" && name[0] != '/'
}

// box returns a mailbox. If there is no such mailbox, the error wraps the argument code. The caller holds u.mu.
func (u *user) box(name string, code parser.CodeName) (x *disk.Box, err error) {
	if !u.exists(name) {
		return nil, fmt.Errorf("%w: there is no mailbox %q", code, name)
	}
	if x = u.boxes[name]; x == nil {
		find := func(name string) (*disk.Box, error) { return u.box(name, parser.CodeTryCreate) }
		x = &disk.Box{Name: name, Dir: u.path(name), Lock: &u.mu, Find: find, MaxKeywords: 26}
		x.Folder = &maildir{box: x}
		if err = x.Load(); err == nil {
			u.boxes[name] = x
		}
	}
	return x, err
}

func (u *user) Mailboxes(context.Context) ([]serve.MailboxInfo, error) {
	subscribed, err := disk.ReadLines(filepath.Join(u.dir, "subscriptions"))
	entries, err2 := os.ReadDir(u.dir)
	list := []serve.MailboxInfo{{Name: "INBOX"}}
	for _, e := range entries {
		if dir, ok := strings.CutPrefix(e.Name(), "."); ok && e.IsDir() {
			list = append(list, serve.MailboxInfo{Name: toName.Replace(dir)})
			if info := &list[len(list)-1]; slices.Contains(special, info.Name) {
				info.SpecialUse = []parser.MailboxAttr{parser.MailboxAttr(`\` + info.Name)}
			}
		}
	}
	for i := range list {
		list[i].Subscribed = slices.Contains(subscribed, list[i].Name)
	}
	return list, cmp.Or(err, err2)
}

func (u *user) Subscribe(_ context.Context, name string, on bool) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	file := filepath.Join(u.dir, "subscriptions")
	names, err := disk.ReadLines(file)
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(x string) bool { return x == name })
	if on {
		names = append(names, name)
	}
	return disk.WriteLines(file, names)
}

func (u *user) Create(_ context.Context, name string, _ []parser.MailboxAttr) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.exists(name) {
		return fmt.Errorf("%w: mailbox %q exists", parser.CodeAlreadyExists, name)
	}
	return makeMaildir(u.path(name))
}

func (u *user) Delete(_ context.Context, name string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	x, err := u.box(name, parser.CodeNonExistent)
	if err != nil {
		return err
	}
	// Rename the directory first, so that the mailbox either exists or does not, even if the program is killed.
	dead := filepath.Join(u.dir, "tmp", newName())
	if err := os.Rename(x.Dir, dead); err != nil {
		return err
	}
	delete(u.boxes, name)
	x.Drop()
	os.RemoveAll(dead) // if this fails, the files take space, but the mailbox is deleted
	return nil
}

func (u *user) Rename(ctx context.Context, from, to string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.exists(to) || from == "INBOX" {
		return fmt.Errorf("%w: cannot rename INBOX, or give a mailbox the name of another", parser.CodeAlreadyExists)
	}
	list, err := u.Mailboxes(ctx)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(info serve.MailboxInfo) bool {
		return info.Name != from && !strings.HasPrefix(info.Name, from+"/")
	})
	if len(list) == 0 {
		return fmt.Errorf("%w: there is no mailbox %q", parser.CodeNonExistent, from)
	}
	for _, info := range list {
		if name := to + strings.TrimPrefix(info.Name, from); u.exists(name) {
			return fmt.Errorf("%w: mailbox %q exists", parser.CodeAlreadyExists, name)
		}
	}
	for i, info := range list {
		err := os.Rename(u.path(info.Name), u.path(to+strings.TrimPrefix(info.Name, from)))
		if err == nil {
			continue
		}
		for _, info := range list[:i] { // rename all mailboxes or none
			err = errors.Join(err, os.Rename(u.path(to+strings.TrimPrefix(info.Name, from)), u.path(info.Name)))
		}
		return err
	}
	for _, info := range list {
		name := to + strings.TrimPrefix(info.Name, from)
		if x := u.boxes[info.Name]; x != nil {
			delete(u.boxes, info.Name)
			u.boxes[name] = x
			x.Name = name
			x.Renamed(u.path(name))
		}
	}
	return nil
}

var serial atomic.Int64

// newName returns a name that no other file has, and that sorts after all earlier ones.
func newName() string {
	return fmt.Sprintf("%d.P%dQ%08d.maildird", time.Now().UnixNano(), os.Getpid(), serial.Add(1))
}

// Append writes the message to tmp, and renames it when all of it is safely on the disk.
func (u *user) Append(_ context.Context, name string, m *serve.NewMessage) (validity, uid uint32, err error) {
	if !u.exists(name) { // refuse before the whole message has arrived
		return 0, 0, fmt.Errorf("%w: there is no mailbox %q", parser.CodeTryCreate, name)
	}
	base := newName()
	tmp := filepath.Join(u.dir, "tmp", base)
	if err := disk.SaveMessage(tmp, m); err != nil {
		return 0, 0, err
	}
	defer os.Remove(tmp) // fails if the message was stored, because the file then has another name
	u.mu.Lock()
	defer u.mu.Unlock()
	x, err := u.box(name, parser.CodeTryCreate)
	if err != nil {
		return 0, 0, err
	}
	return x.Add(disk.Message{Name: base, Flags: m.Flags, Size: m.Size, Date: m.Date}, tmp)
}

func (u *user) Open(_ context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	x, err := u.box(name, parser.CodeNonExistent)
	if err != nil {
		return nil, err
	}
	return x.Open(opt.Changed), nil
}
