package mailboxes

import (
	"context"
	"errors"
	"fmt"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// ErrPartial reports a listing that cannot be complete: it has no INBOX, which every account has (RFC 9051 §5.1).
var ErrPartial = errors.New("mailboxes: the listing is not complete")

// Options says what Load finds. The zero Options suits most programs.
type Options struct {
	// Choose are the names of mailboxes that the user has chosen for a role.
	Choose map[Role]string
	// Others makes Load list other users' and shared mailboxes too, if the server does not list them anyway.
	Others bool
	// Max is how many mailboxes may be listed; if there are more, the error is a wire.LimitError. 0 is a million.
	Max int
}

// Load lists all mailboxes, and returns all of them or an error. It does without NAMESPACE, the return options of LIST,
// XLIST and LSUB if the server refuses them. NAMESPACE and LIST go out together. The tree is the caller's.
func Load(ctx context.Context, s *session.Session, opts *Options) (*Tree, error) {
	if opts == nil {
		opts = new(Options)
	}
	caps := s.Caps()
	var ns *session.Call[parser.Namespace]
	if caps.Has("NAMESPACE") {
		ns = commands.Namespace(s)
	}
	list, extended, err := listing(ctx, s, opts.Max)
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
		if list, err = others(ctx, s, list, &space, opts.Max); err != nil {
			return nil, err
		}
	}
	uses := map[string]Role{}
	if caps.Has("XLIST") && !caps.Has("SPECIAL-USE") {
		found, err := commands.Collect(ctx, commands.XList(s, "", "*"), (*parser.ListData).Clone, opts.Max)
		if err != nil && !refused(s, err) {
			return nil, err
		}
		for _, l := range found {
			uses[l.Name()] = roleOf(l.Attrs)
		}
	}
	t := build(list, &space, uses, opts.Choose)
	if t.Subscriptions = extended; !extended {
		subscribed, err := commands.Collect(ctx, commands.Lsub(s, "", "*"), (*parser.ListData).Clone, opts.Max)
		if err != nil && !refused(s, err) {
			return nil, err
		}
		t.Subscriptions = err == nil
		for _, l := range subscribed {
			// LSUB lists a level above subscribed mailboxes with \Noselect (RFC 3501 §6.3.9).
			if m := t.Find(l.Name()); m != nil && !l.Has(parser.AttrNoSelect) {
				m.Subscribed = true
			}
		}
	}
	if m := t.Find(parser.Inbox); m == nil || !m.Listed {
		return nil, fmt.Errorf("%w: INBOX is not among %d", ErrPartial, len(list))
	}
	return t, nil
}

// listing lists all mailboxes, with special uses and subscriptions if the server can tell them in LIST.
func listing(ctx context.Context, s *session.Session, most int) (list []*parser.ListData, extended bool, err error) {
	var opts []commands.ListOption
	if caps := s.Caps(); caps.HasAny("LIST-EXTENDED|IMAP4REV2") {
		opts = append(opts, commands.ReturnSubscribed, commands.ReturnChildren)
		if caps.Has("SPECIAL-USE") {
			opts = append(opts, commands.ReturnSpecialUse) // some servers tell it only on request
		}
	}
	list, err = commands.Collect(ctx, commands.List(s, "", "*", opts...), (*parser.ListData).Clone, most)
	if len(opts) > 0 && refused(s, err) {
		opts = nil
		list, err = commands.Collect(ctx, commands.List(s, "", "*"), (*parser.ListData).Clone, most)
	}
	return list, len(opts) > 0, err
}

// others adds mailboxes in namespaces of other users and in shared ones, as far as they are not listed yet.
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
		}
	}
	return list, nil
}

// refused reports whether the server has refused a command, and the session goes on.
func refused(s *session.Session, err error) bool {
	return s.Err() == nil && (errors.Is(err, parser.NO) || errors.Is(err, parser.BAD) || errors.Is(err, commands.ErrNoAnswer))
}
