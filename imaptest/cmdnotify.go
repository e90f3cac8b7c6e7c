package imaptest

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
)

// watching is what a connection reports besides the answers to its commands.
type watching struct {
	notify     *notification // what NOTIFY has asked for; nil if it was never used
	contexts   []*searchContext
	own        []store.Range // UIDs of messages that this connection has put into the selected mailbox since the last sync
	synced     bool          // the current command has reported all changes
	unknownCTE bool          // the client asked for BINARY of a part that cannot be decoded
	deeds      []deed        // what this connection has done to mailboxes since it last took events
}

// notification is what NOTIFY has asked for (RFC 5465).
type notification struct {
	watch    *store.Watch
	groups   []notifyGroup
	selected notifyEvents       // of the selected mailbox
	expunges bool               // report its expunges at once: not SELECTED-DELAYED
	items    []parser.FetchItem // to send for a new message in it
	known    map[*store.Mailbox]store.Status
	visible  map[*store.Mailbox]access
}

// access is what the client knows about its user's rights to a mailbox.
type access struct{ list, read bool }

// notifyGroup holds the events of a set of mailboxes that are not selected.
type notifyGroup struct {
	filter mailboxFilter
	events notifyEvents // 0: NONE
}

// notifyEvents is a set of the events of RFC 5465 §5.
type notifyEvents uint8

const (
	onMessages notifyEvents = 1 << iota // MessageNew and MessageExpunge, which go together
	onFlags
	onNames
	onSubscriptions
	onMetadata
	onServerMetadata
)

// notifyNames are the events that the server knows, in the order in which it lists them.
var notifyNames = []struct {
	name string
	bit  notifyEvents
}{
	{parser.EventMessageNew, onMessages}, {parser.EventMessageExpunge, onMessages}, {parser.EventFlagChange, onFlags},
	{parser.EventMailboxName, onNames}, {parser.EventSubscriptionChange, onSubscriptions},
	{parser.EventMailboxMetadataChange, onMetadata}, {parser.EventServerMetadataChange, onServerMetadata},
}

// frozen reports whether the client does not want events of the selected mailbox.
func (n *notification) frozen() bool { return n != nil && n.selected == 0 }

func (c *conn) notifyCommand() error {
	var a parser.NotifyArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	n := &notification{known: map[*store.Mailbox]store.Status{}, visible: map[*store.Mailbox]access{}}
	if err := c.notifyGroups(n, &a); err != nil {
		return err
	}
	c.endNotify()
	if c.view != nil {
		// The server reports all earlier changes before the new rules count (RFC 5465 §3.1).
		c.sync(true)
	}
	n.watch = c.user.Watch(c.m.Wake)
	c.notify = n
	if c.view != nil {
		c.view.SetWatch(n.watch)
	}
	c.notifyStart(a.Status)
	return nil
}

// endNotify returns to the state before the first NOTIFY.
func (c *conn) endNotify() {
	if c.notify != nil {
		c.notify.watch.Close()
		c.notify = nil
		if c.view != nil {
			c.view.SetWatch(nil)
		}
	}
	c.deeds = nil
}

// notifyGroups reads the groups of a NOTIFY command.
func (c *conn) notifyGroups(n *notification, a *parser.NotifyArgs) error {
	selectedToo := false
	var unknown string
	for i := range a.Groups {
		g := &a.Groups[i]
		ofSelected := strings.HasPrefix(g.Filter.Kind, "selected")
		if ofSelected && selectedToo {
			return badf("SELECTED comes twice")
		}
		selectedToo = selectedToo || ofSelected
		var events notifyEvents
		var fresh, gone, other bool
		for k := range g.Events {
			e := &g.Events[k]
			at := slices.IndexFunc(notifyNames, func(x struct {
				name string
				bit  notifyEvents
			}) bool {
				return x.name == e.Name
			})
			fresh = fresh || e.Name == parser.EventMessageNew
			gone = gone || e.Name == parser.EventMessageExpunge
			other = other || e.Name == parser.EventFlagChange || e.Name == parser.EventAnnotationChange
			if len(e.Fetch) > 0 && !ofSelected {
				return badf("items of a new message are only for the selected mailbox")
			}
			for j := range e.Fetch {
				if err := c.checkItem(&e.Fetch[j]); err != nil {
					return err
				}
			}
			if at < 0 {
				unknown = e.Name
				continue
			}
			events |= notifyNames[at].bit
			n.items = append(n.items, cloneItems(e.Fetch)...)
		}
		switch {
		case fresh != gone:
			// RFC 5465 §5.2
			if err := c.slip("MessageNew and MessageExpunge go together"); err != nil {
				return err
			}
			fresh, gone = true, true
		}
		switch {
		case other && !fresh:
			return badf("changes of messages need MessageNew and MessageExpunge")
		case ofSelected && events&^(onMessages|onFlags) != 0:
			return badf("the selected mailbox has only events of messages")
		case ofSelected:
			n.selected, n.expunges = events, g.Filter.Kind == "selected"
		default:
			n.groups = append(n.groups, notifyGroup{c.filter(g.Filter), events})
		}
	}
	if unknown != "" {
		var names []string
		for _, x := range notifyNames {
			names = append(names, x.name)
		}
		r := no(parser.CodeBadEvent, "unknown event "+unknown)
		r.Code.Args = []byte("(" + strings.Join(names, " ") + ")")
		return r
	}
	return nil
}

// wants returns the events of a mailbox that the client wants. A group with NONE overrides groups that name the mailbox less closely.
func (n *notification) wants(match func(f *mailboxFilter, name string) bool, name string) (events notifyEvents) {
	none := -1
	for i := range n.groups {
		if g := &n.groups[i]; g.events == 0 && match(&g.filter, name) {
			none = max(none, g.filter.rank())
		}
	}
	for i := range n.groups {
		if g := &n.groups[i]; g.filter.rank() > none && match(&g.filter, name) {
			events |= g.events
		}
	}
	return events
}

// notifyStart notes the state of the mailboxes that are watched, and sends it if status is set.
func (c *conn) notifyStart(status bool) {
	n := c.notify
	if len(n.groups) == 0 {
		return
	}
	match := c.matcher()
	for _, l := range c.user.List(store.ListOptions{Patterns: []string{"*"}}) {
		if l.Mailbox == nil {
			continue
		}
		n.visible[l.Mailbox] = access{true, !l.NoSelect}
		events := n.wants(match, l.Name) & (onMessages | onFlags)
		if events == 0 {
			continue
		}
		if l.NoSelect {
			c.tellNoAccess(&l)
			continue
		}
		n.known[l.Mailbox] = l.Mailbox.Status()
		if status && !(c.view != nil && l.Mailbox == c.view.Mailbox()) {
			c.tellWatched(l.Name, l.Mailbox, events, true)
		}
	}
}

// tellNoAccess reports a mailbox that the user may see but not watch (RFC 5465 §3.1).
func (c *conn) tellNoAccess(l *store.Listed) {
	data := c.listed(l, true, false, false)
	data.Attrs = append(data.Attrs, `\NoAccess`)
	c.tellList("LIST", data)
}

// tellWatched sends the status of a mailbox that is not selected: at first all of it, and later what the events concern.
func (c *conn) tellWatched(name string, m *store.Mailbox, events notifyEvents, first bool) {
	s := m.Status()
	c.notify.known[m] = s
	out := parser.StatusData{
		Mailbox: c.boxRaw(name), Messages: uint32(s.Messages), UIDNext: s.UIDNext, UIDValidity: s.UIDValidity,
		Unseen: uint32(s.Unseen), HighestModSeq: s.HighestModSeq,
	}
	if events&onMessages != 0 {
		out.Items |= parser.StatusMessages | parser.StatusUIDNext
		if first {
			out.Items |= parser.StatusUIDValidity
		}
		if c.m.Enabled("CONDSTORE") {
			out.Items |= parser.StatusHighestModSeq
		}
	}
	if events&onFlags != 0 {
		out.Items |= parser.StatusUIDValidity
		if !first {
			out.Items |= parser.StatusUnseen
		}
		if first && c.has("CONDSTORE") || c.m.Enabled("CONDSTORE") {
			out.Items |= parser.StatusHighestModSeq
		}
	}
	c.tellStatus(&out)
}
