package serve

import (
	"slices"
	"strings"
	"sync"

	"github.com/imapstack/imapstack/parser"
)

// A Notifier is a User that can report what happens to its mailboxes, whether they are open or not (RFC 5465,
// capability NOTIFY).
type Notifier interface {
	// Notify calls f for every event in a mailbox that the user may see, whoever causes it, until stop is called. It
	// may call f from any goroutine and with locks held: f does not wait, and does not call the back end.
	Notify(f func(Event)) (stop func())
}

// EventKind says what has happened to a mailbox.
type EventKind uint8

// The kinds of events.
const (
	EventMessages     EventKind = iota + 1 // messages were added or expunged
	EventFlags                             // the flags of messages have changed
	EventName                              // the mailbox was created or deleted
	EventRenamed                           // the mailbox had OldName before; the mailboxes below it are renamed as well
	EventSubscription                      // the name was subscribed or unsubscribed
	EventMetadata                          // the annotation Entry has changed
	EventRights                            // the user has gained or lost the right to see the mailbox, or to read it
	EventOverflow                          // some events are lost
)

// An Event says what has happened to a mailbox.
type Event struct {
	Kind    EventKind
	Mailbox string // the mailbox's name; for EventRenamed the new name; "" stands for the server, only for EventMetadata
	OldName string
	Entry   string

	// If Source is not nil, the server ignores the other fields. It gets the events from Source when it reports them.
	// Source is for a back end that does not know at once which name a mailbox has, or which users may see it.
	Source EventSource
}

// An EventSource determines events when they are reported.
type EventSource interface {
	// Events returns the events since its last call.
	Events() []Event
}

// maxEvents is how many events can be queued for one connection.
const maxEvents = 1000

// notification holds what the client has asked for with NOTIFY.
type notification struct {
	stop      func()
	groups    []notifyGroup
	selected  notifyEvents       // the events that the client wants from the open mailbox
	expunges  bool               // expunges in the open mailbox are reported at once: SELECTED, not SELECTED-DELAYED
	items     []parser.FetchItem // what is reported of a new message in the open mailbox
	known     map[string]mailboxState
	visible   map[string]access // what the client knows about its rights to each mailbox
	ownEvents []Event           // the events that this connection has caused since it last reported events

	mu       sync.Mutex // guards the fields below
	events   []Event
	waiting  map[Event]bool // the queued events of kind EventMessages or EventFlags, to queue each only once
	overflow bool
}

// mailboxState is what a client knows about a mailbox that is not open.
type mailboxState struct{ messages, next uint32 }

// access says whether a user may see a mailbox, and read it.
type access struct{ list, read bool }

func accessOf(l *listEntry) access { return access{!l.NonExistent, !l.NonExistent && !l.NoAccess} }

// notifyGroup holds the events that the client wants from a set of mailboxes, other than the open one.
type notifyGroup struct {
	filter mailboxFilter
	events notifyEvents // 0 means that the client has asked for NONE
}

// notifyEvents is a set of the events of RFC 5465 §5.
type notifyEvents uint8

const (
	onMessages notifyEvents = 1 << iota // MessageNew and MessageExpunge, which must be used together
	onFlags
	onNames
	onSubscriptions
	onMetadata
	onServerMetadata
)

// notifyNames has the events that the server knows, in the order in which BADEVENT lists them.
var notifyNames = []struct {
	name string
	bit  notifyEvents
}{
	{parser.EventMessageNew, onMessages}, {parser.EventMessageExpunge, onMessages}, {parser.EventFlagChange, onFlags},
	{parser.EventMailboxName, onNames}, {parser.EventSubscriptionChange, onSubscriptions},
	{parser.EventMailboxMetadataChange, onMetadata}, {parser.EventServerMetadataChange, onServerMetadata},
}

// noSelected reports whether NOTIFY excludes all changes of the open mailbox from reports.
func (n *notification) noSelected() bool { return n != nil && n.selected == 0 }

// queueEvent queues an event. Any goroutine may call it.
func (n *notification) queueEvent(e Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if e.Kind == EventMessages || e.Kind == EventFlags {
		if n.waiting[e] {
			return
		}
		n.waiting[e] = true
	}
	if n.overflow = n.overflow || len(n.events) >= maxEvents; !n.overflow {
		n.events = append(n.events, e)
	}
}

// takeEvents returns the queued events and empties the queue. overflow says that some were lost.
func (n *notification) takeEvents() (events []Event, overflow bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	events, overflow = n.events, n.overflow
	n.events, n.overflow = nil, false
	clear(n.waiting)
	return events, overflow
}

// putBack puts events back at the head of the queue, because they could not be reported yet.
func (n *notification) putBack(events []Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.events = append(slices.Clip(events), n.events...)
	n.overflow = n.overflow || len(n.events) > maxEvents
}

// allEvents replaces each event that has a Source by the events of that Source.
func allEvents(events []Event) (all []Event) {
	for i := range events {
		if x := events[i].Source; x != nil {
			all = append(all, x.Events()...)
		} else {
			all = append(all, events[i])
		}
	}
	return all
}

func (c *Conn) notifyCommand() error {
	var a parser.NotifyArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	n := &notification{known: map[string]mailboxState{}, visible: map[string]access{}, waiting: map[Event]bool{}}
	if err := c.notifyGroups(n, &a); err != nil {
		return err
	}
	before := c.notify
	c.endNotify()
	if err := c.startNotify(n, a.Status); err != nil {
		c.endNotify()
		if before != nil {
			c.reportOverflow() // the client must learn that its previous NOTIFY has ended, too
		}
		return err
	}
	return nil
}

func (c *Conn) startNotify(n *notification, status bool) error {
	if c.view != nil {
		// All changes so far are reported before the new NOTIFY takes effect (RFC 5465 §3.1).
		if err := c.reportUpdates(true); err != nil {
			return err
		}
		c.updatesReported = true
	}
	x := c.user.(Notifier)
	n.stop = x.Notify(func(e Event) {
		n.queueEvent(e)
		c.wake()
	})
	c.notify = n
	return c.notifyStart(status)
}

// endNotify ends NOTIFY, as if the client had never used it.
func (c *Conn) endNotify() {
	if n := c.notify; n != nil {
		c.notify = nil
		n.stop()
	}
}

// notifyGroups checks the event groups in the arguments of NOTIFY, and stores them in n.
func (c *Conn) notifyGroups(n *notification, a *parser.NotifyArgs) error {
	selectedToo, unknown := false, ""
	for i := range a.Groups {
		g := &a.Groups[i]
		ofSelected := strings.HasPrefix(g.Filter.Kind, "selected")
		if ofSelected && selectedToo {
			return badf("SELECTED appears twice")
		}
		selectedToo = selectedToo || ofSelected
		events, foreign, err := c.notifyEvents(n, g, ofSelected)
		if err != nil {
			return err
		}
		if foreign != "" {
			unknown = foreign
		}
		if ofSelected {
			n.selected, n.expunges = events, g.Filter.Kind == "selected"
		} else {
			n.groups = append(n.groups, notifyGroup{c.filter(g.Filter), events})
		}
	}
	if unknown == "" {
		return nil
	}
	var names []string
	for _, x := range notifyNames {
		names = append(names, x.name)
	}
	r := no(parser.CodeBadEvent, "the event "+unknown+" is not supported")
	r.Code.Args = []byte("(" + strings.Join(names, " ") + ")")
	return r
}

// notifyEvents returns the set of events of a group, and the name of an event that the server does not know. It checks
// which events must be used together (RFC 5465 §5).
func (c *Conn) notifyEvents(n *notification, g *parser.EventGroup, ofSelected bool) (events notifyEvents, unknown string, err error) {
	var fresh, gone, other bool
	for k := range g.Events {
		e := &g.Events[k]
		fresh = fresh || e.Name == parser.EventMessageNew
		gone = gone || e.Name == parser.EventMessageExpunge
		other = other || e.Name == parser.EventFlagChange || e.Name == parser.EventAnnotationChange
		if len(e.Fetch) > 0 && !ofSelected {
			return 0, "", badf("MessageNew has items only for the selected mailbox")
		}
		for j := range e.Fetch {
			if _, err := c.checkItem(&e.Fetch[j]); err != nil {
				return 0, "", err
			}
		}
		at := slices.IndexFunc(notifyNames, func(x struct {
			name string
			bit  notifyEvents
		}) bool {
			return x.name == e.Name
		})
		if at < 0 {
			unknown = e.Name
			continue
		}
		events |= notifyNames[at].bit
		n.items = append(n.items, cloneItems(e.Fetch)...)
	}
	switch {
	case fresh != gone:
		return 0, "", badf("MessageNew and MessageExpunge must be used together")
	case other && !fresh:
		return 0, "", badf("events about changed messages need MessageNew and MessageExpunge")
	case ofSelected && events&^(onMessages|onFlags) != 0:
		return 0, "", badf("SELECTED allows only events about messages")
	}
	return events, unknown, nil
}

// wants returns the events that the client wants from a mailbox. A group with NONE cancels the other groups, except
// those whose filter is more specific than its own.
func (n *notification) wants(match func(f *mailboxFilter, l *listEntry) bool, l *listEntry) (events notifyEvents) {
	none := -1
	for i := range n.groups {
		if g := &n.groups[i]; g.events == 0 && match(&g.filter, l) {
			none = max(none, g.filter.rank())
		}
	}
	for i := range n.groups {
		if g := &n.groups[i]; g.filter.rank() > none && match(&g.filter, l) {
			events |= g.events
		}
	}
	return events
}

// notifyStart stores the current state of each mailbox from which the client wants events, and reports it if status
// is set.
func (c *Conn) notifyStart(status bool) error {
	n := c.notify
	if len(n.groups) == 0 {
		return nil
	}
	match, err := c.matcher()
	if err != nil {
		return err
	}
	all, err := c.listEntries()
	if err != nil {
		return err
	}
	for _, l := range all {
		n.visible[l.Name] = accessOf(l)
		events := n.wants(match, l) & (onMessages | onFlags)
		if events != 0 && l.NoAccess {
			c.reportNoAccess(l)
		}
		if events == 0 || l.NoSelect || l.NoAccess {
			continue
		}
		if err := c.reportWatched(l.Name, events, true, status && !c.isOpen(l.Name)); err != nil {
			return err
		}
	}
	return nil
}

// reportNoAccess reports a mailbox that the user may see, but whose events the user may not get (RFC 5465 §3.1).
func (c *Conn) reportNoAccess(l *listEntry) {
	data := c.listData(l, true, false)
	data.Attrs = append(data.Attrs, `\NoAccess`)
	c.reportList("LIST", data)
}

// reportWatched stores the current state of a mailbox from which the client wants events. If the parameter report is
// true, it also reports the state. If first is not set, it reports only the items that the events may have changed. It
// ignores a mailbox that does not exist or that the user may not read.
func (c *Conn) reportWatched(name string, events notifyEvents, first, report bool) error {
	items := parser.StatusItems(0)
	if events&onMessages != 0 {
		items |= parser.StatusMessages | parser.StatusUIDNext
		if first {
			items |= parser.StatusUIDValidity
		}
	}
	if events&onFlags != 0 {
		items |= parser.StatusUIDValidity
		if !first {
			items |= parser.StatusUnseen
		}
	}
	if c.enabled.condstore || first && events&onFlags != 0 && c.has("CONDSTORE") {
		items |= parser.StatusHighestModSeq
	}
	st, err := c.statusOf(name, items|parser.StatusMessages|parser.StatusUIDNext)
	if err != nil {
		return unexpected(err)
	}
	c.notify.known[name] = mailboxState{st.Messages, st.UIDNext}
	if st.Items &= items; report {
		c.reportStatus(st)
	}
	return nil
}
