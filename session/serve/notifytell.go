package serve

import (
	"log/slog"
	"math"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// pushes reports whether there may be news for a client while its connection waits for a command.
func (c *Conn) pushes() bool { return c.notify != nil || c.hooks.push != nil && c.hooks.push.Pushes() }

// push sends news unasked, between commands and in IDLE.
func (c *Conn) push(idle bool) error {
	if h := c.hooks.push; h != nil {
		if err := h.Push(idle); err != nil {
			return err
		}
	}
	if c.notify == nil {
		return nil
	}
	c.command = c.ctx
	if err := c.notifyNow(idle); err != nil {
		c.log(slog.LevelError, "back end", "cmd", "NOTIFY", "err", err)
	}
	return c.err
}

// notifyNow reports the events that the client has asked for. idle is set if any client expects expunges now.
func (c *Conn) notifyNow(idle bool) error {
	n := c.notify
	if c.view != nil {
		c.arrived = false
		err := c.sync(n.expunges || idle)
		c.tellOrphan()
		if err != nil {
			return err
		}
	}
	events, overflow := n.take()
	events = allEvents(events)
	if overflow || slices.ContainsFunc(events, func(e Event) bool { return e.Kind == EventOverflow }) {
		// As NOTIFY NONE from now on (RFC 5465 §5.8).
		parser.EncodeStatus(&c.out, "*", parser.OK, parser.Code{Name: parser.CodeNotificationOverflow}, "too much has happened")
		n.groups, n.selected, n.items, n.deeds = nil, 0, nil, nil
		return nil
	}
	if len(events) == 0 || len(n.groups) == 0 {
		n.deeds = nil
		return nil
	}
	t, err := c.eventTeller()
	if err != nil {
		return err
	}
	for i := range events {
		t.tell(&events[i])
	}
	n.deeds = nil
	return nil
}

// did notes an event that the connection itself has caused, so that its client is not told about it (RFC 5465 §5). It
// returns err.
func (c *Conn) did(err error, e Event) error {
	if err == nil && c.notify != nil {
		c.notify.deeds = append(c.notify.deeds, e)
	}
	return err
}

// made notes messages that the connection itself has added to a mailbox.
func (c *Conn) made(mailbox string, uids []uint32) {
	n := c.notify
	if n == nil && (c.view == nil || len(c.view.contexts) == 0) {
		return
	}
	if c.view != nil && c.view.name == mailbox {
		c.view.made = append(c.view.made, uids...)
	}
	if n == nil {
		return
	}
	k, ok := n.known[mailbox]
	for _, uid := range uids {
		if ok && k.next == uid {
			k = contents{k.messages + 1, uid + 1}
			n.known[mailbox] = k
		}
	}
}

// eventTeller reports events of mailboxes that are not open.
type eventTeller struct {
	c     *Conn
	match func(f *mailboxFilter, l *listed) bool
	names map[string]*listed
}

func (c *Conn) eventTeller() (*eventTeller, error) {
	match, err := c.matcher()
	if err != nil {
		return nil, err
	}
	all, err := c.names()
	if err != nil {
		return nil, err
	}
	t := &eventTeller{c: c, match: match, names: make(map[string]*listed, len(all))}
	for _, l := range all {
		t.names[l.Name] = l
	}
	return t, nil
}

// listed returns LIST's data for a name. A mailbox of that name need no longer exist.
func (t *eventTeller) listed(name string) *listed {
	if l := t.names[name]; l != nil {
		return l
	}
	return &listed{MailboxInfo: MailboxInfo{Name: name, NoSelect: true, NonExistent: true}}
}

func (t *eventTeller) wants(name string) notifyEvents {
	return t.c.notify.wants(t.match, t.listed(name))
}

// own reports whether this connection has caused an event.
func (t *eventTeller) own(e *Event) bool { return slices.Contains(t.c.notify.deeds, *e) }

func (t *eventTeller) tell(e *Event) {
	c, n := t.c, t.c.notify
	switch e.Kind {
	case EventMessages, EventFlags:
		t.tellMessages(e)
	case EventName:
		if l := t.names[e.Mailbox]; l == nil {
			delete(n.known, e.Mailbox)
			delete(n.visible, e.Mailbox)
		} else {
			n.visible[e.Mailbox] = accessOf(l)
		}
		if !t.own(e) {
			t.tellName(e.Mailbox)
		}
	case EventRenamed:
		t.rename(e)
		if !t.own(e) && (t.wants(e.Mailbox)|t.wants(e.OldName))&onNames != 0 {
			data := c.listData(t.listed(e.Mailbox), true, false)
			data.OldName = c.boxRaw(e.OldName)
			c.tellList("LIST", data)
		}
	case EventSubscription:
		wants := t.wants(e.Mailbox)
		for i := range n.groups {
			if g := &n.groups[i]; g.filter.kind == "subscribed" {
				wants |= g.events // also for mailboxes that are no longer subscribed
			}
		}
		if wants&onSubscriptions != 0 && !t.own(e) {
			c.tellList("LIST", c.listData(t.listed(e.Mailbox), true, false))
		}
	case EventMetadata:
		t.tellMetadata(e)
	case EventRights:
		t.tellAccess(e.Mailbox)
	}
}

// tellAccess tells that the user's rights to a mailbox have changed (RFC 5465 §5.4, §5.9).
func (t *eventTeller) tellAccess(name string) {
	c, n, l := t.c, t.c.notify, t.listed(name)
	was, is := n.visible[name], accessOf(l)
	if was == is {
		return
	}
	n.visible[name] = is
	wants := t.wants(name)
	messages := wants&(onMessages|onFlags) != 0
	switch {
	case was.list != is.list && wants&onNames != 0:
		t.tellName(name)
	case messages && was.read && !is.read:
		delete(n.known, name)
		c.tellNoAccess(l)
	case messages && is.read:
		c.tellWatched(name, wants, false, false)
		c.tellList("LIST", c.listData(l, true, false))
	}
}

// rename notes that a mailbox and those below it have new names.
func (t *eventTeller) rename(e *Event) {
	n := t.c.notify
	n.known, n.visible = renamed(t, n.known, e), renamed(t, n.visible, e)
}

// renamed returns m with the new names as keys.
func renamed[T any](t *eventTeller, m map[string]T, e *Event) map[string]T {
	out := make(map[string]T, len(m))
	for name, k := range m {
		rest, ok := strings.CutPrefix(name, e.OldName)
		if ok && (rest == "" || e.OldName != "INBOX" && rest[0] == t.c.srv.delimiter()) {
			name = e.Mailbox + rest
		}
		out[name] = k
	}
	return out
}

// tellMessages reports messages in a mailbox that is not open, unless the client knows about them.
func (t *eventTeller) tellMessages(e *Event) {
	c := t.c
	if c.view != nil && e.Mailbox == c.view.name {
		return
	}
	events := onFlags
	if e.Kind == EventMessages {
		events = onMessages
		st, err := c.statusOf(e.Mailbox, parser.StatusMessages|parser.StatusUIDNext)
		if err != nil {
			return // it no longer exists
		}
		if k, ok := c.notify.known[e.Mailbox]; ok && k == (contents{st.Messages, st.UIDNext}) {
			return
		}
	}
	if events &= t.wants(e.Mailbox); events != 0 {
		c.tellWatched(e.Mailbox, events, false, true)
	}
}

// tellName reports that a mailbox was made or deleted, and how the mailbox above it has changed (RFC 5465 §5.4).
func (t *eventTeller) tellName(name string) {
	up, _ := above(name, string(t.c.srv.delimiter()))
	for _, x := range []string{name, up} {
		if x != "" && t.wants(x)&onNames != 0 {
			t.c.tellList("LIST", t.c.listData(t.listed(x), true, false))
		}
	}
}

// tellMetadata reports that an annotation has changed (RFC 5465 §5.6, §5.7).
func (t *eventTeller) tellMetadata(e *Event) {
	c := t.c
	data := parser.Metadata{Mailbox: []byte{}, Changed: []string{e.Entry}}
	var wants notifyEvents
	if e.Mailbox == "" {
		for i := range c.notify.groups {
			wants |= c.notify.groups[i].events & onServerMetadata
		}
	} else {
		wants = t.wants(e.Mailbox) & onMetadata
		data.Mailbox = c.boxRaw(e.Mailbox)
	}
	if wants == 0 || t.own(e) {
		return
	}
	c.out.Raw("* METADATA ")
	data.Encode(&c.out)
	c.out.CRLF()
}

// tellNew reports new messages in the way that the client has asked for beforehand: by NOTIFY, and by searches that are
// kept up to date and match the messages. A message that the connection itself has added is not reported (RFC 5465
// §5.2).
func (c *Conn) tellNew(uids []uint32, updates []contextUpdate) error {
	v, n := c.view, c.notify
	made := v.made
	v.made = nil
	for _, uid := range uids {
		var items []parser.FetchItem
		if n != nil {
			items = append(items, n.items...)
		}
		for i := range updates {
			if slices.Contains(updates[i].fresh, uid) {
				items = append(items, updates[i].x.items...)
			}
		}
		if len(items) == 0 || slices.Contains(made, uid) {
			continue
		}
		if err := c.tellItems([]uint32{uid}, distinct(items)); err != nil {
			return err
		}
	}
	return nil
}

// tellItems reports items of messages.
func (c *Conn) tellItems(uids []uint32, items []parser.FetchItem) error {
	f := fetcher{c: c}
	f.args.Items = items
	for i := range items {
		need, err := c.checkItem(&items[i])
		if err != nil {
			return err
		}
		f.need |= need
		f.withUID = f.withUID || items[i].Name == "UID"
	}
	if f.need == 0 {
		f.need = NeedFlags // a Fetch must ask for something
	}
	// A client that asks for UIDs also gets the UIDs of messages that are gone already: see missing.
	f.left = uids
	if err := c.each(uids, f.need, f.message); err != nil {
		return err
	}
	f.missing(math.MaxUint32)
	return nil
}

// distinct returns items without duplicates.
func distinct(items []parser.FetchItem) (out []parser.FetchItem) {
	seen := map[string]bool{}
	for i := range items {
		e := wire.NewEncoder(wire.Mode{Server: true})
		items[i].Encode(e)
		if key := string(e.Bytes()); !seen[key] {
			seen[key] = true
			out = append(out, items[i])
		}
	}
	return out
}
