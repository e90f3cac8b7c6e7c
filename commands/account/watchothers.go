package account

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// others holds the state of the mailboxes that are not open, as the program knows it from the events. It outlives
// connections.
type others struct {
	all   bool                 // watch all mailboxes, including new ones
	names []string             // the mailboxes to watch if all is false
	open  string               // the mailbox that is open; openBox makes the events about its messages
	boxes map[string]*otherBox // by name; nil if their state has not been read yet
	fresh bool                 // NOTIFY has reported a new mailbox, whose state has not been asked for yet
	heard map[string]bool      // the mailboxes that the server has reported unasked while look runs, by name, and whether they exist; nil if look does not run
	again bool                 // the name of the open mailbox now stands for another mailbox, which has to be opened
	newer map[string]bool      // while look runs: mailboxes whose state the server has meanwhile reported unasked; otherwise nil
	late  bool                 // the first call of look comes after an Interrupted
	tell  func(Event)
}

// otherBox is a mailbox that is not open, as STATUS describes it.
type otherBox struct {
	selects   bool // it can be opened by SELECT
	fresh     bool // it was created while Watch ran, so all its messages are new
	known     bool // the fields below are known
	validity  uint32
	next      uint32 // UIDNEXT
	messages  uint32
	unseen    uint32
	modseq    uint64
	mailboxID string // "" if it is not known
	asked     bool   // the server has been asked for mailboxID
}

// statusItems returns the STATUS items to ask for.
func statusItems(s *session.Session) []status.Item {
	list := listItems(s)
	if s.Caps().Has("OBJECTID") {
		list = append(list, status.MailboxID)
	}
	return list
}

// listItems returns the STATUS items to ask for by LIST. MAILBOXID is not among them, because Cyrus 3.6.1 then sends
// whatever is in its memory, which may look like an identifier. The method identify asks for MAILBOXID.
func listItems(s *session.Session) []status.Item {
	list := []status.Item{status.Messages, status.UIDNext, status.UIDValidity, status.Unseen}
	if s.Caps().HasAny("CONDSTORE|QRESYNC") {
		list = append(list, status.HighestModSeq)
	}
	return list
}

// look asks for the state of all mailboxes to watch, and queues events for what has changed. The first call queues
// none.
func (o *others) look(ctx context.Context, s *session.Session) error {
	// What the server reports unasked meanwhile may be newer than its answers, so such reports override the answers.
	o.newer = map[string]bool{}
	defer func() { o.newer = nil }()
	if !o.all {
		return o.lookNamed(ctx, s)
	}
	o.fresh = false
	o.heard = map[string]bool{}
	defer func() { o.heard = nil }()
	var list []commands.MailboxStatus
	var err error
	if s.Caps().Has("LIST-STATUS") {
		list, err = commands.ListStatus(s, "", "*", listItems(s)).Wait(ctx)
		if s.Err() == nil && ctx.Err() == nil && unusable(err) {
			list, err = commands.ListStatusBySteps(ctx, s, "", "*", statusItems(s))
		}
	} else {
		list, err = commands.ListStatusBySteps(ctx, s, "", "*", statusItems(s))
	}
	if err != nil {
		return err
	}
	utf8 := s.Mode().UTF8
	first := o.boxes == nil
	now := map[string]*otherBox{}
	inbox := false
	for _, x := range list {
		name := x.List.Name()
		if x.List.Has(parser.AttrNonExistent) || x.List.OldName != nil {
			o.listed(x.List, utf8) // the server sends this because of NOTIFY, not in answer to LIST
			continue
		}
		if _, ok := o.heard[name]; ok {
			o.heard[name] = true
		}
		inbox = inbox || strings.EqualFold(name, "INBOX")
		b := &otherBox{selects: !x.List.Has(parser.AttrNoSelect)}
		now[name] = b
		if x.Status != nil {
			b.take(x.Status)
		}
	}
	if !inbox {
		return ErrPartial // every account has INBOX
	}
	if err := o.identify(ctx, s, now); err != nil {
		return err
	}
	for name, there := range o.heard {
		if !there {
			delete(now, name)
		}
	}
	if first {
		o.begin(now)
		return nil
	}
	if err := o.tellMissing(ctx, s, now); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		b := now[name]
		if old := o.boxes[name]; old != nil {
			o.answered(name, old, b)
			continue
		}
		if there, ok := o.heard[name]; ok && !there {
			continue
		}
		b.fresh = !b.known
		o.add(name, b)
	}
	return nil
}

// begin records the state of the mailboxes for the first time. If Watch has begun with an Interrupted, begin queues a
// Reset for each mailbox except the open one, because Watch does not know what has happened since the loop began.
func (o *others) begin(now map[string]*otherBox) {
	o.boxes = now
	if !o.late {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if b := now[name]; b.selects && b.known && !sameName(name, o.open) {
			o.tell(&Reset{name, b.validity})
		}
	}
}

// unusable reports whether LIST-STATUS does not work although the server offers it: the server answers BAD, or
// something that cannot be read.
func unusable(err error) bool {
	var refused *session.Error
	var odd *wire.SyntaxError
	return errors.As(err, &refused) && refused.Status == parser.BAD || errors.As(err, &odd)
}

// identify asks for the MAILBOXIDs (RFC 8474) by which Watch recognizes mailboxes that have been renamed. now has the
// mailboxes that LIST has just shown. identify asks only about those whose MAILBOXID it has not asked for before, and
// those whose UIDVALIDITY has changed.
func (o *others) identify(ctx context.Context, s *session.Session, now map[string]*otherBox) error {
	if !s.Caps().Has("OBJECTID") {
		return nil
	}
	calls := map[*otherBox]*session.Call[parser.StatusData]{}
	for name, b := range now {
		old := o.boxes[name]
		if b.selects && b.known && b.mailboxID == "" && (old == nil || old.mailboxID == "" && !old.asked || old.validity != b.validity) {
			calls[b] = commands.Status(s, name, status.UIDValidity, status.MailboxID)
		}
	}
	for b, c := range calls {
		st, err := c.Wait(ctx)
		switch {
		case err != nil && (s.Err() != nil || ctx.Err() != nil):
			return err
		case err != nil:
			b.asked = KindOf(err) != ForNow
		case st.UIDValidity == b.validity:
			b.asked, b.mailboxID = true, st.MailboxID
		}
	}
	return nil
}

// tellMissing queues events about mailboxes that the last LIST has left out. It asks the server for each of them by
// name, because LIST may have been incomplete.
func (o *others) tellMissing(ctx context.Context, s *session.Session, now map[string]*otherBox) error {
	for _, name := range slices.Sorted(maps.Keys(o.boxes)) {
		if now[name] != nil {
			continue
		}
		old := o.boxes[name]
		there := false
		for l, err := range commands.List(s, "", name).All(ctx) {
			if err != nil {
				return err
			}
			if l.Name() == name && !l.Has(parser.AttrNonExistent) && l.OldName == nil {
				there = true
			} else {
				o.listed(l, s.Mode().UTF8) // the server sends this because of NOTIFY, not in answer to LIST
			}
		}
		if there || old == nil || o.boxes[name] != old {
			continue // the mailbox exists, or NOTIFY has reported meanwhile what has become of it
		}
		delete(o.boxes, name)
		if to := newName(old, now, o.boxes); to != "" {
			o.boxes[to] = old
			o.tell(&MailboxRenamed{name, to})
			continue
		}
		if old.selects {
			o.tell(&MailboxDeleted{name})
		}
	}
	return nil
}

// newName returns the new name of a mailbox: the name of a new mailbox with the same MAILBOXID (RFC 8474). It returns
// "" if there is none. UIDVALIDITY does not suffice, because two mailboxes may have the same one.
func newName(old *otherBox, now, known map[string]*otherBox) string {
	if old.mailboxID == "" {
		return ""
	}
	for name, b := range now {
		if b.mailboxID == old.mailboxID && known[name] == nil {
			return name
		}
	}
	return ""
}

// lookNamed is called by the method look if o.all is false. It sends STATUS for each mailbox in o.names.
func (o *others) lookNamed(ctx context.Context, s *session.Session) error {
	calls := make([]*session.Call[parser.StatusData], len(o.names))
	for i, name := range o.names {
		calls[i] = commands.Status(s, name, statusItems(s)...)
	}
	first := o.boxes == nil
	now := map[string]*otherBox{}
	var gone []string
	for i, c := range calls {
		st, err := c.Wait(ctx)
		if err == nil {
			b := &otherBox{selects: true}
			b.take(&st)
			now[o.names[i]] = b
			continue
		}
		var refused *session.Error
		if s.Err() != nil || ctx.Err() != nil || !errors.As(err, &refused) || KindOf(err) == ForNow {
			return err
		}
		if errors.Is(err, parser.CodeNonExistent) {
			gone = append(gone, o.names[i])
		}
	}
	if first {
		o.begin(now)
		return nil
	}
	for name, b := range now {
		if old := o.boxes[name]; old != nil {
			o.answered(name, old, b)
			continue
		}
		o.add(name, b)
	}
	for _, name := range gone {
		if o.boxes[name] != nil {
			delete(o.boxes, name)
			o.tell(&MailboxDeleted{name})
		}
	}
	return nil
}

// take copies the items of a STATUS response to b. The server may have sent only some of them (RFC 5465 §5).
func (b *otherBox) take(st *parser.StatusData) {
	if st.Has(parser.StatusMessages) {
		b.messages = st.Messages
	}
	if st.Has(parser.StatusUIDNext) {
		b.next = st.UIDNext
	}
	if st.Has(parser.StatusUIDValidity) {
		if b.validity != st.UIDValidity {
			b.mailboxID, b.asked = "", false
		}
		b.validity = st.UIDValidity
	}
	if st.Has(parser.StatusUnseen) {
		b.unseen = st.Unseen
	}
	if st.Has(parser.StatusHighestModSeq) {
		b.modseq = st.HighestModSeq
	}
	if st.Has(parser.StatusMailboxID) {
		b.mailboxID = st.MailboxID
	}
	b.known = b.known || st.Has(parser.StatusMessages|parser.StatusUIDNext|parser.StatusUIDValidity)
}

// add adds a new mailbox, or a new name that cannot be opened.
func (o *others) add(name string, b *otherBox) {
	o.boxes[name] = b
	if b.selects {
		o.again = o.again || sameName(name, o.open)
		o.tell(&MailboxCreated{name})
	}
}

// isAnother reports whether the new state is that of another mailbox, or has a smaller UIDNEXT. Then the UIDs that the
// program knows are no longer valid (see package resync). The receiver is the old state; the argument is the new one.
func (was *otherBox) isAnother(now *otherBox) bool {
	return was.validity != now.validity || was.mailboxID != now.mailboxID && was.mailboxID != "" && now.mailboxID != "" || now.next < was.next
}

// answered compares the state in a mailbox's answer to STATUS with the old one, unless the server has meanwhile
// reported a newer state unasked.
func (o *others) answered(name string, old, now *otherBox) {
	if !o.newer[name] {
		o.compare(name, old, now)
	}
}

// compare queues events for what has happened in a mailbox between the states old and now, and copies now to *old.
func (o *others) compare(name string, old, now *otherBox) {
	was := *old
	switch {
	case was.selects && !now.selects:
		// Somebody has deleted the mailbox, and its name remains because there are mailboxes below it (RFC 9051 §6.3.5).
		*old = otherBox{}
		o.tell(&MailboxDeleted{name})
		return
	case !was.selects && now.selects:
		was, *old = otherBox{fresh: true}, otherBox{selects: true, fresh: true}
		o.add(name, old)
	}
	old.selects = now.selects
	if !now.known {
		return // the server has not sent the state, so the old state stays
	}
	*old = *now
	old.fresh = false
	if now.mailboxID == "" && !was.isAnother(now) {
		old.mailboxID, old.asked = was.mailboxID, was.asked || now.asked
	}
	if sameName(name, o.open) {
		o.again = o.again || was.known && was.isAnother(now)
		return
	}
	if !was.known {
		switch {
		case !was.fresh && was.selects:
			// The server did not send the state when Watch began, so Watch does not know what has changed since.
			o.tell(&Reset{name, now.validity})
		case now.next > 1:
			// The mailbox is new. LIST may have shown its name before, as a name that cannot be opened.
			o.tell(&Arrived{name, now.validity, numset.Span(numset.UID, 1, now.next-1)})
		}
		return
	}
	if was.isAnother(now) {
		o.tell(&Reset{name, now.validity})
		return
	}
	came := uint32(0)
	if now.next > was.next {
		came = now.next - was.next
		o.tell(&Arrived{name, now.validity, numset.Span(numset.UID, was.next, now.next-1)})
	}
	// A server may skip UIDs. So if the mailbox has fewer messages than UIDNEXT suggests, some may be gone, but that
	// is not certain.
	fewer := now.messages < was.messages || now.messages-was.messages < came
	if fewer {
		o.tell(&Gone{Mailbox: name, UIDValidity: now.validity})
	}
	if now.modseq != was.modseq && now.modseq != 0 || now.modseq == 0 && now.unseen != was.unseen {
		// New messages also change the mod-sequence and the number of unread messages, but the flags of other messages
		// may have changed as well.
		o.tell(&FlagsChanged{Mailbox: name, UIDValidity: now.validity})
	}
}

// status handles a STATUS response that the server has sent because of NOTIFY.
func (o *others) status(st *parser.StatusData, utf8 bool) {
	name := st.Name()
	old := o.boxes[name]
	if old == nil {
		return // the mailbox is not watched, or LIST will report it as new
	}
	now := *old
	now.take(st)
	o.compare(name, old, &now)
	if o.newer != nil {
		o.newer[name] = true
	}
}

// listed handles a LIST response that the server has sent because of NOTIFY: a mailbox was created, renamed or deleted
// (RFC 5465 §5.4).
func (o *others) listed(l *parser.ListData, utf8 bool) {
	name := l.Name()
	if o.heard != nil {
		if l.OldName != nil {
			o.heard[parser.DecodeMailbox(l.OldName, utf8)] = false
		}
		o.heard[name] = !l.Has(parser.AttrNonExistent)
	}
	if o.boxes == nil || !o.all {
		return
	}
	switch {
	case l.Has(parser.AttrNonExistent):
		if old := o.boxes[name]; old != nil {
			delete(o.boxes, name)
			if old.selects {
				o.tell(&MailboxDeleted{name})
			}
		}
	case l.OldName != nil:
		from := parser.DecodeMailbox(l.OldName, utf8)
		if old := o.boxes[from]; old != nil && from != name {
			delete(o.boxes, from)
			o.boxes[name] = old
			o.tell(&MailboxRenamed{from, name})
		} else if o.boxes[name] == nil {
			o.created(l)
		}
	case o.boxes[name] == nil:
		o.created(l)
	case o.boxes[name].selects == l.Has(parser.AttrNoSelect):
		if o.boxes[name].selects {
			o.compare(name, o.boxes[name], &otherBox{})
		} else {
			o.created(l)
		}
	}
}

// created adds a mailbox that NOTIFY has reported as new. The program may read it before Watch asks for its state, and
// messages may arrive in between. So Watch reports all of its messages, even if the program knows some.
func (o *others) created(l *parser.ListData) {
	b := &otherBox{selects: !l.Has(parser.AttrNoSelect), fresh: true}
	o.fresh = o.fresh || b.selects
	o.add(l.Name(), b)
}
