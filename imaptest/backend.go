package imaptest

import (
	"context"
	"io"
	"slices"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/utils/numset"
)

// backend is the store as a back end of the machine. The commands of table.go do what it lacks.
type backend struct{ s *Server }

func (b backend) Types() (serve.User, serve.Mailbox) { return (*account)(nil), nil }

// Login gives the connection a user.
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

// account is a user of the store, as the machine sees it. c is nil if another user has logged in on the connection.
type account struct {
	c *conn
	u *store.User
	s *Server
}

// Close ends the user's NOTIFY and logs the user out of the connection.
func (a *account) Close() error {
	if c := a.c; c != nil {
		c.endNotify()
		c.user, c.name, c.saved, c.watching = nil, "", nil, watching{}
		c.show("", "")
	}
	return nil
}

// told turns an error of the store into an answer, and returns another error as it is.
func told(err error) error {
	if r := refusal(err); r != nil {
		return r
	}
	return err
}

func (a *account) Mailboxes(context.Context) (list []serve.MailboxInfo, err error) {
	for _, l := range a.u.List(store.ListOptions{Patterns: []string{"*"}}) {
		info := serve.MailboxInfo{Name: l.Name, NoSelect: l.NoSelect || l.NonExistent, NoInferiors: l.NoInferiors, Subscribed: l.Subscribed}
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
		return nil, told(err)
	}
	return &openBox{v: v}, nil
}

func (a *account) Append(_ context.Context, mailbox string, m *serve.NewMessage) (validity, uid uint32, err error) {
	body, err := io.ReadAll(m.Body)
	if err != nil {
		return 0, 0, err
	}
	done, err := a.u.Append(mailbox, store.NewMessage{Content: message.New(body), Flags: m.Flags, Date: m.Date})
	return done.UIDValidity, done.UIDs.Start, told(err)
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

// openBox is a mailbox that is open, as the machine sees it.
type openBox struct {
	v     *store.View
	begun bool
}

func (b *openBox) Changes(context.Context) (*serve.Changes, error) {
	m := b.v.Mailbox()
	s := m.Status()
	ch := &serve.Changes{UIDValidity: s.UIDValidity, ReadOnly: b.v.ReadOnly()}
	last := b.v.UID(uint32(b.v.Len()))
	if !b.begun {
		b.begun, last = true, 0
	}
	for _, x := range b.v.Sync(true) {
		switch x.Kind {
		case store.Expunged:
			ch.Expunged = append(ch.Expunged, x.UID)
		case store.FlagsOf:
			ch.Changed = append(ch.Changed, x.UID)
		case store.MailboxGone:
			ch.Gone = true
		}
	}
	ch.Flags, ch.PermanentFlags = b.v.Flags()
	ch.HighestModSeq, ch.UIDNext = b.v.HighestModSeq(), b.v.UID(uint32(b.v.Len()))+1
	ch.UIDNext = max(ch.UIDNext, s.UIDNext)
	for _, r := range b.v.UIDs(b.v.All()) {
		for uid := max(r.Start, last+1); uid <= r.Stop && uid != 0; uid++ {
			ch.New = append(ch.New, uid)
		}
	}
	slices.Sort(ch.Expunged)
	return ch, nil
}

// seqs returns the sequence numbers of UIDs.
func (b *openBox) seqs(uids []uint32) ([]store.Range, error) {
	return b.v.Resolve(numset.Of(numset.UID, uids...).Ranges(), true)
}

func (b *openBox) Fetch(_ context.Context, uids []uint32, _ serve.Need, yield func(*serve.Message) bool) error {
	seqs, err := b.seqs(uids)
	if err != nil {
		return told(err)
	}
	for it := range b.v.Items(seqs) {
		if it.Gone {
			continue
		}
		m := serve.Message{
			UID: it.UID, Flags: it.Flags.Names(), ModSeq: it.ModSeq, Date: it.Date, Size: int64(it.Content.Size()), EmailID: it.EmailID(), ThreadID: it.ThreadID(), Saved: it.Saved,
			Content: func() (*message.Message, error) { return it.Content, nil },
		}
		if !yield(&m) {
			break
		}
	}
	return nil
}

func (b *openBox) Store(_ context.Context, uids []uint32, change *serve.FlagChange) error {
	seqs, err := b.seqs(uids)
	if err == nil {
		_, err = b.v.Store(seqs, flagOps[change.Op], change.Flags, store.StoreOptions{})
	}
	return told(err)
}

// flagOps are the store's operations for those of STORE.
var flagOps = map[parser.StoreOp]store.FlagOp{parser.StoreReplace: store.SetFlags, parser.StoreAdd: store.AddFlags, parser.StoreRemove: store.RemoveFlags}

func (b *openBox) Expunge(_ context.Context, uids []uint32) error {
	seqs, err := b.v.All(), error(nil)
	if uids != nil {
		seqs, err = b.seqs(uids)
	}
	if err == nil {
		_, err = b.v.Expunge(seqs)
	}
	return told(err)
}

func (b *openBox) Close() error {
	b.v.Close()
	return nil
}
