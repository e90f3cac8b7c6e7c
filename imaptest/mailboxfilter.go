package imaptest

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
)

// mailboxFilter selects mailboxes (RFC 5465 §6, RFC 7377 §2.2), by names as the user knows them.
type mailboxFilter struct {
	kind  string
	names []string
}

// filter converts a filter of a command.
func (c *conn) filter(f parser.MailboxFilter) mailboxFilter {
	out := mailboxFilter{kind: f.Kind}
	for _, raw := range f.Mailboxes {
		name := strings.TrimSuffix(c.box(raw), string(rune(c.srv.store.Delimiter())))
		if strings.EqualFold(name, "INBOX") {
			name = "INBOX"
		}
		out.names = append(out.names, name)
	}
	return out
}

// rank returns how closely a filter names its mailboxes. One that names a mailbox ranks above one that contains it among others.
func (f *mailboxFilter) rank() int {
	return slices.Index([]string{"personal", "inboxes", "subscribed", "subtree", "subtree-one", "mailboxes"}, f.kind)
}

// matcher returns a function that reports whether a filter selects a name at this moment.
func (c *conn) matcher() func(f *mailboxFilter, name string) bool {
	d := string(rune(c.srv.store.Delimiter()))
	_, other, shared := c.srv.store.Namespaces()
	foreign := func(name string) bool {
		in := func(n store.Namespace) bool { return n.Prefix != "" && strings.HasPrefix(name+d, n.Prefix) }
		return slices.ContainsFunc(other, in) || slices.ContainsFunc(shared, in)
	}
	var subscribed []string
	asked := false
	return func(f *mailboxFilter, name string) bool {
		switch f.kind {
		case "personal":
			return !foreign(name)
		case "inboxes":
			// A test can deliver to any mailbox, but servers deliver mail to INBOX, which is also what others mean by "inboxes" (RFC 5465 §6.3).
			return name == "INBOX"
		case "subscribed":
			if !asked {
				subscribed, asked = c.user.Subscriptions(), true
			}
			return slices.Contains(subscribed, name)
		case "mailboxes":
			return slices.Contains(f.names, name)
		}
		return slices.ContainsFunc(f.names, func(root string) bool {
			if name == root {
				return true
			}
			below, ok := strings.CutPrefix(name, root+d)
			return ok && (f.kind == "subtree" || !strings.Contains(below, d))
		})
	}
}
