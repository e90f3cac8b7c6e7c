package memory

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// URLAuthKey returns the key of a mailbox. The caller owns the slice.
func (u *User) URLAuthKey(_ context.Context, mailbox string) ([]byte, error) {
	b, err := u.store.box(mailbox, parser.CodeNonExistent)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.urlKey == nil {
		b.urlKey = make([]byte, 32)
		rand.Read(b.urlKey)
	}
	return bytes.Clone(b.urlKey), nil
}

// ResetURLAuthKeys drops the key of a mailbox, or all keys.
func (u *User) ResetURLAuthKeys(_ context.Context, mailbox string) error {
	if mailbox != "" {
		b, err := u.store.box(mailbox, parser.CodeNonExistent)
		if err == nil {
			b.forgetURLKey()
		}
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, b := range u.boxes {
		b.forgetURLKey()
	}
	return nil
}

func (b *box) forgetURLKey() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.urlKey = nil
}

// URLOwner returns the user with the given name.
func (u *User) URLOwner(_ context.Context, name string) (serve.User, error) {
	b := u.backend
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.users[name]; s != nil {
		return &User{s}, nil
	}
	return nil, fmt.Errorf("%w: there is no user %q", parser.CodeNonExistent, name)
}
