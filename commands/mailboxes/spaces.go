package mailboxes

import (
	"maps"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// spaces holds the namespaces of a server. A server may report as many namespaces as mailboxes, so the method find does
// not compare a mailbox's name with each prefix.
type spaces struct {
	byPrefix map[string]space
	// byName has the namespaces of other users and the shared ones. Each key is a prefix without the delimiter at its
	// end. A mailbox with that name belongs to the namespace too.
	byName  map[string]space
	lengths []int // of the prefixes, the longest first
}

type space struct {
	kind   Kind
	prefix string // as the server has sent it
}

func spacesOf(ns *parser.Namespace) spaces {
	s := spaces{byPrefix: map[string]space{}, byName: map[string]space{}}
	lengths := map[int]bool{}
	for k, list := range [...][]parser.NamespaceDescr{ns.Personal, ns.Other, ns.Shared} {
		for i := range list {
			x := space{Kind(k), list[i].Name()}
			key := foldInbox(x.prefix)
			if _, ok := s.byPrefix[key]; !ok {
				s.byPrefix[key] = x
				lengths[len(key)] = true
			}
			bare := strings.TrimSuffix(x.prefix, delimOf(list[i].Delim))
			if old, ok := s.byName[bare]; k > 0 && bare != "" && bare != x.prefix && (!ok || len(x.prefix) > len(old.prefix)) {
				s.byName[bare] = x
			}
		}
	}
	s.lengths = slices.Sorted(maps.Keys(lengths))
	slices.Reverse(s.lengths)
	return s
}

// find returns the kind and the prefix of the namespace that contains a name. If several namespaces contain it, find
// returns the one with the longest prefix. If none does, find returns Personal and "".
func (s *spaces) find(name string) (kind Kind, prefix string) {
	if x, ok := s.byName[name]; ok {
		return x.kind, x.prefix
	}
	key := foldInbox(name)
	for _, n := range s.lengths {
		if n <= len(key) {
			if x, ok := s.byPrefix[key[:n]]; ok {
				return x.kind, x.prefix
			}
		}
	}
	return Personal, ""
}

// foldInbox returns a name with INBOX at its beginning in upper case, because there its case does not matter (RFC 9051
// §5.1).
func foldInbox(name string) string {
	if n := len(parser.Inbox); len(name) >= n && strings.EqualFold(name[:n], parser.Inbox) {
		return parser.Inbox + name[n:]
	}
	return name
}
