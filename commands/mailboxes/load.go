package mailboxes

import (
	"context"
	"errors"
	"fmt"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// ErrPartial reports that a server's list of mailboxes is incomplete: it does not contain INBOX, which every account
// has (RFC 9051 §5.1).
var ErrPartial = errors.New("mailboxes: the list is incomplete")

// Options configures Load. A nil *Options and the zero Options suit most programs.
type Options struct {
	// Choose has the names of mailboxes that the user has chosen for a role.
	Choose map[Role]string
	// Others makes Load also list the mailboxes of other users and shared mailboxes, which some servers list only on
	// request.
	Others bool
	// Max limits the number of mailboxes. If the server lists more, the error is a wire.LimitError. 0 means a
	// million (2^20).
	Max int
}

// Load lists all mailboxes of the account, and returns all of them or an error. If the server refuses NAMESPACE,
// XLIST, LSUB or the return options of LIST, Load works without them. NAMESPACE and LIST are sent together. The tree
// is the caller's.
func Load(ctx context.Context, s *session.Session, opts *Options) (*Tree, error) {
	if opts == nil {
		opts = new(Options)
	}
	most := opts.Max
	if most <= 0 {
		most = 1 << 20
	}
	caps := s.Caps()
	var ns *session.Call[parser.Namespace]
	if caps.Has("NAMESPACE") {
		ns = commands.Namespace(s)
	}
	list, extended, err := listing(ctx, s, most)
	if err != nil {
		return nil, err
	}
	var space parser.Namespace
	if ns != nil {
		if space, err = ns.Wait(ctx); err != nil {
			if !refused(s, err) {
				return nil, err
			}
			space = parser.Namespace{}
		}
	}
	if opts.Others {
		if list, err = others(ctx, s, list, &space, most); err != nil {
			return nil, err
		}
	}
	uses := map[string]Role{}
	if caps.Has("XLIST") && !caps.Has("SPECIAL-USE") {
		found, err := commands.Collect(ctx, commands.XList(s, "", "*"), (*parser.ListData).Clone, most)
		if err != nil && !refused(s, err) {
			return nil, err
		}
		for _, l := range found {
			uses[l.Name()] = roleOf(l.Attrs)
		}
	}
	t := build(list, &space, uses, opts.Choose)
	if t.Subscriptions = extended; !extended {
		subscribed, err := commands.Collect(ctx, commands.Lsub(s, "", "*"), (*parser.ListData).Clone, most)
		if err != nil && !refused(s, err) {
			return nil, err
		}
		t.Subscriptions = err == nil
		for _, l := range subscribed {
			// LSUB also lists levels above subscribed mailboxes, with \Noselect (RFC 3501 §6.3.9).
			if m := t.Find(l.Name()); m != nil && !l.Has(parser.AttrNoSelect) {
				m.Subscribed = true
			}
		}
	}
	if m := t.Find(parser.Inbox); m == nil || !m.Listed {
		return nil, fmt.Errorf("%w: INBOX is not among %d mailboxes", ErrPartial, len(list))
	}
	return t, nil
}

// listing lists all mailboxes. extended reports whether the answer includes subscriptions, and special uses if the
// server has any.
func listing(ctx context.Context, s *session.Session, most int) (list []*parser.ListData, extended bool, err error) {
	var opts []commands.ListOption
	if caps := s.Caps(); caps.HasAny("LIST-EXTENDED|IMAP4REV2") {
		opts = append(opts, commands.ReturnSubscribed, commands.ReturnChildren)
		if caps.Has("SPECIAL-USE") {
			opts = append(opts, commands.ReturnSpecialUse) // some servers report special uses only on request
		}
	}
	list, err = commands.Collect(ctx, commands.List(s, "", "*", opts...), (*parser.ListData).Clone, most)
	if len(opts) > 0 && refused(s, err) {
		opts = nil
		list, err = commands.Collect(ctx, commands.List(s, "", "*"), (*parser.ListData).Clone, most)
	}
	return list, len(opts) > 0, err
}

// others adds the mailboxes in the namespaces of other users and in shared namespaces to list, except those that list
// contains already.
func others(ctx context.Context, s *session.Session, list []*parser.ListData, ns *parser.Namespace, most int) ([]*parser.ListData, error) {
	there := map[string]bool{}
	for _, l := range list {
		there[l.Name()] = true
	}
	for _, spaces := range [...][]parser.NamespaceDescr{ns.Other, ns.Shared} {
		for i := range spaces {
			prefix := spaces[i].Name()
			if prefix == "" {
				continue
			}
			more, err := commands.Collect(ctx, commands.List(s, "", prefix+"*"), (*parser.ListData).Clone, most)
			if err != nil && !refused(s, err) {
				return nil, err
			}
			for _, l := range more {
				if name := l.Name(); !there[name] {
					there[name] = true
					list = append(list, l)
				}
			}
			if len(list) > most {
				return nil, &wire.LimitError{What: "items", Limit: int64(most), Size: int64(len(list))}
			}
		}
	}
	return list, nil
}

// refused reports whether the server has refused or ignored a command, and the session is still open.
func refused(s *session.Session, err error) bool {
	return s.Err() == nil && (errors.Is(err, parser.NO) || errors.Is(err, parser.BAD) || errors.Is(err, commands.ErrNoAnswer))
}
