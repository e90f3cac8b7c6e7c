package memory

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// delim separates the levels in names. It is the default of serve.Server.
const delim = "/"

// store has a user's mailboxes, which all connections of the user share.
type store struct {
	backend  *Backend
	password auth.Secret

	mu         sync.Mutex
	boxes      map[string]*box
	subscribed map[string]bool
	entries    entries // the annotations of the server
	usage      usage
	watchers   watchers
}

func newStore(b *Backend, password auth.Secret, validity uint32) *store {
	s := &store{backend: b, password: password, subscribed: map[string]bool{}}
	s.boxes = map[string]*box{"INBOX": newBox(s, "INBOX", validity)}
	return s
}

// box returns a mailbox, or an error with the given code.
func (s *store) box(name string, code parser.CodeName) (*box, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.boxes[name]; b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("%w: there is no mailbox %q", code, name)
}

// A User is one connection's access to a user's mailboxes. It implements serve.User.
type User struct{ *store }

var (
	_ serve.User          = (*User)(nil)
	_ serve.Creator       = (*User)(nil)
	_ serve.Subscriber    = (*User)(nil)
	_ serve.Statuser      = (*User)(nil)
	_ serve.MultiAppender = (*User)(nil)
	_ serve.QuotaHaver    = (*User)(nil)
	_ serve.MetadataHaver = (*User)(nil)
	_ serve.URLAuther     = (*User)(nil)
	_ serve.Notifier      = (*User)(nil)
)

// Mailboxes returns all mailboxes, and the subscribed names that are not mailboxes. INBOX is the first.
func (u *User) Mailboxes(context.Context) ([]serve.MailboxInfo, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	var list []serve.MailboxInfo
	for name, b := range u.boxes {
		list = append(list, serve.MailboxInfo{Name: name, Subscribed: u.subscribed[name], SpecialUse: b.use})
	}
	for name := range u.subscribed {
		if u.boxes[name] == nil {
			list = append(list, serve.MailboxInfo{Name: name, NonExistent: true, Subscribed: true})
		}
	}
	slices.SortFunc(list, func(a, b serve.MailboxInfo) int {
		if (a.Name == "INBOX") != (b.Name == "INBOX") {
			if a.Name == "INBOX" {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return list, nil
}

// Open opens a mailbox.
func (u *User) Open(_ context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	b, err := u.store.box(name, parser.CodeNonExistent)
	if err != nil {
		return nil, err
	}
	return b.open(u.store, opt), nil
}

// Append adds a message.
func (u *User) Append(_ context.Context, mailbox string, m *serve.NewMessage) (validity, uid uint32, err error) {
	b, err := u.store.box(mailbox, parser.CodeTryCreate)
	if err != nil {
		return 0, 0, err
	}
	x, err := read(m)
	if err != nil {
		return 0, 0, err
	}
	if err := u.usage.charge([]*msg{x}); err != nil {
		return 0, 0, err
	}
	uids, err := b.add([]*msg{x}, parser.CodeTryCreate)
	if err != nil {
		return 0, 0, err
	}
	return b.validity, uids[0], nil
}

// AppendAll adds messages, all or none.
func (u *User) AppendAll(_ context.Context, mailbox string, messages iter.Seq2[*serve.NewMessage, error]) (validity uint32, uids []uint32, err error) {
	b, err := u.store.box(mailbox, parser.CodeTryCreate)
	if err != nil {
		return 0, nil, err
	}
	list, err := u.readAll(messages)
	if err != nil {
		return 0, nil, err
	}
	uids, err = b.add(list, parser.CodeTryCreate)
	return b.validity, uids, err
}

// readAll reads messages from a client. It charges the quota for each message before it reads the next, so that it does
// not hold more messages than the quota allows.
func (u *User) readAll(messages iter.Seq2[*serve.NewMessage, error]) (list []*msg, err error) {
	var x *msg
	for m, e := range messages {
		if err = e; err == nil {
			x, err = read(m)
		}
		if err == nil {
			err = u.usage.charge([]*msg{x})
		}
		if err != nil {
			break
		}
		list = append(list, x)
	}
	if err != nil {
		for _, x := range list {
			u.usage.refund(x.letter)
		}
	}
	return list, err
}

// Status returns the counts for STATUS.
func (u *User) Status(_ context.Context, mailbox string, _ parser.StatusItems) (*parser.StatusData, error) {
	b, err := u.store.box(mailbox, parser.CodeNonExistent)
	if err != nil {
		return nil, err
	}
	return b.status(), nil
}

// Create creates a mailbox.
func (u *User) Create(_ context.Context, name string, use []parser.MailboxAttr) error {
	err := u.create(name, use)
	if err == nil {
		u.watchers.notify(serve.Event{Kind: serve.EventName, Mailbox: name})
	}
	return err
}

func (u *User) create(name string, use []parser.MailboxAttr) error {
	validity := u.backend.nextValidity()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.boxes[name] != nil {
		return fmt.Errorf("%w: there is a mailbox %q", parser.CodeAlreadyExists, name)
	}
	b := newBox(u.store, name, validity)
	b.use = slices.Clone(use)
	u.boxes[name] = b
	return nil
}

// Delete removes a mailbox.
func (u *User) Delete(_ context.Context, name string) error {
	u.mu.Lock()
	b := u.boxes[name]
	delete(u.boxes, name)
	u.mu.Unlock()
	if b == nil {
		return fmt.Errorf("%w: there is no mailbox %q", parser.CodeNonExistent, name)
	}
	b.drop()
	u.watchers.notify(serve.Event{Kind: serve.EventName, Mailbox: name})
	return nil
}

// Rename renames a mailbox and those below it. The parameter from may be a name that only has mailboxes below it. For
// INBOX, Rename moves the messages to a new mailbox.
func (u *User) Rename(ctx context.Context, from, to string) error {
	if from == "INBOX" {
		return u.renameInbox(ctx, to)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	moved := map[string]string{}
	for name := range maps.Keys(u.boxes) {
		if name == from || strings.HasPrefix(name, from+delim) {
			moved[name] = to + strings.TrimPrefix(name, from)
		}
	}
	if len(moved) == 0 {
		return fmt.Errorf("%w: there is no mailbox %q", parser.CodeNonExistent, from)
	}
	for _, name := range moved {
		if u.boxes[name] != nil && moved[name] == "" {
			return fmt.Errorf("%w: there is a mailbox %q", parser.CodeAlreadyExists, name)
		}
	}
	renamed := map[string]*box{}
	for old, name := range moved {
		renamed[name] = u.boxes[old]
		renamed[name].name.Store(&name)
		delete(u.boxes, old)
	}
	maps.Copy(u.boxes, renamed)
	u.watchers.notify(serve.Event{Kind: serve.EventRenamed, Mailbox: to, OldName: from})
	return nil
}

func (u *User) renameInbox(ctx context.Context, to string) error {
	if err := u.create(to, nil); err != nil {
		return err
	}
	u.watchers.notify(serve.Event{Kind: serve.EventRenamed, Mailbox: to, OldName: "INBOX"})
	inbox, err := u.store.box("INBOX", parser.CodeNonExistent)
	if err != nil {
		return err
	}
	m := inbox.open(u.store, serve.OpenOptions{})
	defer m.Close()
	_, err = m.Move(ctx, inbox.uids(), to)
	return err
}

// Subscribe changes the subscriptions.
func (u *User) Subscribe(_ context.Context, name string, on bool) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if on {
		u.subscribed[name] = true
	} else {
		delete(u.subscribed, name)
	}
	u.watchers.notify(serve.Event{Kind: serve.EventSubscription, Mailbox: name})
	return nil
}
