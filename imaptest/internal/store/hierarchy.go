package store

import (
	"slices"
	"strings"
)

// specialUse holds the special use attributes that Create knows (RFC 6154 §2, RFC 8457).
var specialUse = []string{`\All`, `\Archive`, `\Drafts`, `\Flagged`, `\Important`, `\Junk`, `\Sent`, `\Trash`}

// Create creates a mailbox (RFC 9051 §6.3.4), with special use attributes if any are given (RFC 6154 §3). It removes a
// delimiter at the end of the name, by which a client says that it will create children. It needs the right k on the
// nearest mailbox above. It fails with ErrAlreadyExists, ErrNoPerm, ErrCannot, ErrLimit, ErrOverQuota or ErrUseAttr.
func (u *User) Create(name string, use ...string) (*Mailbox, error) {
	s := u.store
	s.mu.Lock()
	defer s.mu.Unlock()
	owner, local, err := u.vacant(strings.TrimSuffix(name, string(rune(s.opt.Delimiter))))
	if err != nil {
		return nil, err
	}
	var attrs []string
	for _, a := range use {
		i := slices.IndexFunc(specialUse, func(k string) bool { return strings.EqualFold(a, k) })
		if i < 0 {
			return nil, fail(ErrUseAttr, "%s is not a special use attribute", a)
		}
		// \All and \Flagged mean views of messages in other mailboxes, which this store does not have.
		if i := specialUse[i]; i == `\All` || i == `\Flagged` {
			return nil, fail(ErrUseAttr, "a mailbox for %s cannot be created", i)
		}
		attrs = append(attrs, specialUse[i])
	}
	if err := owner.reserveMailbox(local); err != nil {
		return nil, err
	}
	m := owner.insert(local)
	m.use = attrs
	s.event(Event{Kind: MailboxName, Mailbox: m})
	return m, nil
}

// vacant checks that the user may create a mailbox with this name. It returns the user who will own the mailbox, and
// the owner's name for it.
func (u *User) vacant(name string) (*User, string, error) {
	s := u.store
	owner, local, ok := u.locate(name)
	if !ok {
		return nil, "", fail(ErrCannot, "%q is the root of a namespace", name)
	}
	if err := s.checkName(local); err != nil {
		return nil, "", err
	}
	if owner == u && u != s.shared && (name == s.opt.OtherUsers || name == s.opt.Shared) {
		return nil, "", fail(ErrCannot, "%q is the root of a namespace", name)
	}
	p := owner.parent(local)
	switch {
	case p != nil && !p.rightsFor(u).Has('k'):
		return nil, "", denied(p, p.rightsFor(u), "create mailboxes in")
	case p == nil && owner != u:
		return nil, "", fail(ErrNoPerm, "you may not create mailboxes there")
	case owner.boxes[local] != nil:
		return nil, "", fail(ErrAlreadyExists, "%q exists already", name)
	case p != nil && p.noInferiors:
		return nil, "", fail(ErrCannot, "%q cannot have children", p.Name())
	case len(owner.boxes) >= s.limits.Mailboxes:
		return nil, "", fail(ErrLimit, "there are %d mailboxes already", len(owner.boxes))
	}
	return owner, local, nil
}

// Delete removes a mailbox and its messages (RFC 9051 §6.3.6). Children remain, below a name that is no longer a
// mailbox. It needs the right x. It fails with ErrNonExistent, ErrHasChildren (for a name that exists only because it
// has children), ErrNoPerm or ErrCannot (INBOX).
func (u *User) Delete(name string) error {
	s := u.store
	s.mu.Lock()
	defer s.mu.Unlock()
	m, r, err := u.findLocked(name)
	if err != nil {
		if owner, local, ok := u.locate(name); ok && len(owner.inferiors(local)) > 0 && owner == u {
			return fail(ErrHasChildren, "%q is not a mailbox, only a name with children", name)
		}
		return err
	}
	if !r.Has('x') {
		return denied(m, r, "delete")
	}
	if m.Name() == "INBOX" {
		return fail(ErrCannot, "INBOX cannot be deleted")
	}
	m.owner.take(m)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deleted = true
	for _, v := range m.views {
		v.rouse()
	}
	s.event(Event{Kind: MailboxDeleted, Mailbox: m})
	return nil
}

// Rename renames a mailbox and all mailboxes below it (RFC 9051 §6.3.7). Renaming INBOX moves its messages into a new
// mailbox and leaves INBOX, with its children, where it was. It needs the rights x on the mailbox and k on the new
// parent. It fails with ErrNonExistent, ErrAlreadyExists, ErrNoPerm, ErrCannot, ErrLimit or ErrOverQuota. It may move
// existing mailboxes to another quota root even if they exceed the limits there.
func (u *User) Rename(from, to string) error {
	s := u.store
	d := string(rune(s.opt.Delimiter))
	s.mu.Lock()
	defer s.mu.Unlock()
	from, to = strings.TrimSuffix(from, d), strings.TrimSuffix(to, d)
	owner, local, ok := u.locate(from)
	if !ok {
		return ErrNonExistent
	}
	m := owner.boxes[local]
	moved := slices.Clone(owner.inferiors(local))
	if local == "INBOX" {
		moved = nil
	}
	if m != nil {
		if r := m.rightsFor(u); !r.Has('x') {
			return denied(m, r, "rename")
		}
		moved = append([]string{local}, moved...)
	} else if len(moved) == 0 || owner != u {
		return ErrNonExistent
	}
	if foldName(to, s.opt.Delimiter) == local && owner == u {
		return fail(ErrAlreadyExists, "%q is the mailbox's name already", to)
	}
	target, fresh, err := u.vacant(to)
	if err != nil {
		return err
	}
	if target == owner && strings.HasPrefix(fresh, local+d) && local != "INBOX" {
		return fail(ErrCannot, "a mailbox cannot be moved into itself")
	}
	if local == "INBOX" {
		return u.renameInbox(m, target, fresh)
	}
	for _, n := range moved {
		if n := fresh + n[len(local):]; target.boxes[n] != nil {
			return fail(ErrAlreadyExists, "%q exists already", n)
		} else if err := s.checkName(n); err != nil {
			return err
		}
		if r := owner.boxes[n].rightsFor(u); owner != u && !r.Has('x') {
			return denied(owner.boxes[n], r, "rename")
		}
	}
	if target != owner && len(target.boxes)+len(moved) > s.limits.Mailboxes {
		return fail(ErrLimit, "the new owner would have more than %d mailboxes", s.limits.Mailboxes)
	}
	for _, n := range moved {
		b := owner.boxes[n]
		owner.take(b)
		name := fresh + n[len(local):]
		b.name.Store(&name)
		b.owner = target
		target.put(b)
		s.event(Event{Kind: MailboxRenamed, Mailbox: b, oldOwner: owner, oldLocal: n})
	}
	return nil
}

// renameInbox moves the messages of INBOX into a new mailbox.
func (u *User) renameInbox(inbox *Mailbox, target *User, name string) error {
	if err := target.reserveMailbox(name); err != nil {
		return err
	}
	m := target.insert(name)
	inbox.mu.Lock()
	all := make([]uint32, 0, inbox.list.n)
	moved := make([]pending, 0, inbox.list.n)
	inbox.list.each(0, inbox.list.n-1, func(_ int, e entry) bool {
		all = append(all, e.uid)
		moved = append(moved, e.msg.copied())
		return true
	})
	m.mu.Lock()
	_, err := m.insert(moved)
	m.mu.Unlock()
	if err == nil {
		inbox.release(len(all), inbox.size)
		m.charge(len(all), m.size)
		inbox.drop(all)
		inbox.wake(nil, MessageExpunged)
	}
	inbox.mu.Unlock()
	u.store.event(Event{Kind: MailboxRenamed, Mailbox: m, oldOwner: u, oldLocal: "INBOX"})
	return err
}

// Subscribe subscribes the user to a name (RFC 9051 §6.3.8), whether it exists or not.
// It fails with ErrLimit if Limits allow no more subscriptions, or no name of this length or depth, and with ErrCannot
// if the name is invalid for another reason.
func (u *User) Subscribe(name string) error {
	s := u.store
	s.mu.Lock()
	defer s.mu.Unlock()
	name = foldName(strings.TrimSuffix(name, string(rune(s.opt.Delimiter))), s.opt.Delimiter)
	if err := s.checkName(name); err != nil {
		return err
	}
	if _, ok := u.subs[name]; ok {
		return nil
	}
	if len(u.subs) >= s.limits.Subscriptions {
		return fail(ErrLimit, "there are %d subscriptions already", len(u.subs))
	}
	u.subs[name] = struct{}{}
	s.event(Event{Kind: Subscription, User: u, Name: name})
	return nil
}

// Unsubscribe ends the user's subscription to a name. It fails with ErrNonExistent if the user is not
// subscribed to it.
func (u *User) Unsubscribe(name string) error {
	s := u.store
	s.mu.Lock()
	defer s.mu.Unlock()
	name = foldName(name, s.opt.Delimiter)
	if _, ok := u.subs[name]; !ok {
		return fail(ErrNonExistent, "you are not subscribed to %q", name)
	}
	delete(u.subs, name)
	s.event(Event{Kind: Subscription, User: u, Name: name})
	return nil
}
