package store

import (
	"slices"
	"strings"
	"sync"
)

// A Resource is a quantity that a quota limits (RFC 9208 §5).
type Resource uint8

// The resources, with the unit in which limits and usage are given.
const (
	Storage           Resource = iota // the size of messages, in units of 1,024 octets
	MessageCount                      // the number of messages
	MailboxCount                      // the number of mailboxes
	AnnotationStorage                 // the size of the annotations of mailboxes, in units of 1,024 octets
	resources
)

// String returns the name of the resource in the protocol.
func (r Resource) String() string {
	return [...]string{"STORAGE", "MESSAGE", "MAILBOX", "ANNOTATION-STORAGE"}[r]
}

// ParseResource returns the resource of that name, ignoring case.
func ParseResource(name string) (Resource, bool) {
	for r := range resources {
		if strings.EqualFold(name, r.String()) {
			return r, true
		}
	}
	return 0, false
}

// root is a quota root. Its limits apply to one user's mailbox with the name prefix, and to all mailboxes below that
// one. If prefix is "", the limits apply to all mailboxes of the user.
type root struct {
	name, prefix string

	mu    sync.Mutex
	used  [resources]int64 // sizes are counted in octets
	limit [resources]int64 // in the units of Resource; -1: no limit
}

func newRoot(name string) *root {
	r := &root{name: name}
	for i := range r.limit {
		r.limit[i] = -1
	}
	return r
}

// units converts octets into units of 1,024 octets, rounded up, and returns other counts as they are.
func (r Resource) units(n int64) int64 {
	if r == Storage || r == AnnotationStorage {
		return (n + 1023) / 1024
	}
	return n
}

// fits returns an error if the limit does not allow n more. It always allows 0. The caller holds r.mu.
func (r *root) fits(x Resource, n int64) error {
	if n > 0 && r.limit[x] >= 0 && x.units(r.used[x]+n) > r.limit[x] {
		return fail(ErrOverQuota, "%s quota of %d exceeded", x, r.limit[x])
	}
	return nil
}

// addRoot adds a quota root. It applies to mailboxes that are created later.
func (u *User) addRoot(r *root) { u.roots = append(u.roots, r) }

// AddQuotaRoot creates a quota root for a mailbox and all mailboxes below it. Every user has the root "", which is for
// all mailboxes of the user. If a root of that name exists, AddQuotaRoot does nothing.
func (u *User) AddQuotaRoot(name, mailbox string) {
	u.store.mu.Lock()
	defer u.store.mu.Unlock()
	if u.root(name) != nil {
		return
	}
	for _, m := range u.boxes {
		m.leave()
	}
	r := newRoot(name)
	r.prefix = foldName(mailbox, u.store.opt.Delimiter)
	u.addRoot(r)
	for _, m := range u.boxes {
		m.enroll()
	}
}

func (u *User) root(name string) *root {
	for _, r := range u.roots {
		if r.name == name {
			return r
		}
	}
	return nil
}

// A Usage says how much of a resource is used and how much is allowed, in the units of Resource. Limit is -1 if there
// is no limit.
type Usage struct {
	Resource    Resource
	Used, Limit int64
}

// Quota returns the state of one of the user's quota roots: all resources, also those without a limit (RFC 9208 §4.1).
// It fails with ErrNonExistent. The slice is the caller's.
func (u *User) Quota(rootName string) ([]Usage, error) {
	u.store.mu.RLock()
	defer u.store.mu.RUnlock()
	r := u.root(rootName)
	if r == nil {
		return nil, fail(ErrNonExistent, "no such quota root")
	}
	return r.usage(), nil
}

func (r *root) usage() []Usage {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Usage, resources)
	for x := range resources {
		out[x] = Usage{x, x.units(r.used[x]), r.limit[x]}
	}
	return out
}

// SetQuota sets the limits of a quota root, in the units of Resource. Resources that are not in limits get no limit
// (RFC 9208 §4.1.3). It does not check whether the user may do that. It fails with ErrNonExistent, and ErrClientBug for
// a negative limit.
func (u *User) SetQuota(rootName string, limits map[Resource]int64) error {
	u.store.mu.RLock()
	defer u.store.mu.RUnlock()
	r := u.root(rootName)
	if r == nil {
		return fail(ErrNonExistent, "no such quota root")
	}
	for _, n := range limits {
		if n < 0 {
			return fail(ErrClientBug, "the limit of a quota cannot be negative")
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for x := range resources {
		n, ok := limits[x]
		if !ok {
			n = -1
		}
		r.limit[x] = n
	}
	return nil
}

// QuotaRoots returns the names of the quota roots of a mailbox and their state (RFC 9208 §4.1.2). It needs the right r.
// The roots of another user's mailbox belong to that user. The slices are the caller's.
func (u *User) QuotaRoots(mailbox string) (names []string, usage [][]Usage, err error) {
	u.store.mu.RLock()
	defer u.store.mu.RUnlock()
	m, r, err := u.findLocked(mailbox)
	if err != nil {
		return nil, nil, err
	}
	if !r.Has('r') {
		return nil, nil, denied(m, r, "see the quota of")
	}
	for _, r := range m.roots {
		names = append(names, r.name)
		usage = append(usage, r.usage())
	}
	return names, usage, nil
}

// enroll finds the quota roots of a mailbox, and counts everything in the mailbox against them.
func (m *Mailbox) enroll() {
	m.roots = m.owner.rootsOf(m.Name())
	m.mu.RLock()
	n, size := m.list.n, m.size
	m.mu.RUnlock()
	m.account(1, n, size, m.meta.octets())
}

// leave is the opposite of enroll.
func (m *Mailbox) leave() {
	m.mu.RLock()
	n, size := m.list.n, m.size
	m.mu.RUnlock()
	m.account(-1, -n, -size, -m.meta.octets())
	m.roots = nil
}

func (u *User) rootsOf(name string) (out []*root) {
	for _, r := range u.roots {
		if r.prefix == "" {
			out = append(out, r)
		} else if _, ok := below(name, r.prefix, u.store.opt.Delimiter); ok {
			out = append(out, r)
		}
	}
	return slices.Clip(out)
}

func (m *Mailbox) account(boxes, messages int, size, annotations int64) {
	for _, r := range m.roots {
		r.mu.Lock()
		r.used[MailboxCount] += int64(boxes)
		r.used[MessageCount] += int64(messages)
		r.used[Storage] += size
		r.used[AnnotationStorage] += annotations
		r.mu.Unlock()
	}
}

// reserve counts messages against all quota roots, or fails and counts them against none. If check is set, it only
// checks the limits. The caller holds the store's lock for reading.
func (m *Mailbox) reserve(messages int, size int64, check bool) error {
	for i, r := range m.roots {
		r.mu.Lock()
		err := r.fits(MessageCount, int64(messages))
		if err == nil {
			err = r.fits(Storage, size)
		}
		if err == nil && !check {
			r.used[MessageCount] += int64(messages)
			r.used[Storage] += size
		}
		r.mu.Unlock()
		if err != nil {
			for _, r := range m.roots[:i] {
				if !check {
					r.give(messages, size)
				}
			}
			return err
		}
	}
	return nil
}

func (r *root) give(messages int, size int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used[MessageCount] -= int64(messages)
	r.used[Storage] -= size
}

// release undoes reserve.
func (m *Mailbox) release(messages int, size int64) { m.account(0, -messages, -size, 0) }

// charge counts messages as reserve does, but does not check the limits.
func (m *Mailbox) charge(messages int, size int64) { m.account(0, messages, size, 0) }

// reserveMailbox returns an error if the quotas do not allow a new mailbox. It does not count the mailbox; insert does.
func (u *User) reserveMailbox(name string) error {
	for _, r := range u.rootsOf(name) {
		r.mu.Lock()
		err := r.fits(MailboxCount, 1)
		r.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}
