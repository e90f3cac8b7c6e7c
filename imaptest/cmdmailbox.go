package imaptest

import (
	"errors"
	"strings"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// boxRaw returns the name of a mailbox in the octets in which the client gets it.
func (c *conn) boxRaw(name string) []byte { return parser.AppendMailbox([]byte{}, name, c.utf8()) }

// onMailbox decodes a command whose one argument is a mailbox, and does f with its name.
func (c *conn) onMailbox(f func(name string) error) error {
	var a parser.MailboxArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	return f(c.box(a.Mailbox))
}

// did notes that the connection is the cause of an event, if err is nil. It returns err.
func (c *conn) did(err error, e serve.Event) error {
	if err == nil {
		e.Mailbox = strings.TrimSuffix(e.Mailbox, string(rune(c.srv.store.Delimiter())))
		if strings.EqualFold(e.Mailbox, "INBOX") {
			e.Mailbox = "INBOX"
		}
		c.m.Did(e)
	}
	return err
}

func (c *conn) create() error {
	var a parser.CreateArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	var use []string
	for _, u := range a.Use {
		use = append(use, string(u))
	}
	if use != nil && !c.has("CREATE-SPECIAL-USE") {
		return badf("CREATE takes no USE here")
	}
	m, err := c.user.Create(c.box(a.Mailbox), use...)
	if c.did(err, serve.Event{Kind: serve.EventName, Mailbox: c.box(a.Mailbox)}) != nil {
		return err
	}
	c.tellNormal(a.Mailbox)
	if c.has("OBJECTID") {
		return okCode(parser.CodeMailboxID, []byte("("+m.ID()+")"))
	}
	return nil
}

func (c *conn) delete() error {
	return c.onMailbox(func(name string) error {
		return c.did(c.user.Delete(name), serve.Event{Kind: serve.EventName, Mailbox: name})
	})
}

func (c *conn) subscribe() error {
	return c.onMailbox(func(name string) error {
		return c.did(c.user.Subscribe(name), serve.Event{Kind: serve.EventSubscription, Mailbox: name})
	})
}

func (c *conn) unsubscribe() error {
	return c.onMailbox(func(name string) error {
		err := c.user.Unsubscribe(name)
		if errors.Is(err, store.ErrNonExistent) {
			return nil // RFC 9051 §6.3.8: the mailbox is not subscribed, as the client wants it
		}
		return c.did(err, serve.Event{Kind: serve.EventSubscription, Mailbox: name})
	})
}

func (c *conn) rename() error {
	var a parser.RenameArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	err := c.did(c.user.Rename(c.box(a.From), c.box(a.To)), serve.Event{Kind: serve.EventRenamed, Mailbox: c.box(a.To), OldName: c.box(a.From)})
	if err == nil {
		c.tellNormal(a.To)
	}
	return err
}

func (c *conn) status() error {
	var a parser.StatusArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if err := c.checkStatus(a.Items); err != nil {
		return err
	}
	name := c.box(a.Mailbox)
	st, err := c.statusOf(name, a.Items)
	if err != nil {
		return err
	}
	c.tellStatus(st)
	return nil
}

func (c *conn) tellStatus(st *parser.StatusData) {
	c.out.Raw("* STATUS ")
	st.Encode(c.out)
	c.out.CRLF()
}

// statusOf returns the status of a mailbox.
func (c *conn) statusOf(name string, items []string) (*parser.StatusData, error) {
	rights, err := c.user.Rights(name)
	if err != nil {
		return nil, err
	}
	m := c.user.Mailbox(name)
	if m == nil {
		return nil, store.ErrNonExistent
	}
	if !rights.Has('r') {
		return nil, store.ErrNoPerm
	}
	s := m.Status()
	out := &parser.StatusData{Mailbox: c.boxRaw(name)}
	for _, it := range items {
		switch it {
		case "MESSAGES":
			out.Items |= parser.StatusMessages
			out.Messages = uint32(s.Messages)
		case "RECENT":
			out.Items |= parser.StatusRecent
			out.Recent = uint32(s.Recent)
			if c.view() != nil && c.view().Mailbox() == m {
				out.Recent = uint32(c.view().RecentNow()) // the same as FETCH and SEARCH on this connection (RFC 3501 §6.3.10)
			}
		case "UIDNEXT":
			out.Items |= parser.StatusUIDNext
			out.UIDNext = s.UIDNext
		case "UIDVALIDITY":
			out.Items |= parser.StatusUIDValidity
			out.UIDValidity = s.UIDValidity
		case "UNSEEN":
			out.Items |= parser.StatusUnseen
			out.Unseen = uint32(s.Unseen)
		case "DELETED":
			out.Items |= parser.StatusDeleted
			out.Deleted = uint32(s.Deleted)
		case "SIZE":
			out.Items |= parser.StatusSize
			out.Size = uint64(s.Size)
		case "DELETED-STORAGE":
			out.Items |= parser.StatusDeletedStorage
			out.DeletedStorage = uint64(s.DeletedSize+1023) / 1024
		case "HIGHESTMODSEQ":
			c.m.CondStore()
			out.Items |= parser.StatusHighestModSeq
			out.HighestModSeq = s.HighestModSeq
		case "APPENDLIMIT":
			out.Items |= parser.StatusAppendLimit
			if out.AppendLimit = uint64(s.AppendLimit); s.AppendLimit == 0 {
				out.AppendLimit = parser.NoAppendLimit
			}
		case "MAILBOXID":
			out.Items |= parser.StatusMailboxID
			out.MailboxID = s.MailboxID
		default:
			return nil, badf("unknown STATUS item %s", it)
		}
	}
	return out, nil
}

func (c *conn) list() error {
	var a parser.ListArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if err := c.checkList(&a); err != nil {
		return err
	}
	if a.Extended() && !c.has("LIST-EXTENDED") && !(a.Select.SpecialUse || a.Return.Status != nil) {
		return badf("LIST takes no options here")
	}
	if a.Return.MyRights && !c.has("LIST-MYRIGHTS") || a.Return.Metadata != nil && !c.has("LIST-METADATA") {
		return badf("unknown return option")
	}
	if a.Select.RecursiveMatch && !a.Select.Subscribed && !a.Select.SpecialUse {
		return badf("RECURSIVEMATCH needs another selection option")
	}
	if len(a.Patterns) == 1 && len(a.Patterns[0]) == 0 && !a.Extended() {
		// An empty pattern asks for the delimiter (RFC 9051 §6.3.9).
		l := parser.ListData{Attrs: []parser.MailboxAttr{parser.AttrNoSelect}, Delim: rune(c.srv.store.Delimiter()), Mailbox: []byte{}}
		c.tellList("LIST", &l)
		return nil
	}
	opt := store.ListOptions{
		Reference: c.box(a.Reference), Subscribed: a.Select.Subscribed, SpecialUse: a.Select.SpecialUse, Recursive: a.Select.RecursiveMatch,
	}
	for _, p := range a.Patterns {
		opt.Patterns = append(opt.Patterns, c.pattern(p))
	}
	basic := !a.Extended() && !c.m.Enabled("IMAP4REV2") || !c.has("LIST-EXTENDED")
	for _, l := range c.user.List(opt) {
		c.tellList("LIST", c.listed(&l, a.Select.Subscribed || a.Return.Subscribed, opt.Recursive, basic))
		c.tellAbout(&l, &a.Return)
		if a.Return.Status != nil && !l.NonExistent && !l.NoSelect {
			if st, err := c.statusOf(l.Name, a.Return.Status); err == nil {
				c.tellStatus(st)
			}
		}
		if err := c.flushSome(); err != nil {
			return err
		}
	}
	return nil
}

// tellAbout sends what LIST returns besides LIST responses: rights (RFC 8440) and annotations (RFC 9590), if the user may read them.
func (c *conn) tellAbout(l *store.Listed, r *parser.ListReturn) {
	if l.NonExistent {
		return
	}
	if r.MyRights && c.has("LIST-MYRIGHTS") {
		if rights, err := c.user.Rights(l.Name); err == nil {
			c.tellMyRights(l.Name, rights)
		}
	}
	if r.Metadata != nil && c.has("LIST-METADATA") {
		if list, err := c.entries(l.Name, r.Metadata, 0); err == nil {
			c.tellEntries(l.Name, c.withNIL(list, list, r.Metadata))
		}
	}
}

func (c *conn) tellMyRights(name string, rights store.Rights) {
	out := parser.MyRights{Mailbox: c.boxRaw(name), Rights: parser.Rights(rights.String())}
	c.out.Raw("* MYRIGHTS ")
	out.Encode(c.out)
	c.out.CRLF()
}

// pattern decodes a pattern. Unlike a name, a pattern does not mean INBOX in lower case.
func (c *conn) pattern(raw []byte) string {
	if c.utf8() || !strings.Contains(string(raw), "&") {
		return string(raw)
	}
	return parser.DecodeMailbox(raw, false)
}

// listed returns the data of a LIST response about a name.
func (c *conn) listed(l *store.Listed, subscribed, recursive, basic bool) *parser.ListData {
	out := &parser.ListData{Delim: rune(c.srv.store.Delimiter()), Mailbox: c.boxRaw(l.Name)}
	add := func(on bool, a parser.MailboxAttr) {
		if on {
			out.Attrs = append(out.Attrs, a)
		}
	}
	// \NonExistent implies \Noselect (RFC 5258 §3), but clients of RFC 3501 know only \Noselect.
	add(l.NonExistent && !basic, parser.AttrNonExistent)
	add(l.NoSelect && !l.NonExistent || l.NonExistent && basic, parser.AttrNoSelect)
	add(l.NoInferiors, parser.AttrNoInferiors)
	if c.has("CHILDREN") && !l.NoInferiors {
		add(l.Children, parser.AttrHasChildren)
		add(!l.Children, parser.AttrHasNoChildren)
	}
	add(subscribed && l.Subscribed, parser.AttrSubscribed)
	if c.has("SPECIAL-USE") {
		for _, u := range l.SpecialUse {
			add(true, parser.MailboxAttr(u))
		}
	}
	if recursive && len(l.Child) > 0 {
		out.ChildInfo = l.Child
	}
	return out
}

func (c *conn) tellList(name string, l *parser.ListData) {
	c.out.Raw("* " + name + " ")
	l.Encode(c.out)
	c.out.CRLF()
}

func (c *conn) lsub() error {
	var a parser.ListArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if a.Extended() {
		return badf("LSUB takes no options")
	}
	opt := store.ListOptions{Reference: c.box(a.Reference), Patterns: []string{c.pattern(a.Patterns[0])}, Subscribed: true, Basic: true}
	for _, l := range c.user.List(opt) {
		out := &parser.ListData{Delim: rune(c.srv.store.Delimiter()), Mailbox: c.boxRaw(l.Name), Attrs: []parser.MailboxAttr{}}
		if !l.Subscribed || l.NonExistent || l.NoSelect {
			out.Attrs = append(out.Attrs, parser.AttrNoSelect)
		}
		c.tellList("LSUB", out)
	}
	return nil
}
