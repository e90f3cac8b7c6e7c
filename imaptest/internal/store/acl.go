package store

import (
	"slices"
	"strings"
)

// aclEntry gives rights to an identifier, or takes them away if the identifier begins with "-".
type aclEntry struct {
	id     string
	rights Rights
}

// An ACLEntry is one line of an access control list.
type ACLEntry struct {
	Identifier string // a user or "anyone", or "-" and one of these
	Rights     Rights
}

// An ACLOp says whether SETACL replaces, adds or removes rights (RFC 4314 §3.1).
type ACLOp uint8

// The operations of SETACL.
const (
	ReplaceRights ACLOp = iota
	GrantRights         // "+"
	RevokeRights        // "-"
)

// rightsFor returns the rights that u has on the mailbox. The caller holds the store's lock.
func (m *Mailbox) rightsFor(u *User) Rights {
	if u == m.store.shared {
		return AllRights // this user owns the shared mailboxes; nobody logs in as this user, and only tests use it
	}
	var plus, minus Rights
	for _, e := range m.acl {
		id, negative := strings.CutPrefix(e.id, "-")
		if id != "anyone" && id != u.name {
			continue
		}
		if negative {
			minus |= e.rights
		} else {
			plus |= e.rights
		}
	}
	plus &^= minus
	if u == m.owner {
		plus |= rightsOf("la") // owners always keep these rights, so that they cannot lock themselves out
	}
	return plus
}

// find returns the mailbox with this name, and the user's rights on it.
func (u *User) find(name string) (*Mailbox, Rights, error) {
	u.store.mu.RLock()
	defer u.store.mu.RUnlock()
	return u.findLocked(name)
}

func (u *User) findLocked(name string) (*Mailbox, Rights, error) {
	owner, local, ok := u.locate(name)
	if !ok {
		return nil, 0, ErrNonExistent
	}
	m := owner.boxes[local]
	if m == nil {
		return nil, 0, ErrNonExistent
	}
	r := m.rightsFor(u)
	if r == 0 {
		return nil, 0, ErrNonExistent
	}
	return m, r, nil
}

// Rights returns the user's rights on the mailbox, for MYRIGHTS (RFC 4314 §3.5). It needs one of the rights l, r, i,
// k, x and a.
func (u *User) Rights(name string) (Rights, error) {
	m, r, err := u.find(name)
	if err == nil && !r.Any("lrikxa") {
		err = denied(m, r, "see the rights of")
	}
	return r, err
}

// ACL returns the access control list of a mailbox (RFC 4314 §3.3); it needs the right a. The slice is the caller's.
func (u *User) ACL(name string) ([]ACLEntry, error) {
	u.store.mu.RLock()
	defer u.store.mu.RUnlock()
	m, r, err := u.findLocked(name)
	if err != nil {
		return nil, err
	}
	if !r.Has('a') {
		return nil, denied(m, r, "see the access control list of")
	}
	out := make([]ACLEntry, 0, len(m.acl))
	for _, e := range m.acl {
		out = append(out, ACLEntry{e.id, e.rights})
	}
	return out, nil
}

// SetACL changes the rights of an identifier (RFC 4314 §3.1); it needs the right a. An identifier without
// rights is removed from the list.
func (u *User) SetACL(name, identifier string, op ACLOp, rights Rights) error {
	u.store.mu.Lock()
	defer u.store.mu.Unlock()
	m, r, err := u.findLocked(name)
	if err != nil {
		return err
	}
	if !r.Has('a') {
		return denied(m, r, "change the access control list of")
	}
	if id := strings.TrimPrefix(identifier, "-"); id == "" || len(id) > u.store.limits.NameOctets {
		return fail(ErrClientBug, "%q cannot have rights", identifier)
	}
	return m.setACL(identifier, op, rights)
}

func (m *Mailbox) setACL(identifier string, op ACLOp, rights Rights) error {
	i := slices.IndexFunc(m.acl, func(e aclEntry) bool { return e.id == identifier })
	var old Rights
	if i >= 0 {
		old = m.acl[i].rights
	}
	switch op {
	case GrantRights:
		rights |= old
	case RevokeRights:
		rights = old &^ rights
	}
	switch {
	case rights == 0 && i >= 0:
		m.acl = slices.Delete(m.acl, i, i+1)
	case rights == 0:
	case i >= 0:
		m.acl[i].rights = rights
	case len(m.acl) >= m.store.limits.ACL:
		return fail(ErrLimit, "the access control list has %d lines, and no more are allowed", len(m.acl))
	default:
		m.acl = append(m.acl, aclEntry{identifier, rights})
	}
	m.store.event(Event{Kind: MailboxACL, Mailbox: m})
	return nil
}

// DeleteACL removes an identifier from the list (RFC 4314 §3.2); it needs the right a.
func (u *User) DeleteACL(name, identifier string) error {
	return u.SetACL(name, identifier, ReplaceRights, 0)
}

// ListRights returns the rights that the identifier always has, and the rights that it can be given, each independently
// of the others (RFC 4314 §3.4). It needs the right a.
func (u *User) ListRights(name, identifier string) (always, optional Rights, err error) {
	m, r, err := u.find(name)
	if err != nil {
		return 0, 0, err
	}
	if !r.Has('a') {
		return 0, 0, denied(m, r, "see what rights there are for")
	}
	if m.owner.name != "" && identifier == m.owner.name {
		always = rightsOf("la")
	}
	return always, AllRights &^ always, nil
}
