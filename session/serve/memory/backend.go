package memory

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/session/serve"
)

// A Backend has users and their mailboxes.
type Backend struct {
	mu    sync.Mutex
	users map[string]*store
	salt  auth.Secret
	boxes uint32 // how many mailboxes have been created, and so the last UIDVALIDITY
}

// New returns a back end without users.
func New() *Backend { return &Backend{users: map[string]*store{}, salt: auth.NewSecret(rand.Text())} }

// errRefused reports that a login was refused. It goes to the log; the client gets fewer details.
var errRefused = errors.New("memory: wrong user or password")

// AddUser adds a user with an INBOX. It fails if the name is taken.
func (b *Backend) AddUser(name, password string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.users[name] != nil {
		return errors.New("memory: the user exists already")
	}
	b.boxes++
	b.users[name] = newStore(b, auth.NewSecret(password), b.boxes)
	return nil
}

// Auth returns a value for serve.Server.Auth. With it, users log in with each mechanism that needs only their
// passwords: PLAIN, LOGIN, CRAM-MD5, DIGEST-MD5 and SCRAM.
func (b *Backend) Auth() *auth.ServerConfig {
	return &auth.ServerConfig{
		Password: func(user string) (auth.Secret, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if s := b.users[user]; s != nil {
				return s.password, nil
			}
			return auth.Secret{}, errRefused
		},
		SaltKey: b.salt,
	}
}

// Deliver adds a message to a user's mailbox, as the delivery of mail does, and returns its UID.
func (b *Backend) Deliver(user, mailbox string, raw []byte, flags ...string) (uint32, error) {
	b.mu.Lock()
	s := b.users[user]
	b.mu.Unlock()
	if s == nil {
		return 0, errors.New("memory: no such user")
	}
	box, err := s.box(mailbox, parser.CodeNonExistent)
	if err != nil {
		return 0, err
	}
	list := []*msg{{flags: flags, letter: &letter{content: message.New(raw), date: time.Now()}}}
	if err := s.usage.charge(list); err != nil {
		return 0, err
	}
	uids, err := box.add(list, parser.CodeNonExistent)
	if err != nil {
		return 0, err
	}
	return uids[0], nil
}

// Types returns values of the back end's types, whose methods tell the server what the back end can do.
func (b *Backend) Types() (serve.User, serve.Mailbox) { return (*User)(nil), (*Mailbox)(nil) }

// Login returns the mailboxes of a user.
func (b *Backend) Login(_ context.Context, name string, _ *serve.Conn) (serve.User, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.users[name]; s != nil {
		return &User{s}, nil
	}
	return nil, errRefused
}

func (b *Backend) nextValidity() uint32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.boxes++
	return b.boxes
}

// read reads a whole message from a client.
func read(m *serve.NewMessage) (*msg, error) {
	raw := make([]byte, 0, min(m.Size, 1<<20)+1)
	for {
		if len(raw) == cap(raw) {
			raw = append(raw, 0)[:len(raw)]
		}
		n, err := m.Body.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
		if err == io.EOF {
			return &msg{flags: m.Flags, letter: &letter{content: message.New(raw), date: m.Date}}, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
