package store

import (
	"crypto/rand"
	"slices"
)

// URLAuthKey returns the user's mailbox access key for a mailbox (RFC 4467 §4). It makes a key if there is none yet and
// the user may read the mailbox. The slice is valid until the program ends, and must not be changed. It fails with
// ErrNonExistent or ErrNoPerm.
func (u *User) URLAuthKey(mailbox string) ([]byte, error) {
	u.store.mu.Lock()
	defer u.store.mu.Unlock()
	m, r, err := u.findLocked(mailbox)
	if err != nil {
		return nil, err
	}
	if !r.Has('r') {
		return nil, denied(m, r, "read")
	}
	k := m.keys[u.name]
	if k == nil {
		k = make([]byte, 32)
		rand.Read(k)
		if m.keys == nil {
			m.keys = map[string][]byte{}
		}
		m.keys[u.name] = k
	}
	return k, nil
}

// ResetURLAuthKeys revokes the user's access key of one mailbox, or all of them if the name is "" (RFC 4467 §8).
func (u *User) ResetURLAuthKeys(mailbox string) error {
	s := u.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if mailbox != "" {
		m, _, err := u.findLocked(mailbox)
		if err != nil {
			return err
		}
		delete(m.keys, u.name)
		return nil
	}
	owners := []*User{s.shared}
	for _, o := range s.users {
		owners = append(owners, o)
	}
	for _, o := range slices.Clip(owners) {
		for _, m := range o.boxes {
			delete(m.keys, u.name)
		}
	}
	return nil
}
