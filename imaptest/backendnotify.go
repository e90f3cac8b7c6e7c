package imaptest

import (
	"context"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// Notify begins to report what happens to mailboxes (RFC 5465). When an event happens, the store does not know yet
// which name the user has for the mailbox, or whether the user may see it. Events finds out both.
func (a *account) Notify(f func(serve.Event)) (stop func()) {
	w := &watch{u: a.u, s: a.s}
	w.Watch = a.u.Watch(func() { f(serve.Event{Source: w}) })
	return w.Close
}

// watch turns the events of the store into those of package serve.
type watch struct {
	*store.Watch
	u *store.User
	s *Server
}

// Events returns the events since the last call.
func (w *watch) Events() (events []serve.Event) {
	for _, e := range w.Take() {
		out := serve.Event{Mailbox: e.Name}
		if e.Mailbox != nil {
			out.Mailbox = w.u.NameOf(e.Mailbox)
		}
		switch e.Kind {
		case store.MailboxName, store.MailboxDeleted:
			out.Kind = serve.EventName
		case store.MailboxRenamed:
			out.Kind, out.OldName = serve.EventRenamed, e.OldName
			if w.follows(events, &out) {
				continue
			}
		case store.MailboxACL:
			out.Kind = serve.EventRights
		case store.Subscription:
			out.Kind = serve.EventSubscription
		case store.Metadata:
			if out.Kind, out.Entry = serve.EventMetadata, e.Name; e.Mailbox == nil {
				out.Mailbox = ""
			}
		case store.Overflow:
			out.Kind = serve.EventOverflow
		default: // events about messages, in any combination
			if e.Kind&(store.MessageNew|store.MessageExpunged) != 0 {
				out.Kind = serve.EventMessages
				events = append(events, out)
			}
			if out.Kind = serve.EventFlags; e.Kind&store.FlagChange == 0 {
				continue
			}
		}
		events = append(events, out)
	}
	return events
}

// follows reports whether the rename e follows from the rename of a mailbox above, which is one of the elements of
// events.
func (w *watch) follows(events []serve.Event, e *serve.Event) bool {
	d := string(rune(w.s.store.Delimiter()))
	return slices.ContainsFunc(events, func(x serve.Event) bool {
		old, below := strings.CutPrefix(e.OldName, x.OldName+d)
		now, still := strings.CutPrefix(e.Mailbox, x.Mailbox+d)
		return x.Kind == serve.EventRenamed && below && still && old == now
	})
}

// Status returns the status of a mailbox.
func (a *account) Status(_ context.Context, mailbox string, _ parser.StatusItems) (*parser.StatusData, error) {
	rights, err := a.u.Rights(mailbox)
	if err != nil {
		return nil, asReply(err)
	}
	m := a.u.Mailbox(mailbox)
	switch {
	case m == nil:
		return nil, asReply(store.ErrNonExistent)
	case !rights.Has('r'):
		return nil, asReply(store.ErrNoPerm)
	}
	s := m.Status()
	out := &parser.StatusData{
		Items: parser.StatusMessages | parser.StatusRecent | parser.StatusUIDNext | parser.StatusUIDValidity | parser.StatusUnseen | parser.StatusDeleted |
			parser.StatusSize | parser.StatusDeletedStorage | parser.StatusHighestModSeq | parser.StatusAppendLimit | parser.StatusMailboxID,
		Messages: uint32(s.Messages), Recent: uint32(s.Recent), UIDNext: s.UIDNext, UIDValidity: s.UIDValidity, Unseen: uint32(s.Unseen), Deleted: uint32(s.Deleted),
		Size: uint64(s.Size), DeletedStorage: uint64(s.DeletedSize+1023) / 1024, HighestModSeq: s.HighestModSeq, AppendLimit: uint64(s.AppendLimit), MailboxID: s.MailboxID,
	}
	if s.AppendLimit == 0 {
		out.AppendLimit = parser.NoAppendLimit
	}
	if a.c != nil {
		if v := a.c.view(); v != nil && v.Mailbox() == m {
			// RECENT must agree with the \Recent flags that FETCH and SEARCH report on this connection (RFC 3501
			// §6.3.10).
			out.Recent = uint32(v.RecentNow())
		}
	}
	return out, nil
}
