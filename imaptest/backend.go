package imaptest

import (
	"context"
	"errors"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// backend is the back end of package serve that keeps its mail in the store. The file table.go has the commands that
// need more than a back end.
type backend struct{ s *Server }

func (b backend) Types() (serve.User, serve.Mailbox) { return (*account)(nil), (*openBox)(nil) }

// Login makes the user with this name the user of the connection.
func (b backend) Login(_ context.Context, name string, m *serve.Conn) (serve.User, error) {
	c := m.Hooks().(*conn)
	u := b.s.store.User(name)
	if u == nil {
		return nil, no(parser.CodeAuthenticationFailed, "no such user")
	}
	c.user, c.name = u, name
	c.show(name, "")
	a := &account{c, u, b.s}
	if err := b.s.opt.provider.admit(c); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// account presents a user of the store as a serve.User. c is the connection on which the user has logged in, or nil if
// package serve needs the user only for a URL that another user fetches.
type account struct {
	c *conn
	u *store.User
	s *Server
}

// Close records that no user is logged in on the connection.
func (a *account) Close() error {
	if c := a.c; c != nil {
		c.user, c.name = nil, ""
		c.show("", "")
	}
	return nil
}

// asReply turns an error of the store into a reply. It returns other errors unchanged.
func asReply(err error) error {
	if r := refusal(err); r != nil {
		return r
	}
	return err
}

func (a *account) Mailboxes(context.Context) (list []serve.MailboxInfo, err error) {
	for _, l := range a.u.List(store.ListOptions{Patterns: []string{"*"}, All: true}) {
		info := serve.MailboxInfo{Name: l.Name, NonExistent: l.NonExistent, NoAccess: l.NoSelect && !l.NonExistent, NoInferiors: l.NoInferiors, Subscribed: l.Subscribed}
		for _, use := range l.SpecialUse {
			info.SpecialUse = append(info.SpecialUse, parser.MailboxAttr(use))
		}
		list = append(list, info)
	}
	return list, nil
}

func (a *account) Open(_ context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	v, err := a.u.Select(name, store.SelectOptions{ReadOnly: opt.ReadOnly, Notify: opt.Changed})
	if err != nil {
		return nil, asReply(err)
	}
	b := &openBox{v: v, validity: v.Opened().UIDValidity}
	if a.c != nil {
		b.zone = a.s.opt.ways.zone
		if opt.Changed != nil {
			b.c = a.c
			a.c.show(a.c.name, name)
		}
	}
	return b, nil
}

// Subscribe subscribes the user to a name if on is true; otherwise it ends the subscription. Ending a subscription that
// does not exist is not an error (RFC 9051 §6.3.8).
func (a *account) Subscribe(_ context.Context, name string, on bool) error {
	if on {
		return asReply(a.u.Subscribe(name))
	}
	if err := a.u.Unsubscribe(name); !errors.Is(err, store.ErrNonExistent) {
		return asReply(err)
	}
	return nil
}

func (a *account) Namespaces(context.Context) (*serve.Namespaces, error) {
	prefixes := func(list []store.Namespace) (out []string) {
		for _, n := range list {
			out = append(out, n.Prefix)
		}
		return out
	}
	personal, other, shared := a.s.store.Namespaces()
	return &serve.Namespaces{Personal: prefixes(personal), Other: prefixes(other), Shared: prefixes(shared)}, nil
}
