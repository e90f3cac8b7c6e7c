package commands

import (
	"slices"

	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Event is something that happens to a mailbox (RFC 5465 §5).
type Event struct {
	Name  string       // parser.EventMessageNew, …, or one of an extension
	Fetch []fetch.Item // for parser.EventMessageNew in the selected mailbox: what to report of the new message
}

// The events of RFC 5465 §5. For the selected mailbox, the server reports message events as EXISTS, FETCH, and EXPUNGE
// or VANISHED; for others, as STATUS. It reports MailboxName and SubscriptionChange as LIST, and changes of metadata as
// METADATA without values.
var (
	MessageNew            = Event{Name: parser.EventMessageNew} // needs MessageExpunge too
	MessageExpunge        = Event{Name: parser.EventMessageExpunge}
	FlagChange            = Event{Name: parser.EventFlagChange}       // needs MessageNew and MessageExpunge too
	AnnotationChange      = Event{Name: parser.EventAnnotationChange} // needs MessageNew and MessageExpunge too
	MailboxName           = Event{Name: parser.EventMailboxName}      // created, deleted, renamed
	SubscriptionChange    = Event{Name: parser.EventSubscriptionChange}
	MailboxMetadataChange = Event{Name: parser.EventMailboxMetadataChange}
	ServerMetadataChange  = Event{Name: parser.EventServerMetadataChange}
)

// MessageNewFetch is MessageNew for the selected mailbox, with the items to report of each message.
func MessageNewFetch(items ...fetch.Item) Event {
	return Event{parser.EventMessageNew, slices.Clone(items)}
}

// EventGroup is which events the server reports for some mailboxes. Without events it reports nothing about them, not
// even what it would report without NOTIFY.
type EventGroup struct {
	In     MailboxFilter
	Events []Event
}

// Notify asks the server to report what happens to mailboxes, at any time from now on (RFC 5465 §3.1). The reports go
// to the session's handler; those about mailboxes that are not selected go to Handler.Other. Notify replaces what an
// earlier Notify asked for. The code NOTIFICATIONOVERFLOW says that the server has ended it.
//
// With events for InSelected, the server may expunge messages at any time, so do not use sequence numbers while it
// lasts. InSelectedDelayed is safe.
func Notify(s *session.Session, groups ...EventGroup) *session.Call[struct{}] {
	if err := checkGroups(groups); err != nil {
		return session.Failed[struct{}](s, "NOTIFY", err)
	}
	return plain(s, notifying(s, groups, false))
}

// NotifyStatus is Notify, and returns the STATUS of each mailbox with message events, so that no change is missed in
// between (NOTIFY SET STATUS). It returns nothing about the selected mailbox. The result is the caller's.
func NotifyStatus(s *session.Session, groups ...EventGroup) *session.Call[[]parser.StatusData] {
	if err := checkGroups(groups); err != nil {
		return session.Failed[[]parser.StatusData](s, "NOTIFY", err)
	}
	out := new([]parser.StatusData)
	cmd := notifying(s, groups, true)
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

// NotifyNone ends what Notify began: the server then reports nothing unasked, not even what it would report without
// NOTIFY.
func NotifyNone(s *session.Session) *session.Call[struct{}] {
	return plain(s, session.Command{
		Name: "NOTIFY", In: loggedIn, Needs: "NOTIFY", Flow: session.Barrier,
		Args: func(e *wire.Encoder) { e.SP().Raw("NONE") },
	})
}

func notifying(s *session.Session, groups []EventGroup, status bool) session.Command {
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

// checkGroups refuses what a server must refuse by RFC 5465 §5 and §6.
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
		return invalid("filter of mailboxes", g.In.kind, "is for searches")
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
