package commands

import (
	"slices"

	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Event is a kind of change that [Notify] asks the server to report (RFC 5465 §5).
type Event struct {
	Name  string       // parser.EventMessageNew or another of parser's constants, or the name of an event of an extension
	Fetch []fetch.Item // for parser.EventMessageNew in the selected mailbox: the items of the new message to report
}

// The events of RFC 5465 §5. The server reports events about messages in the selected mailbox by EXISTS, FETCH, and
// EXPUNGE or VANISHED, and those in other mailboxes by STATUS. It reports MailboxName and SubscriptionChange by LIST,
// and changes of metadata by METADATA without values.
var (
	MessageNew            = Event{Name: parser.EventMessageNew} // only together with MessageExpunge
	MessageExpunge        = Event{Name: parser.EventMessageExpunge}
	FlagChange            = Event{Name: parser.EventFlagChange}       // only together with MessageNew and MessageExpunge
	AnnotationChange      = Event{Name: parser.EventAnnotationChange} // only together with MessageNew and MessageExpunge
	MailboxName           = Event{Name: parser.EventMailboxName}      // a mailbox is created, deleted or renamed
	SubscriptionChange    = Event{Name: parser.EventSubscriptionChange}
	MailboxMetadataChange = Event{Name: parser.EventMailboxMetadataChange}
	ServerMetadataChange  = Event{Name: parser.EventServerMetadataChange}
)

// MessageNewFetch returns MessageNew for the selected mailbox, with the items to report of each new message.
func MessageNewFetch(items ...fetch.Item) Event {
	return Event{parser.EventMessageNew, slices.Clone(items)}
}

// EventGroup says which events the server reports for some mailboxes. If Events is empty, the server reports nothing
// about these mailboxes, not even what it would report without NOTIFY.
type EventGroup struct {
	In     MailboxFilter
	Events []Event
}

// Notify asks the server to report events in mailboxes from now on, at any time (RFC 5465 §3.1). The reports go to
// the session's handler; those about mailboxes that are not selected go to Handler.Other. Notify replaces the groups
// of an earlier Notify. A response with the code NOTIFICATIONOVERFLOW says that the server has stopped reporting.
//
// While a command is in flight, some reports look like its answer: a FETCH for a message that a Fetch asks for, or a
// LIST that matches the pattern of a List. Such a report goes to the command, and not to the handler.
//
// With InSelected, the server may send EXPUNGE at any time, so the program must not use sequence numbers. With
// InSelectedDelayed, the program may use them.
func Notify(s *session.Session, groups ...EventGroup) *session.Call[struct{}] {
	if err := checkGroups(groups); err != nil {
		return session.Failed[struct{}](s, "NOTIFY", err)
	}
	return plain(s, notifyCommand(s, groups, false))
}

// NotifyStatus is like Notify, and also returns the STATUS of each mailbox, except the selected one, for which a
// group contains events about messages (NOTIFY SET STATUS). So the program misses no change between STATUS and
// NOTIFY. The result is the caller's.
func NotifyStatus(s *session.Session, groups ...EventGroup) *session.Call[[]parser.StatusData] {
	if err := checkGroups(groups); err != nil {
		return session.Failed[[]parser.StatusData](s, "NOTIFY", err)
	}
	out := new([]parser.StatusData)
	cmd := notifyCommand(s, groups, true)
	cmd.Answers, cmd.Claim = byPlace("STATUS"), named("STATUS")
	cmd.Data = func(r *response) error {
		var x parser.StatusData
		if err := x.Decode(r.Decoder()); err != nil {
			return err
		}
		*out = append(*out, *x.Clone())
		return nil
	}
	return session.Start(s, cmd, out)
}

// NotifyNone asks the server to report no events, not even those that it would report without NOTIFY.
func NotifyNone(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{
		Name: "NOTIFY", In: loggedIn, Needs: "NOTIFY", Flow: session.Barrier,
		Args: func(e *wire.Encoder) { e.SP().Raw("NONE") },
	})
}

func notifyCommand(s *session.Session, groups []EventGroup, status bool) session.Command {
	groups = slices.Clone(groups)
	cmd := session.Command{Name: "NOTIFY", In: loggedIn, Needs: "NOTIFY", Flow: session.Barrier}
	for _, g := range groups {
		for _, v := range g.Events {
			for _, it := range v.Fetch {
				if n := it.Traits().Needs; n != "" && !s.Caps().HasAny(n) {
					cmd.Needs = n
				}
			}
		}
	}
	cmd.Args = func(e *wire.Encoder) {
		e.SP().Raw("SET")
		if status {
			e.SP().Raw("STATUS")
		}
		for i := range groups {
			groups[i].encode(e.SP())
		}
	}
	return cmd
}

func (g *EventGroup) encode(e *wire.Encoder) {
	e.Byte('(')
	g.In.encode(e)
	if e.SP(); len(g.Events) == 0 {
		e.Raw("NONE")
	} else {
		e.List(len(g.Events), func(i int) {
			v := &g.Events[i]
			e.Atom(v.Name)
			if len(v.Fetch) > 0 {
				e.SP().List(len(v.Fetch), func(j int) { v.Fetch[j].Encode(e) })
			}
		})
	}
	e.Byte(')')
}

// checkGroups returns an error for groups that a server must refuse (RFC 5465 §5, §6).
func checkGroups(groups []EventGroup) error {
	if len(groups) == 0 {
		return invalid("NOTIFY", "", "needs a group of events")
	}
	selected := 0
	for i := range groups {
		g := &groups[i]
		if err := g.check(); err != nil {
			return err
		}
		if g.In.selected() {
			selected++
		}
	}
	if selected > 1 {
		return invalid("NOTIFY", "", "names the selected mailbox twice")
	}
	return nil
}

func (g *EventGroup) check() error {
	if g.In.kind == "subtree-one" {
		return invalid("filter of mailboxes", g.In.kind, "is only for searches")
	}
	if err := g.In.check(); err != nil {
		return err
	}
	has := map[string]bool{}
	for _, v := range g.Events {
		switch {
		case !wire.IsAtom(v.Name):
			return invalid("event", v.Name, "is not a name")
		case has[v.Name]:
			return invalid("event", v.Name, "is named twice")
		case len(v.Fetch) > 0 && (v.Name != parser.EventMessageNew || !g.In.selected()):
			return invalid("event", v.Name, "has items, which are for new messages in the selected mailbox")
		}
		has[v.Name] = true
		for _, it := range v.Fetch {
			if t := it.Traits(); t.Modifier || t.SetsSeen {
				return invalid("event", v.Name, `has an item that is a modifier or sets \Seen`)
			}
		}
		switch v.Name {
		case parser.EventMailboxName, parser.EventSubscriptionChange, parser.EventMailboxMetadataChange, parser.EventServerMetadataChange:
			if g.In.selected() {
				return invalid("event", v.Name, "is not about messages, as events of the selected mailbox must be")
			}
		}
	}
	watched := has[parser.EventMessageNew] || has[parser.EventMessageExpunge] || has[parser.EventFlagChange] || has[parser.EventAnnotationChange]
	if watched && !(has[parser.EventMessageNew] && has[parser.EventMessageExpunge]) {
		return invalid("events", "", "about messages need MessageNew and MessageExpunge")
	}
	return nil
}
