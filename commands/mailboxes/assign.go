package mailboxes

import (
	"cmp"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// assignRoles sets Role and Origin of mailboxes, beginning with the best origin. A mailbox that is not the user's own
// gets a role only if the user has chosen it.
func (t *Tree) assignRoles(xlist map[string]Role, choose map[Role]string) {
	var taken [roles]bool
	give := func(m *Mailbox, r Role, o Origin) {
		if m != nil && m.Role == NoRole && r != NoRole && r < roles && (m.Kind == Personal || o == Chosen) {
			m.Role, m.Origin = r, o
			taken[r] = true
		}
	}
	give(t.byName[parser.Inbox], Inbox, SpecialUse)
	for r := range roles {
		if name, ok := choose[r]; ok && r != Inbox {
			if m := t.Find(name); m != nil && m.Selectable {
				give(m, r, Chosen)
			}
		}
	}
	chosen := taken
	pass := func(o Origin, roleOf func(*Mailbox) Role) {
		before := taken
		for m := range t.All {
			// A server may give two mailboxes the same use (RFC 6154 §2).
			if r := roleOf(m); !chosen[r] && (!before[r] || o == SpecialUse) {
				give(m, r, o)
			}
		}
	}
	pass(SpecialUse, func(m *Mailbox) Role { return roleOf(m.Attrs) })
	pass(XList, func(m *Mailbox) Role { return xlist[m.Name] })
	t.assignByName(give, taken)
}

// assignByName gives roles that no mailbox has yet to mailboxes with a suitable name. It looks at the top level,
// below INBOX, and below a level that is not a mailbox and begins with "[", such as [Gmail].
func (t *Tree) assignByName(give func(*Mailbox, Role, Origin), taken [roles]bool) {
	var best [roles]*Mailbox
	var place [roles]int
	for m := range t.All {
		depth := m.Level()
		if m.Role != NoRole || m.Kind != Personal || !m.Selectable || depth > 1 || depth == 1 && m.Parent.Role != Inbox && (m.Parent.Selectable || !strings.HasPrefix(m.Parent.Label, "[")) {
			continue
		}
		x := byName[fold(m.Label)]
		if x.role == NoRole || taken[x.role] {
			continue
		}
		// A mailbox at the top level is preferred to one below another mailbox.
		if at := x.place + 1000*depth; best[x.role] == nil || at < place[x.role] {
			best[x.role], place[x.role] = m, at
		}
	}
	for r, m := range best {
		give(m, Role(r), ByName)
	}
}

// sort sorts the mailboxes of one level: first those with roles, in the order of Role, then personal ones, then other
// users' ones, then shared ones. Within each of these groups, it sorts by label.
func (t *Tree) sort(list []*Mailbox) {
	order := func(m *Mailbox) int {
		if m.Role == NoRole {
			return int(roles) + int(m.Kind)
		}
		return int(m.Role)
	}
	slices.SortStableFunc(list, func(a, b *Mailbox) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label)), cmp.Compare(a.Name, b.Name))
	})
}
