package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// backend is the users' Maildirs: INBOX is root/USER, other mailboxes are root/USER/.NAME, with a dot between levels.
type backend struct {
	root   string
	serial atomic.Int64
	mu     sync.Mutex
	boxes  map[string]*box // by directory
}

func (b *backend) Types() (serve.User, serve.Mailbox) { return (*user)(nil), (*mailbox)(nil) }

// special are mailboxes for a special use (RFC 6154).
var special = []string{"Drafts", "Junk", "Sent", "Trash"}

func (b *backend) Login(_ context.Context, name string, _ *serve.Conn) (serve.User, error) {
	u := &user{b, filepath.Join(b.root, name)}
	err := makeMaildir(u.dir)
	for _, use := range special {
		err = cmp.Or(err, makeMaildir(u.path(use)))
	}
	return u, err
}

// watch looks from time to time what others have done to mailboxes that somebody has open.
func (b *backend) watch(ctx context.Context, every time.Duration) {
	for tick := time.Tick(every); ctx.Err() == nil; <-tick {
		b.mu.Lock()
		for _, x := range b.boxes {
			if x.mu.Lock(); len(x.open) > 0 {
				x.scan(false) // its error is told when a command needs it
			}
			x.mu.Unlock()
		}
		b.mu.Unlock()
	}
}

// newName returns a name that no other file has, and that sorts after all before.
func (b *backend) newName() string {
	return fmt.Sprintf("%d.P%dQ%08d.maildird", time.Now().UnixNano(), os.Getpid(), b.serial.Add(1))
}

type user struct {
	*backend
	dir string
}

var toDir, toName = strings.NewReplacer("%", "%25", ".", "%2E", "/", "."), strings.NewReplacer("%25", "%", "%2E", ".", ".", "/")

func (u *user) path(name string) string {
	if name == "INBOX" {
		return u.dir
	}
	return filepath.Join(u.dir, "."+toDir.Replace(name))
}

// box returns a mailbox, or an error with a code.
func (u *user) box(name string, code parser.CodeName) (*box, error) {
	dir := u.path(name)
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, err := os.Stat(filepath.Join(dir, "cur")); err != nil {
		return nil, fmt.Errorf("%w: there is no mailbox %q", code, name)
	}
	x := u.boxes[dir]
	if x == nil {
		x = &box{dir: dir, open: map[*mailbox]bool{}}
		if err := x.load(); err != nil {
			return nil, err
		}
		u.boxes[dir] = x
	}
	return x, nil
}

func (u *user) Mailboxes(context.Context) ([]serve.MailboxInfo, error) {
	text, _ := os.ReadFile(filepath.Join(u.dir, "subscriptions"))
	subscribed := strings.Split(string(text), "\n")
	list := []serve.MailboxInfo{{Name: "INBOX", Subscribed: slices.Contains(subscribed, "INBOX")}}
	entries, err := os.ReadDir(u.dir)
	for _, e := range entries {
		if dir, ok := strings.CutPrefix(e.Name(), "."); ok && e.IsDir() {
			info := serve.MailboxInfo{Name: toName.Replace(dir), Subscribed: slices.Contains(subscribed, toName.Replace(dir))}
			if slices.Contains(special, info.Name) {
				info.SpecialUse = []parser.MailboxAttr{parser.MailboxAttr(`\` + info.Name)}
			}
			list = append(list, info)
		}
	}
	return list, err
}

func (u *user) Subscribe(_ context.Context, name string, on bool) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	text, _ := os.ReadFile(filepath.Join(u.dir, "subscriptions"))
	names := slices.DeleteFunc(strings.Split(string(text), "\n"), func(x string) bool { return x == name || x == "" })
	if on {
		names = append(names, name)
	}
	return writeFile(u.dir, "subscriptions", strings.Join(names, "\n"))
}

func (u *user) Create(_ context.Context, name string, _ []parser.MailboxAttr) error {
	if _, err := os.Stat(u.path(name)); err == nil {
		return fmt.Errorf("%w: there is a mailbox %q", parser.CodeAlreadyExists, name)
	}
	return makeMaildir(u.path(name))
}

func (u *user) Delete(_ context.Context, name string) error {
	x, err := u.box(name, parser.CodeNonExistent)
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	dead := filepath.Join(u.dir, "tmp", u.newName()) // whenever the program dies, it is there or it is not
	if err := os.Rename(x.dir, dead); err != nil {
		return err
	}
	delete(u.boxes, x.dir)
	x.gone, x.msgs = true, nil
	return os.RemoveAll(dead)
}

func (u *user) Rename(ctx context.Context, from, to string) error {
	if _, err := os.Stat(u.path(to)); err == nil || from == "INBOX" {
		return fmt.Errorf("%w: not from INBOX, nor to a mailbox that is there", parser.CodeAlreadyExists)
	}
	if _, err := u.box(from, parser.CodeNonExistent); err != nil {
		return err
	}
	list, err := u.Mailboxes(ctx)
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, info := range list {
		if rest, ok := strings.CutPrefix(info.Name, from); ok && (rest == "" || rest[0] == '/') {
			dir, other := u.path(info.Name), u.path(to+rest)
			err = cmp.Or(err, os.Rename(dir, other))
			if x := u.boxes[dir]; x != nil {
				x.mu.Lock()
				x.dir, u.boxes[other] = other, x
				x.mu.Unlock()
				delete(u.boxes, dir)
			}
		}
	}
	return err
}

// Append writes the message to tmp, and renames it when all of it is on disk for certain.
func (u *user) Append(_ context.Context, name string, m *serve.NewMessage) (validity, uid uint32, err error) {
	x, err := u.box(name, parser.CodeTryCreate)
	if err != nil {
		return 0, 0, err
	}
	base := u.newName()
	tmp := filepath.Join(x.dir, "tmp", base)
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, 0, err
	}
	defer os.Remove(tmp) // it has another name by then, if all is well
	_, err = io.Copy(f, m.Body)
	if err = cmp.Or(err, f.Sync(), f.Close(), os.Chtimes(tmp, m.Date, m.Date)); err != nil {
		return 0, 0, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	letters, err := x.letters(m.Flags)
	if err == nil {
		err = os.Rename(tmp, filepath.Join(x.dir, "new", base+":2,"+letters))
	}
	if err = cmp.Or(err, x.scan(true)); err != nil {
		return 0, 0, err
	}
	if i := slices.IndexFunc(x.msgs, func(m msg) bool { return m.base == base }); i >= 0 {
		uid = x.msgs[i].uid
	} // or somebody else has taken it away already
	return x.validity, uid, nil
}

func (u *user) Open(_ context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	x, err := u.box(name, parser.CodeNonExistent)
	if err != nil {
		return nil, err
	}
	m := &mailbox{box: x, user: u, wake: func() {}}
	if opt.Changed != nil {
		m.wake = opt.Changed
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.open[m] = true
	return m, nil
}
