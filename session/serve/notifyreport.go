package serve

import (
	"log/slog"
	"math"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// pushes reports whether the server may have unsolicited responses for the client while the connection waits for a
// command.
func (c *Conn) pushes() bool { return c.notify != nil || c.hooks.push != nil && c.hooks.push.Pushes() }

// push encodes unsolicited responses, between commands and in IDLE.
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

// notifyNow reports the events that the client has asked for with NOTIFY. idle says that the client is in IDLE, and
// may get expunges.
func (c *Conn) notifyNow(idle bool) error {
	n := c.notify
	if c.view != nil {
		c.newReported = false
		err := c.reportUpdates(n.expunges || idle)
		c.reportDeleted()
		if err != nil {
			return err
		}
	}
	events, overflow := n.takeEvents()
	events = allEvents(events)
	if len(n.groups) == 0 {
		n.ownEvents = nil // the client wants no events, or an overflow was reported before
		return nil
	}
	if overflow || slices.ContainsFunc(events, func(e Event) bool { return e.Kind == EventOverflow }) {
		// From now on NOTIFY NONE applies (RFC 5465 §5.8).
		c.reportOverflow()
		n.groups, n.selected, n.items, n.ownEvents = nil, 0, nil, nil
		n.stop()
		n.stop = func() {}
		return nil
	}
	if len(events) == 0 {
		n.ownEvents = nil
		return nil
	}
	t, err := c.newEventReporter()
	if err != nil {
		n.putBack(events)
		return err
	}
	for i := range events {
		if err = t.report(&events[i]); err != nil {
			n.putBack(events[i:])
			return err
		}
	}
	n.ownEvents = nil
	return nil
}

// reportOverflow reports that some events will never be reported (RFC 5465 §5.8).
func (c *Conn) reportOverflow() {
	parser.EncodeStatus(&c.out, "*", parser.OK, parser.Code{Name: parser.CodeNotificationOverflow}, "some events are lost")
}

// noteEvent stores an event that the connection itself has caused, so that its client gets no report of it (RFC 5465
// §5). It does nothing if err is set, and returns err.
func (c *Conn) noteEvent(err error, e Event) error {
	if err == nil && c.notify != nil {
		c.notify.ownEvents = append(c.notify.ownEvents, e)
	}
	return err
}

// noteAdded stores the UIDs of messages that the connection itself has added to a mailbox, so that its client gets no
// report of them.
func (c *Conn) noteAdded(mailbox string, uids []uint32) {
	n := c.notify
	if n == nil && (c.view == nil || len(c.view.contexts) == 0) {
		return
	}
	if c.isOpen(mailbox) {
		c.view.ownUIDs = append(c.view.ownUIDs, uids...)
	}
	if n == nil {
		return
	}
	k, ok := n.known[mailbox]
	for _, uid := range uids {
		if ok && k.next == uid {
			k = mailboxState{k.messages + 1, uid + 1}
			n.known[mailbox] = k
		}
	}
}

// eventReporter reports events of mailboxes that are not open.
type eventReporter struct {
	c     *Conn
	match func(f *mailboxFilter, l *listEntry) bool
	names map[string]*listEntry
}

func (c *Conn) newEventReporter() (*eventReporter, error) {
	match, err := c.matcher()
	if err != nil {
		return nil, err
	}
	all, err := c.listEntries()
	if err != nil {
		return nil, err
	}
	t := &eventReporter{c: c, match: match, names: make(map[string]*listEntry, len(all))}
	for _, l := range all {
		t.names[l.Name] = l
	}
	return t, nil
}

// entry returns the entry of a name, even if a mailbox of that name no longer exists.
func (t *eventReporter) entry(name string) *listEntry {
	if l := t.names[name]; l != nil {
		return l
	}
	return &listEntry{MailboxInfo: MailboxInfo{Name: name, NoSelect: true, NonExistent: true}}
}

func (t *eventReporter) wants(name string) notifyEvents {
	return t.c.notify.wants(t.match, t.entry(name))
}

// caused reports whether this connection has caused the event.
func (t *eventReporter) caused(e *Event) bool { return slices.Contains(t.c.notify.ownEvents, *e) }

// report reports an event. If the back end fails, report returns the error and has reported nothing.
func (t *eventReporter) report(e *Event) error {
	c, n := t.c, t.c.notify
	switch e.Kind {
	case EventMessages, EventFlags:
		return t.reportMessages(e)
	case EventName:
		if l := t.names[e.Mailbox]; l == nil {
			delete(n.known, e.Mailbox)
			delete(n.visible, e.Mailbox)
		} else {
			n.visible[e.Mailbox] = accessOf(l)
		}
		if !t.caused(e) {
			t.reportName(e.Mailbox)
		}
	case EventRenamed:
		t.rename(e)
		if !t.caused(e) && (t.wants(e.Mailbox)|t.wants(e.OldName))&onNames != 0 {
			data := c.listData(t.entry(e.Mailbox), true, false)
			data.OldName = c.boxRaw(e.OldName)
			c.reportList("LIST", data)
		}
	case EventSubscription:
		wants := t.wants(e.Mailbox)
		for i := range n.groups {
			if g := &n.groups[i]; g.filter.kind == "subscribed" {
				wants |= g.events // also for mailboxes that are no longer subscribed
			}
		}
		if wants&onSubscriptions != 0 && !t.caused(e) {
			c.reportList("LIST", c.listData(t.entry(e.Mailbox), true, false))
		}
	case EventMetadata:
		t.reportMetadata(e)
	case EventRights:
		return t.reportAccess(e.Mailbox)
	}
	return nil
}

// reportAccess reports that the user's rights to a mailbox have changed (RFC 5465 §5.4, §5.9).
func (t *eventReporter) reportAccess(name string) error {
	c, n, l := t.c, t.c.notify, t.entry(name)
	was, is := n.visible[name], accessOf(l)
	if was == is {
		return nil
	}
	wants := t.wants(name)
	messages := wants&(onMessages|onFlags) != 0
	switch {
	case was.list != is.list && wants&onNames != 0:
		t.reportName(name)
	case messages && was.read && !is.read:
		delete(n.known, name)
		c.reportNoAccess(l)
	case messages && is.read:
		if err := c.reportWatched(name, wants, false, false); err != nil {
			return err
		}
		c.reportList("LIST", c.listData(l, true, false))
	}
	n.visible[name] = is
	return nil
}

// rename changes the stored names of a mailbox that was renamed, and of those below it.
func (t *eventReporter) rename(e *Event) {
	n := t.c.notify
	n.known, n.visible = renamed(t, n.known, e), renamed(t, n.visible, e)
}

// renamed returns a copy of m with the new names as keys.
func renamed[T any](t *eventReporter, m map[string]T, e *Event) map[string]T {
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

// reportMessages reports that messages in a mailbox that is not open have changed, unless the client already knows of
// the change.
func (t *eventReporter) reportMessages(e *Event) error {
	c := t.c
	if c.isOpen(e.Mailbox) {
		return nil
	}
	events := onFlags
	if e.Kind == EventMessages {
		events = onMessages
		st, err := c.statusOf(e.Mailbox, parser.StatusMessages|parser.StatusUIDNext)
		if err != nil {
			return unexpected(err)
		}
		if k, ok := c.notify.known[e.Mailbox]; ok && k == (mailboxState{st.Messages, st.UIDNext}) {
			return nil
		}
	}
	if events &= t.wants(e.Mailbox); events != 0 {
		return c.reportWatched(e.Mailbox, events, false, true)
	}
	return nil
}

// reportName reports that a mailbox was created or deleted, and the new attributes of the mailbox above it (RFC 5465
// §5.4).
func (t *eventReporter) reportName(name string) {
	up, _ := parentOf(name, string(t.c.srv.delimiter()))
	for _, x := range []string{name, up} {
		if x != "" && t.wants(x)&onNames != 0 {
			t.c.reportList("LIST", t.c.listData(t.entry(x), true, false))
		}
	}
}

// reportMetadata reports that an annotation has changed (RFC 5465 §5.6, §5.7).
func (t *eventReporter) reportMetadata(e *Event) {
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
	if wants == 0 || t.caused(e) {
		return
	}
	c.out.Raw("* METADATA ")
	data.Encode(&c.out)
	c.out.CRLF()
}

// reportNew reports new messages. It sends the items that the client wants by NOTIFY, and the items of each search with
// UPDATE to whose result the message was added. It does not report a message that the connection itself has added (RFC
// 5465 §5.2).
func (c *Conn) reportNew(uids []uint32, updates []contextUpdate) error {
	v, n := c.view, c.notify
	for _, uid := range uids {
		var items []parser.FetchItem
		if n != nil {
			items = append(items, n.items...)
		}
		for i := range updates {
			if slices.Contains(updates[i].added, uid) {
				items = append(items, updates[i].x.items...)
			}
		}
		if len(items) == 0 || slices.Contains(v.ownUIDs, uid) || v.seq(uid) == 0 {
			continue
		}
		if err := c.reportItems([]uint32{uid}, distinct(items)); err != nil {
			return err
		}
	}
	return nil
}

// reportItems writes a FETCH response with items for each of the messages.
func (c *Conn) reportItems(uids []uint32, items []parser.FetchItem) error {
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
		f.need = NeedFlags // ask Mailbox.Fetch for at least one field
	}
	// A client that asks for UIDs also gets the UIDs of messages that no longer exist: see reportMissing.
	f.unreported = uids
	if err := c.eachMessage(uids, f.need, f.message); err != nil {
		return err
	}
	f.reportMissing(math.MaxUint32)
	if f.readErr != nil {
		c.log(slog.LevelError, "a message cannot be read", "err", f.readErr)
	}
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
