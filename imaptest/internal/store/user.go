package store

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A User owns mailboxes, and acts on those to which it has rights. The store's lock guards its fields.
type User struct {
	store *Store
	name  string
	boxes map[string]*Mailbox
	names []string // the keys of boxes, in the order of Store.compare
	subs  map[string]struct{}
	roots []*root
	meta  metadata // private annotations of the server
}

// Name returns the user's name; "" is the owner of the shared mailboxes.
func (u *User) Name() string { return u.name }

// Store returns the user's store.
func (u *User) Store() *Store { return u.store }

// Mailbox returns the mailbox that the user knows by this name, or nil. It does not check the user's rights.
func (u *User) Mailbox(name string) *Mailbox {
	u.store.mu.RLock()
	defer u.store.mu.RUnlock()
	owner, local, ok := u.locate(name)
	if !ok {
		return nil
	}
	return owner.boxes[local]
}

// Mailboxes returns the user's own mailboxes, sorted by name. The slice is the caller's.
func (u *User) Mailboxes() []*Mailbox {
	u.store.mu.RLock()
	defer u.store.mu.RUnlock()
	out := make([]*Mailbox, 0, len(u.names))
	for _, n := range u.names {
		out = append(out, u.boxes[n])
	}
	return out
}

// NameOf returns the name by which the user knows a mailbox. The name begins with the root of a namespace if the user
// does not own the mailbox.
func (u *User) NameOf(m *Mailbox) string {
	u.store.mu.RLock()
	defer u.store.mu.RUnlock()
	return u.nameOf(m)
}

func (u *User) nameOf(m *Mailbox) string { return u.nameIn(m.owner, m.Name()) }

// nameIn returns the user's name for a mailbox of owner. local is the owner's name for it.
func (u *User) nameIn(owner *User, local string) string {
	s, d := u.store, string(rune(u.store.opt.Delimiter))
	switch owner {
	case u:
		return local
	case s.shared:
		return s.opt.Shared + d + local
	}
	return s.opt.OtherUsers + d + owner.name + d + local
}

// locate returns the owner of the mailbox that the user knows by this name, and the owner's name for it. It reports
// false for names that no mailbox can have: the roots of namespaces, and names below users who do not exist.
func (u *User) locate(name string) (*User, string, bool) {
	s, d := u.store, u.store.opt.Delimiter
	if rest, ok := below(name, s.opt.Shared, d); ok && u != s.shared {
		return s.shared, rest, rest != ""
	}
	if rest, ok := below(name, s.opt.OtherUsers, d); ok && u != s.shared {
		owner, rest, _ := strings.Cut(rest, string(rune(d)))
		o := s.users[owner]
		return o, foldName(rest, d), o != nil && rest != ""
	}
	return u, foldName(name, d), true
}

// below returns what follows root and the delimiter in name; name may be the root itself.
func below(name, root string, d byte) (string, bool) {
	rest, ok := strings.CutPrefix(name, root)
	if !ok || rest == "" {
		return "", ok
	}
	return rest[1:], rest[0] == d
}

// checkName returns an error if a new mailbox may not have this name. The name is the one that the mailbox's owner will
// see.
func (s *Store) checkName(name string) error {
	switch {
	case name == "":
		return fail(ErrCannot, "a mailbox needs a name")
	case len(name) > s.limits.NameOctets:
		return fail(ErrLimit, "a mailbox name may have at most %d octets", s.limits.NameOctets)
	case !utf8.ValidString(name):
		return fail(ErrCannot, "the name is not valid UTF-8")
	}
	for _, r := range name {
		// RFC 9051 §5.1.1 with RFC 5198 §2: no control characters, no line or paragraph separators.
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return fail(ErrCannot, "a mailbox name must not contain control characters")
		}
	}
	levels := strings.Split(name, string(rune(s.opt.Delimiter)))
	if len(levels) > s.limits.Depth {
		return fail(ErrLimit, "a mailbox name may have at most %d levels", s.limits.Depth)
	}
	if slices.Contains(levels, "") {
		return fail(ErrCannot, "a level of a mailbox name is empty")
	}
	return nil
}

// compare orders names so that INBOX comes first and children follow their parents.
func (s *Store) compare(a, b string) int {
	if a == b {
		return 0
	}
	d := s.opt.Delimiter
	_, ia := below(a, "INBOX", d)
	_, ib := below(b, "INBOX", d)
	if ia != ib {
		if ia {
			return -1
		}
		return 1
	}
	for i := 0; i < len(a) && i < len(b); i++ {
		if x, y := a[i], b[i]; x != y {
			switch {
			case x == d:
				return -1
			case y == d:
				return 1
			case x < y:
				return -1
			}
			return 1
		}
	}
	return len(a) - len(b)
}

// insert adds a mailbox and returns it. The name must be free and valid.
func (u *User) insert(name string) *Mailbox {
	m := newMailbox(u.store, u, name)
	if p := u.parent(name); p != nil {
		m.acl = slices.Clone(p.acl)
	} else if u.name == "" {
		m.acl = []aclEntry{{"anyone", rightsOf("lrs")}}
	} else {
		m.acl = []aclEntry{{u.name, AllRights}}
	}
	u.put(m)
	return m
}

// put adds a mailbox under its name.
func (u *User) put(m *Mailbox) {
	name := m.Name()
	u.boxes[name] = m
	i, _ := slices.BinarySearchFunc(u.names, name, u.store.compare)
	u.names = slices.Insert(u.names, i, name)
	m.enroll()
}

// take removes a mailbox and its name.
func (u *User) take(m *Mailbox) {
	name := m.Name()
	delete(u.boxes, name)
	if i, ok := slices.BinarySearchFunc(u.names, name, u.store.compare); ok {
		u.names = slices.Delete(u.names, i, i+1)
	}
	m.leave()
}

// parent returns the nearest mailbox above a name, or nil.
func (u *User) parent(name string) *Mailbox {
	for {
		i := strings.LastIndexByte(name, u.store.opt.Delimiter)
		if i < 0 {
			return nil
		}
		name = name[:i]
		if m := u.boxes[name]; m != nil {
			return m
		}
	}
}

// inferiors returns the names below name, in order. The slice is valid until the next change.
func (u *User) inferiors(name string) []string {
	prefix := name + string(rune(u.store.opt.Delimiter))
	i, _ := slices.BinarySearchFunc(u.names, prefix, u.store.compare)
	k := i
	for k < len(u.names) && strings.HasPrefix(u.names[k], prefix) {
		k++
	}
	return u.names[i:k]
}
