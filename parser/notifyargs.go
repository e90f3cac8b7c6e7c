package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// MailboxFilter says which mailboxes a command concerns (RFC 5465 §6 filter-mailboxes, RFC 7377 §2.2).
type MailboxFilter struct {
	// Kind is in lower case. It is "selected", "selected-delayed", "inboxes", "personal" or "subscribed" without
	// Mailboxes, and "subtree", "subtree-one" or "mailboxes" with them.
	Kind      string
	Mailboxes [][]byte // names as received; valid until the next command is read
}

// decode reads a filter. "selected-delayed" is only in NOTIFY, and "subtree-one" only in ESEARCH (RFC 7377 §4).
func (f *MailboxFilter) decode(d *wire.Decoder, notify bool) {
	f.Kind = oneOf(d, "filter-mailboxes", "selected", "selected-delayed", "inboxes", "personal", "subscribed",
		"subtree", "subtree-one", "mailboxes")
	switch {
	case d.Err() != nil:
	case f.Kind == "selected-delayed" && !notify:
		d.Expected(`"selected"`)
	case f.named():
		d.SP()
		oneOrList(d, "mailbox", func() { f.Mailboxes = append(f.Mailboxes, d.AString()) })
	}
}

func (f *MailboxFilter) named() bool {
	return f.Kind == "subtree" || f.Kind == "subtree-one" || f.Kind == "mailboxes"
}

func (f *MailboxFilter) encode(e *wire.Encoder) {
	e.Atom(f.Kind)
	if f.named() != (len(f.Mailboxes) > 0) {
		e.Fail(&wire.ArgumentError{What: "filter-mailboxes", Value: f.Kind, Reason: "does not match its list of mailboxes"})
	}
	switch len(f.Mailboxes) {
	case 0:
	case 1:
		e.SP().AStringBytes(f.Mailboxes[0])
	default:
		e.SP().List(len(f.Mailboxes), func(i int) { e.AStringBytes(f.Mailboxes[i]) })
	}
}

// These are the events of NOTIFY (RFC 5465 §5).
const (
	EventMessageNew            = "MessageNew"
	EventMessageExpunge        = "MessageExpunge"
	EventFlagChange            = "FlagChange"
	EventAnnotationChange      = "AnnotationChange"
	EventMailboxName           = "MailboxName"
	EventSubscriptionChange    = "SubscriptionChange"
	EventMailboxMetadataChange = "MailboxMetadataChange"
	EventServerMetadataChange  = "ServerMetadataChange"
)

var eventNames = [...]string{EventMessageNew, EventMessageExpunge, EventFlagChange, EventAnnotationChange, EventMailboxName,
	EventSubscriptionChange, EventMailboxMetadataChange, EventServerMetadataChange}

// Event is an event that a client wants to be notified of (RFC 5465 §8 event).
type Event struct {
	Name  string      // one of the constants; an unknown name keeps its case
	Fetch []FetchItem // only for MessageNew: what to send about a new message; valid until the next command is read
}

// EventGroup holds the events that a client wants for a set of mailboxes (RFC 5465 §8 event-group).
type EventGroup struct {
	Filter MailboxFilter
	Events []Event // empty means NONE; valid until the next command is read
}

// NotifyArgs holds the arguments of NOTIFY (RFC 5465 §3.1).
type NotifyArgs struct {
	Status bool         // whether the client sent NOTIFY SET STATUS
	Groups []EventGroup // empty means NOTIFY NONE; valid until the next command is read
}

// Decode reads the arguments. It does not check which events may be combined (RFC 5465 §5). The server must do
// that.
func (a *NotifyArgs) Decode(d *wire.Decoder) error {
	*a = NotifyArgs{}
	if oneOf(d, "SET or NONE", "SET", "NONE") == "NONE" {
		return ended(d, "NOTIFY")
	}
	d.SP()
	if gotWord(d, "STATUS") {
		a.Status = true
		d.SP()
	}
	left := maxNames
	for room(d, len(a.Groups), maxNames, "groups") {
		var g EventGroup
		g.decode(d, &left)
		a.Groups = append(a.Groups, g)
		if !d.GotSP() {
			break
		}
	}
	return ended(d, "NOTIFY")
}

// decode reads a group. left is the number of events and items that the command may still have; decode subtracts those
// that it reads.
func (g *EventGroup) decode(d *wire.Decoder, left *int) {
	d.Want('(')
	g.Filter.decode(d, true)
	d.SP()
	switch {
	case d.Is('('):
		for range d.List {
			g.event(d, left)
		}
		if len(g.Events) == 0 {
			d.Expected("event")
		}
	case gotAtom(d, "NONE"):
	case d.Tolerate(RuleNotifyEvents):
		for d.Err() == nil {
			g.event(d, left)
			if !d.GotSP() {
				break
			}
		}
	default:
		d.Expected("events")
	}
	d.Want(')')
}

// gotAtom reads the next atom if it is word, ignoring case, and reports whether it did.
func gotAtom(d *wire.Decoder, word string) bool {
	rest := d.Rest()
	if d.Err() != nil || len(rest) < len(word) || !wire.EqualFold(rest[:len(word)], word) {
		return false
	}
	if len(rest) > len(word) && wire.IsAtom(string(rest[len(word):len(word)+1])) {
		return false
	}
	d.Seek(d.Pos() + len(word))
	return true
}

func (g *EventGroup) event(d *wire.Decoder, left *int) {
	if !room(d, maxNames-*left, maxNames, "events") {
		return
	}
	*left--
	b := d.Atom()
	if d.Err() != nil {
		return
	}
	e := Event{}
	for _, name := range eventNames {
		if wire.EqualFold(b, name) {
			e.Name = name
		}
	}
	if e.Name == "" {
		e.Name = string(b)
	}
	if rest := d.Rest(); e.Name == EventMessageNew && len(rest) > 1 && rest[0] == ' ' && rest[1] == '(' {
		d.SP()
		e.Fetch = decodeItems(d, nil, false)
		*left -= min(*left, len(e.Fetch))
	}
	g.Events = append(g.Events, e)
}

// Encode writes the arguments.
func (a *NotifyArgs) Encode(e *wire.Encoder) {
	if len(a.Groups) == 0 {
		e.SP().Atom("NONE")
		return
	}
	e.SP().Atom("SET")
	if a.Status {
		e.SP().Atom("STATUS")
	}
	for i := range a.Groups {
		g := &a.Groups[i]
		e.SP().Byte('(')
		g.Filter.encode(e)
		e.SP()
		if len(g.Events) == 0 {
			e.Atom("NONE")
		} else {
			e.List(len(g.Events), func(i int) { g.Events[i].encode(e) })
		}
		e.Byte(')')
	}
}

func (v *Event) encode(e *wire.Encoder) {
	e.Atom(v.Name)
	if len(v.Fetch) > 0 {
		e.SP()
		encodeItems(e, v.Fetch)
	}
}
