package imaptest

import (
	"strings"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// deed is something that this connection did to a mailbox, and whose event it need not get (RFC 5465 §5).
type deed struct {
	kind store.EventKind
	name string // of the mailbox; "": any
}

// did notes a deed if err is nil and NOTIFY is in use. It returns err.
func (c *conn) did(err error, kind store.EventKind, name string) error {
	if err == nil && c.notify != nil {
		name = strings.TrimSuffix(name, string(rune(c.srv.store.Delimiter())))
		if strings.EqualFold(name, "INBOX") {
			name = "INBOX"
		}
		c.deeds = append(c.deeds, deed{kind, name})
	}
	return err
}

// doneBy reports whether an event is this connection's own doing.
func (c *conn) doneBy(kind store.EventKind, name string) bool {
	for _, d := range c.deeds {
		if d.kind&kind != 0 && (d.name == "" || d.name == name) {
			return true
		}
	}
	return false
}

// made notes messages that this connection has put into a mailbox.
func (c *conn) made(m *store.Mailbox, uids store.Range) {
	if m == nil || c.notify == nil && len(c.contexts) == 0 {
		return
	}
	if c.view != nil && m == c.view.Mailbox() {
		c.own = append(c.own, uids)
	}
	if c.notify == nil {
		return
	}
	if k, ok := c.notify.known[m]; ok && k.UIDNext == uids.Start {
		k.UIDNext = uids.Stop + 1
		k.Messages += int(uids.Stop-uids.Start) + 1
		c.notify.known[m] = k
	}
}

// ownDeeds are the events that a command causes and that its own connection does not get.
var ownDeeds = map[string]store.EventKind{
	"SETMETADATA": store.Metadata, "SETANNOTATION": store.Metadata, "SETACL": store.MailboxACL, "DELETEACL": store.MailboxACL,
}

// notifyNow sends the events that the client has asked for. allowExpunge says that any client expects expunges here.
func (c *conn) notifyNow(allowExpunge bool) {
	n := c.notify
	if n == nil {
		return
	}
	if c.view != nil {
		c.sync(n.expunges || allowExpunge)
	}
	events := n.watch.Take()
	if len(events) > 0 && len(n.groups) > 0 {
		c.tellEvents(events)
	}
	c.deeds = nil
}

// tellEvents sends events of mailboxes that are not selected.
func (c *conn) tellEvents(events []store.Event) {
	n := c.notify
	match := c.matcher()
	var names map[string]store.Listed
	listed := func(name string) *store.Listed {
		if names == nil {
			names = map[string]store.Listed{}
			for _, l := range c.user.List(store.ListOptions{Patterns: []string{"*"}, Recursive: true}) {
				names[l.Name] = l
			}
		}
		l, ok := names[name]
		if !ok {
			l = store.Listed{Name: name, NonExistent: true}
			for _, s := range c.user.Subscriptions() {
				l.Subscribed = l.Subscribed || s == name
			}
		}
		return &l
	}
	var renamed []store.Event // with the new name in Name
	for _, e := range events {
		name := e.Name
		if e.Mailbox != nil {
			name = c.user.NameOf(e.Mailbox)
		}
		switch {
		case e.Kind == store.Overflow:
			// From now on as after NOTIFY NONE (RFC 5465 §5.8).
			parser.EncodeStatus(c.out, "*", parser.OK, parser.Code{Name: parser.CodeNotificationOverflow}, "too much has happened")
			n.groups, n.selected, n.items = nil, 0, nil
			return
		case e.Kind&(store.MessageNew|store.MessageExpunged|store.FlagChange) != 0:
			c.tellMessages(&e, name, n.wants(match, name))
		case e.Kind == store.MailboxName || e.Kind == store.MailboxDeleted:
			if e.Kind == store.MailboxDeleted {
				delete(n.visible, e.Mailbox)
				delete(n.known, e.Mailbox)
			} else {
				n.visible[e.Mailbox] = access{true, true}
			}
			if !c.doneBy(e.Kind, name) {
				c.tellName(match, listed, name)
			}
		case e.Kind == store.MailboxRenamed:
			e.Name = name
			if c.doneBy(e.Kind, name) || c.follows(renamed, &e) {
				c.deedsBelow(name)
				continue
			}
			renamed = append(renamed, e)
			if (n.wants(match, name)|n.wants(match, e.OldName))&onNames != 0 {
				data := c.listed(listed(name), true, false, false)
				data.OldName = c.boxRaw(e.OldName)
				c.tellList("LIST", data)
			}
		case e.Kind == store.MailboxACL:
			c.tellAccess(match, listed, e.Mailbox, name)
		case e.Kind == store.Subscription:
			wants := n.wants(match, name)
			for i := range n.groups {
				if g := &n.groups[i]; g.filter.kind == "subscribed" {
					wants |= g.events // also for a mailbox that is no longer subscribed
				}
			}
			if wants&onSubscriptions != 0 && !c.doneBy(e.Kind, name) {
				c.tellList("LIST", c.listed(listed(name), true, false, false))
			}
		case e.Kind == store.Metadata:
			c.tellMetadata(match, &e, name)
		}
	}
}

// follows reports whether a mailbox was renamed only because one above it was, which is among renamed.
func (c *conn) follows(renamed []store.Event, e *store.Event) bool {
	d := string(rune(c.srv.store.Delimiter()))
	for i := range renamed {
		a, old := strings.CutPrefix(e.OldName, renamed[i].OldName+d)
		b, now := strings.CutPrefix(e.Name, renamed[i].Name+d)
		if old && now && a == b {
			return true
		}
	}
	return false
}

// deedsBelow notes the renaming of all mailboxes below a name, so that the client does not get those events either.
func (c *conn) deedsBelow(name string) {
	d := string(rune(c.srv.store.Delimiter()))
	for _, l := range c.user.List(store.ListOptions{Patterns: []string{"*"}}) {
		if strings.HasPrefix(l.Name, name+d) {
			c.deeds = append(c.deeds, deed{store.MailboxRenamed, l.Name})
		}
	}
}

// tellMessages reports changes of messages in a mailbox that is not selected.
func (c *conn) tellMessages(e *store.Event, name string, wants notifyEvents) {
	if c.view != nil && e.Mailbox == c.view.Mailbox() {
		return
	}
	var events notifyEvents
	if e.Kind&(store.MessageNew|store.MessageExpunged) != 0 {
		s := e.Mailbox.Status()
		if k, ok := c.notify.known[e.Mailbox]; !ok || k.UIDNext != s.UIDNext || k.Messages != s.Messages {
			events |= onMessages
		}
	}
	if e.Kind&store.FlagChange != 0 {
		events |= onFlags
	}
	if events &= wants; events != 0 {
		c.tellWatched(name, e.Mailbox, events, false)
	}
}

// tellName reports a name that has come or gone, and the name above it (RFC 5465 §5.4).
func (c *conn) tellName(match func(*mailboxFilter, string) bool, listed func(string) *store.Listed, name string) {
	up := ""
	if i := strings.LastIndexByte(name, c.srv.store.Delimiter()); i > 0 {
		up = name[:i]
	}
	for _, x := range []string{name, up} {
		if x != "" && c.notify.wants(match, x)&onNames != 0 {
			c.tellList("LIST", c.listed(listed(x), true, false, false))
		}
	}
}

// tellAccess reports that a user's rights to a mailbox have changed (RFC 5465 §5.4, §5.9).
func (c *conn) tellAccess(match func(*mailboxFilter, string) bool, listed func(string) *store.Listed, m *store.Mailbox, name string) {
	n := c.notify
	r, _ := c.user.Rights(name)
	was, is := n.visible[m], access{r.Has('l'), r.Has('r')}
	if was == is {
		return
	}
	n.visible[m] = is
	wants := n.wants(match, name)
	messages := wants&(onMessages|onFlags) != 0
	switch {
	case was.list != is.list && wants&onNames != 0:
		c.tellName(match, listed, name)
	case messages && was.read && !is.read:
		delete(n.known, m)
		c.tellNoAccess(listed(name))
	case messages && is.list && is.read:
		n.known[m] = m.Status()
		c.tellList("LIST", c.listed(listed(name), true, false, false))
	}
}

// tellMetadata reports that an annotation has changed (RFC 5465 §5.6, §5.7).
func (c *conn) tellMetadata(match func(*mailboxFilter, string) bool, e *store.Event, name string) {
	data := parser.Metadata{Mailbox: []byte{}, Changed: []string{e.Name}}
	var wants notifyEvents
	if e.Mailbox == nil {
		for i := range c.notify.groups {
			wants |= c.notify.groups[i].events & onServerMetadata
		}
	} else {
		wants = c.notify.wants(match, name) & onMetadata
		data.Mailbox = c.boxRaw(name)
	}
	if wants == 0 || c.doneBy(e.Kind, name) {
		return
	}
	c.out.Raw("* METADATA ")
	data.Encode(c.out)
	c.out.CRLF()
}

// tellNews sends the items that were asked for of messages after UID last, and the changes in results of searches.
func (c *conn) tellNews(last uint32) {
	n := c.notify
	if n == nil && len(c.contexts) == 0 {
		return
	}
	updates := c.contextsChanged()
	own := c.own
	c.own = nil
	if seq := c.nextSeq(last); seq != 0 {
		for it := range c.view.Items([]store.Range{{Start: seq, Stop: uint32(c.view.Len())}}) {
			var a parser.FetchArgs
			if n != nil && n.selected != 0 {
				a.Items = append(a.Items, n.items...)
			}
			for i := range updates {
				if updates[i].fresh[it.UID] {
					a.Items = append(a.Items, updates[i].x.items...)
				}
			}
			if len(a.Items) == 0 || it.Gone || contains(own, it.UID) {
				continue
			}
			a.Items = distinct(a.Items)
			withUID := false
			for i := range a.Items {
				withUID = withUID || a.Items[i].Name == "UID"
			}
			if it.Announce {
				c.tellFlags()
			}
			c.message(&it, &a, withUID, false)
			c.flushSome()
		}
	}
	for i := range updates {
		c.tellContext(&updates[i])
	}
}

// nextSeq returns the sequence number of the first message after a UID, or 0.
func (c *conn) nextSeq(uid uint32) uint32 {
	if last := c.view.UID(uint32(c.view.Len())); last <= uid {
		return 0
	}
	seqs, err := c.view.Resolve([]store.Range{{Start: uid + 1, Stop: 0}}, true)
	if err != nil || len(seqs) == 0 {
		return 0
	}
	return seqs[0].Start
}

// contains reports whether n is in ranges, which need not be sorted.
func contains(ranges []store.Range, n uint32) bool {
	for _, r := range ranges {
		if r.Start <= n && n <= r.Stop {
			return true
		}
	}
	return false
}

// distinct returns items without duplicates.
func distinct(items []parser.FetchItem) (out []parser.FetchItem) {
	seen := map[string]bool{}
	for i := range items {
		var e wire.Encoder
		e.Reset(wire.Mode{Server: true})
		items[i].Encode(&e)
		var text strings.Builder
		for _, seg := range e.Segments() {
			text.Write(seg.Bytes)
		}
		if key := text.String(); !seen[key] {
			seen[key] = true
			out = append(out, items[i])
		}
	}
	return out
}
