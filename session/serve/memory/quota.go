package memory

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/imapstack/imapstack/parser"
)

// usage records how much space a user's messages take, how many they are, and the limits for both.
type usage struct {
	octets, messages       atomic.Int64
	maxOctets, maxMessages atomic.Int64 // 0 means no limit
}

// SetQuota limits how much a user's mailboxes can hold: storage in units of 1024 octets, and the number of messages.
// 0 means no limit. Existing messages stay.
func (b *Backend) SetQuota(user string, storage, messages int64) error {
	b.mu.Lock()
	s := b.users[user]
	b.mu.Unlock()
	if s == nil {
		return errors.New("memory: no such user")
	}
	s.usage.maxOctets.Store(storage * 1024)
	s.usage.maxMessages.Store(messages)
	return nil
}

// charge adds new messages to the usage, or returns an error if they exceed a limit. refund must be called for each
// message that is removed, or is not added after all.
func (u *usage) charge(list []*msg) error {
	var octets int64
	for _, m := range list {
		octets += m.content.Size()
	}
	n := int64(len(list))
	o, m := u.octets.Add(octets), u.messages.Add(n)
	if most := u.maxOctets.Load(); most > 0 && o > most {
		u.octets.Add(-octets)
		u.messages.Add(-n)
		return fmt.Errorf("%w: no more than %d octets", parser.CodeOverQuota, most)
	}
	if most := u.maxMessages.Load(); most > 0 && m > most {
		u.octets.Add(-octets)
		u.messages.Add(-n)
		return fmt.Errorf("%w: no more than %d messages", parser.CodeOverQuota, most)
	}
	return nil
}

// refund subtracts a message from the usage.
func (u *usage) refund(m *letter) {
	u.octets.Add(-m.content.Size())
	u.messages.Add(-1)
}

// QuotaRoots returns the user's only quota root, whose name is "".
func (u *User) QuotaRoots(ctx context.Context, mailbox string) ([]parser.Quota, error) {
	if _, err := u.store.box(mailbox, parser.CodeNonExistent); err != nil {
		return nil, err
	}
	list, err := u.Quota(ctx, "")
	return []parser.Quota{{Root: []byte{}, Resources: list}}, err
}

// Quota returns the limited resources.
func (u *User) Quota(_ context.Context, root string) (list []parser.QuotaResource, err error) {
	if root != "" {
		return nil, fmt.Errorf("%w: the only quota root is the empty one", parser.CodeNonExistent)
	}
	x := &u.usage
	if most := x.maxOctets.Load(); most > 0 {
		list = append(list, parser.QuotaResource{Name: "STORAGE", Usage: uint64(x.octets.Load()+1023) / 1024, Limit: uint64(most / 1024)})
	}
	if most := x.maxMessages.Load(); most > 0 {
		list = append(list, parser.QuotaResource{Name: "MESSAGE", Usage: uint64(x.messages.Load()), Limit: uint64(most)})
	}
	return list, nil
}

// QuotaResources returns the resources that can be limited.
func (u *User) QuotaResources() []string { return []string{"STORAGE", "MESSAGE"} }
