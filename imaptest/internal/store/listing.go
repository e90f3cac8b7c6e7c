package store

import (
	"github.com/imapstack/imapstack/parser/match"
	"slices"
	"strings"
)

// ListOptions say which names List returns.
type ListOptions struct {
	Patterns []string // the patterns of LIST (RFC 9051 §6.3.9)
	All      bool     // also return subscribed names that do not exist
}

// A Listed is one name in the result of List. The caller owns it, with everything in it.
type Listed struct {
	Name        string // the name of the mailbox, as the user sees it
	Mailbox     *Mailbox
	NonExistent bool     // there is no such mailbox, only children or a subscription; implies \Noselect
	NoInferiors bool     // \Noinferiors
	NoSelect    bool     // the user can see the mailbox, but may not open it
	Children    bool     // \HasChildren
	Subscribed  bool     // \Subscribed
	SpecialUse  []string // with backslashes
}

// List returns the names that match a pattern: the user's own mailboxes with INBOX first, then those of other users,
// then shared ones. Children follow their parents. A user sees only mailboxes on which the user has the right l.
func (u *User) List(opt ListOptions) []Listed {
	s := u.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	d := s.opt.Delimiter
	patterns := make([]*match.Pattern, len(opt.Patterns))
	for i, p := range opt.Patterns {
		patterns[i] = match.NewPattern(p, d)
	}
	all := u.visible()
	if opt.All {
		all = u.withSubscribed(all)
	}
	var out []Listed
	for i, n := range all {
		if slices.ContainsFunc(patterns, func(p *match.Pattern) bool { return p.Match(n.name) }) {
			out = append(out, u.listed(n, i+1 < len(all) && all[i+1].under(n.name, d) || n.children))
		}
	}
	return out
}

// A name is an entry of the list that visible returns.
type name struct {
	name     string
	box      *Mailbox // nil if no mailbox has this name: it is only a level above mailboxes, or a subscription
	implied  bool     // the name is only a level above mailboxes
	children bool     // the name has children that are not in the list themselves
}

// under reports whether n is below parent.
func (n *name) under(parent string, d byte) bool {
	_, ok := below(n.name, parent, d)
	return ok && len(n.name) > len(parent)
}

// visible returns all names that the user can see, and the levels above them that are not mailboxes, sorted.
func (u *User) visible() []name {
	s, d := u.store, u.store.opt.Delimiter
	names := u.levels(nil, "", u)
	if u == s.shared {
		return names
	}
	if s.opt.OtherUsers != "-" && len(s.users) > 1 {
		others := make([]string, 0, len(s.users))
		for o := range s.users {
			if o != u.name && !strings.ContainsRune(o, rune(d)) {
				others = append(others, o)
			}
		}
		slices.SortFunc(others, s.compare)
		prefix := s.opt.OtherUsers + string(rune(d))
		start := len(names)
		for _, o := range others {
			before := len(names)
			names = append(names, name{name: prefix + o, implied: true})
			names = u.levels(names, prefix+o+string(rune(d)), s.users[o])
			if len(names) == before+1 {
				names = names[:before]
			}
		}
		if len(names) > start {
			names = slices.Insert(names, start, name{name: s.opt.OtherUsers, implied: true})
		}
	}
	if s.opt.Shared != "-" {
		start := len(names)
		names = u.levels(names, s.opt.Shared+string(rune(d)), s.shared)
		if len(names) > start {
			names = slices.Insert(names, start, name{name: s.opt.Shared, implied: true})
		}
	}
	return names
}

// levels adds the mailboxes of owner that u can see, and the levels above them that are not mailboxes.
func (u *User) levels(names []name, prefix string, owner *User) []name {
	d := u.store.opt.Delimiter
	last := ""
	for _, n := range owner.names {
		m := owner.boxes[n]
		if !m.rightsFor(u).Has('l') {
			continue
		}
		// The names are sorted, so a mailbox comes before the mailboxes below it. A level that is not in the list yet
		// is therefore not a mailbox.
		for i := 0; i < len(n); i++ {
			if n[i] != d {
				continue
			}
			if _, ok := below(last, n[:i], d); !ok {
				names = append(names, name{name: prefix + n[:i], implied: true})
			}
		}
		names = append(names, name{name: prefix + n, box: m})
		last = n
	}
	return names
}

// withSubscribed adds the subscribed names that are missing.
func (u *User) withSubscribed(names []name) []name {
	s := u.store
	var more []name
	for sub := range u.subs {
		if i, ok := u.search(names, sub); !ok {
			kids := i < len(names) && names[i].under(sub, s.opt.Delimiter)
			more = append(more, name{name: sub, children: kids})
		}
	}
	if len(more) == 0 {
		return names
	}
	names = append(names, more...)
	slices.SortFunc(names, func(a, b name) int { return s.compareVisible(u, a.name, b.name) })
	return names
}

func (u *User) search(names []name, n string) (int, bool) {
	return slices.BinarySearchFunc(names, n, func(a name, b string) int { return u.store.compareVisible(u, a.name, b) })
}

// listed returns the Listed for a name.
func (u *User) listed(n name, children bool) Listed {
	l := Listed{Name: n.name, Mailbox: n.box, NonExistent: n.box == nil, Children: children}
	_, l.Subscribed = u.subs[n.name]
	if n.box != nil {
		l.NoInferiors = n.box.noInferiors
		l.NoSelect = !n.box.rightsFor(u).Has('r')
		l.SpecialUse = slices.Clone(n.box.use)
	}
	return l
}

// compareVisible orders names as List does: the user's own before those of other namespaces.
func (s *Store) compareVisible(u *User, a, b string) int {
	rank := func(n string) int {
		if _, ok := below(n, s.opt.Shared, s.opt.Delimiter); ok && u != s.shared {
			return 2
		}
		if _, ok := below(n, s.opt.OtherUsers, s.opt.Delimiter); ok && u != s.shared {
			return 1
		}
		return 0
	}
	if x, y := rank(a), rank(b); x != y {
		return x - y
	}
	return s.compare(a, b)
}

// Subscriptions returns the names the user is subscribed to, sorted. The slice is the caller's.
func (u *User) Subscriptions() []string {
	s := u.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]string, 0, len(u.subs))
	for n := range u.subs {
		out = append(out, n)
	}
	slices.SortFunc(out, s.compare)
	return out
}
