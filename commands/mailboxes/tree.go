package mailboxes

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// Kind says who owns a mailbox (RFC 2342).
type Kind uint8

// The kinds.
const (
	Personal Kind = iota
	Others        // mailboxes of other users
	Shared
)

// String returns "personal", "other users'" or "shared".
func (k Kind) String() string {
	return [...]string{"personal", "other users'", "shared", "?"}[min(k, Shared+1)]
}

// Mailbox is a mailbox in a tree. It is the caller's.
type Mailbox struct {
	// Name is the name that the server has listed. Commands take this name.
	Name string
	// Label is the last level of the name, to show to a person. It may contain anything, so use utils/displaysafe to show
	// it.
	Label string
	// Levels are all levels of the name, to show to a person, without the prefix of the user's own namespace. They are
	// valid for as long as the Mailbox.
	Levels []string
	Delim  rune // the character that separates the levels in Name; 0 if the server has no levels
	Kind   Kind
	Role   Role
	Origin Origin // how Role was found

	Attrs      []parser.MailboxAttr // as the server has listed them; valid for as long as the Mailbox
	Listed     bool                 // the server has listed it; otherwise it is only a level above listed mailboxes
	Selectable bool                 // it can be opened, and may contain messages
	Subscribed bool                 // the user has subscribed to it; see Tree.Subscriptions

	Parent   *Mailbox   // nil at the top
	Children []*Mailbox // sorted; valid for as long as the tree
}

// Level returns the depth of the mailbox in the tree; 0 is the top.
func (m *Mailbox) Level() int { return len(m.Levels) - 1 }

// Path joins the levels with a separator, to show them to a person.
func (m *Mailbox) Path(separator string) string { return strings.Join(m.Levels, separator) }

// Tree contains an account's mailboxes.
type Tree struct {
	// Top are the mailboxes without a parent: INBOX, then those with roles, then others by their labels. They are valid
	// for as long as the tree.
	Top           []*Mailbox
	Namespace     parser.Namespace // the server's answer to NAMESPACE; valid for as long as the tree
	Subscriptions bool             // the server has reported which mailboxes are subscribed; otherwise Mailbox.Subscribed is false

	byName map[string]*Mailbox
	spaces spaces
	delim  rune // delimiter and prefix of the user's own mailboxes
	prefix string
	room   int // how many more levels that are not listed may be added
}

// maxLevels limits the depth of a tree. If a name has more levels, the rest of the name is one level, whose label
// contains delimiters.
const maxLevels = 64

// A server that lists mailboxes usually lists the levels above them too. A short name may have many levels, and each
// level costs more memory than the octets of its name. So a tree of n listed mailboxes has at most unlistedEach*n +
// unlistedMore levels that are not listed. Beyond that limit, the rest of a name is one level, as beyond maxLevels.
const (
	unlistedEach = 4
	unlistedMore = 1000
)

// New makes a tree from a list of all mailboxes, such as account.Account.Mailboxes returns, and from the answer to
// NAMESPACE, which may be nil. New keeps neither of the two. It ignores a mailbox whose name is empty, because no
// command can open it. choose has the names of mailboxes that the user has chosen for a role; New ignores names that
// are not in list. The tree is the caller's. Most programs call Load instead, which asks the server.
func New(list []*parser.ListData, ns *parser.Namespace, choose map[Role]string) *Tree {
	return build(list, ns, nil, choose)
}

func build(list []*parser.ListData, ns *parser.Namespace, xlist map[string]Role, choose map[Role]string) *Tree {
	t := &Tree{byName: make(map[string]*Mailbox, len(list)), room: unlistedEach*len(list) + unlistedMore}
	if ns != nil {
		t.Namespace = *ns.Clone()
	}
	t.spaces = spacesOf(&t.Namespace)
	t.setHome(list)
	for _, l := range list {
		t.add(l)
	}
	t.assignRoles(xlist, choose)
	t.sort(t.Top)
	for m := range t.All {
		t.sort(m.Children)
	}
	return t
}

// setHome finds the prefix and the delimiter of the user's own mailboxes.
func (t *Tree) setHome(list []*parser.ListData) {
	if own := t.Namespace.Personal; len(own) > 0 {
		t.prefix, t.delim = own[0].Name(), own[0].Delim
		return
	}
	for _, l := range list {
		if t.delim = l.Delim; t.delim != 0 {
			return
		}
	}
}

func delimOf(r rune) string {
	if r == 0 {
		return ""
	}
	return string(r)
}

// add adds a mailbox to the tree, with the levels above it.
func (t *Tree) add(l *parser.ListData) {
	name := l.Name()
	if name == "" {
		return
	}
	m := t.node(name, l.Delim)
	switch selectable := !l.Has(parser.AttrNoSelect); {
	case m.Name == name:
		m.Selectable = selectable // if the server has listed the name before, the newer LIST counts
	case selectable && !m.Selectable:
		// The server has listed the mailbox with and without a delimiter at its end, and only this name can be opened.
		m.Name, m.Selectable = name, true
	}
	if !m.Listed {
		m.Listed = true
		t.room++
	}
	m.Attrs = append(m.Attrs, l.Attrs...)
	m.Subscribed = m.Subscribed || l.Has(parser.AttrSubscribed)
}

// node returns the mailbox with that name. If the tree does not have it, node adds it.
func (t *Tree) node(name string, delim rune) *Mailbox {
	if m := t.byName[name]; m != nil {
		return m
	}
	kind, prefix := t.spaces.find(name)
	from := 0
	if kind == Personal && len(name) > len(prefix) && name != parser.Inbox {
		from = len(prefix)
	}
	// Each cut is the index at which a level ends.
	var cuts []int
	if delim != 0 {
		most := min(maxLevels-1, t.room)
		for i, r := range name[from:] {
			if r == delim && i > 0 && len(cuts) < most {
				cuts = append(cuts, from+i)
			}
		}
	}
	size, last := len(string(delim)), len(name)
	if n := len(cuts); n > 0 && cuts[n-1]+size == len(name) {
		// A delimiter at the end does not begin another level.
		cuts, last = cuts[:n-1], cuts[n-1]
	}
	var parent *Mailbox
	levels := make([]string, 0, len(cuts)+1)
	begin := from
	for _, end := range append(cuts, last) {
		levels = append(levels, label(name, begin, end))
		begin = end + size
		full := name[:end]
		m := t.byName[full]
		if m == nil {
			m = &Mailbox{Name: full, Label: levels[len(levels)-1], Levels: slices.Clip(levels), Delim: delim, Kind: kind, Parent: parent}
			t.byName[full] = m
			t.room--
			if parent == nil {
				t.Top = append(t.Top, m)
			} else {
				parent.Children = append(parent.Children, m)
			}
		}
		parent = m
	}
	if last < len(name) {
		t.byName[name] = parent
		if !parent.Listed {
			parent.Name = name
		}
	}
	return parent
}

// label returns the level name[begin:end] as a person reads it.
func label(name string, begin, end int) string {
	s := name[begin:end]
	if name[0] == 0xff && begin > 0 {
		s = "\xff" + s // this octet marks a name whose encoding is not known; each level needs the mark
	}
	return parser.DisplayMailbox(s)
}

// All yields all mailboxes, each before its children.
func (t *Tree) All(yield func(*Mailbox) bool) { walk(t.Top, yield) }

func walk(list []*Mailbox, yield func(*Mailbox) bool) bool {
	for _, m := range list {
		if !yield(m) || !walk(m.Children, yield) {
			return false
		}
	}
	return true
}

// Find returns the mailbox whose Name is name, or nil. INBOX may be in any case.
func (t *Tree) Find(name string) *Mailbox {
	if m := t.byName[name]; m != nil || !strings.EqualFold(name, parser.Inbox) {
		return m
	}
	return t.byName[parser.Inbox]
}

// Role returns the selectable mailbox with the role, or nil. If several have it, Role returns the first with the best
// Origin.
func (t *Tree) Role(r Role) (best *Mailbox) {
	if r == NoRole {
		return nil
	}
	for m := range t.All {
		if m.Role == r && m.Selectable && (best == nil || m.Origin > best.Origin) {
			best = m
		}
	}
	return best
}

// Errors of Join.
var (
	ErrName     = errors.New("mailboxes: not a valid label")
	ErrChildren = errors.New("mailboxes: the mailbox cannot have others below it")
)

// Join returns the name of a new mailbox, for CREATE and RENAME. Its last level is label. It is below parent or, if
// parent is nil, at the top of the user's own mailboxes. If the label is empty, contains a character that names
// cannot have, or contains the delimiter, which would split it into two levels, the error wraps ErrName. If parent
// cannot have mailboxes below it, the error is ErrChildren.
func (t *Tree) Join(parent *Mailbox, label string) (string, error) {
	delim := t.delim
	if parent != nil {
		delim = parent.Delim
	}
	switch {
	case label == "":
		return "", fmt.Errorf("%w: it is empty", ErrName)
	case delim != 0 && strings.ContainsRune(label, delim):
		return "", fmt.Errorf("%w: it contains %q, which separates levels on this server", ErrName, delim)
	case strings.ContainsFunc(label, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }):
		return "", fmt.Errorf("%w: it contains a character that names cannot have", ErrName)
	case parent == nil:
		return t.prefix + label, nil
	case delim == 0 || slices.ContainsFunc(parent.Attrs, parser.AttrNoInferiors.Equal):
		return "", ErrChildren
	}
	return strings.TrimSuffix(parent.Name, string(delim)) + string(delim) + label, nil
}
