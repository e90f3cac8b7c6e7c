package resync

import (
	"context"
	"errors"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// run makes one pass.
func (p *Pass) run(ctx context.Context) error {
	if g := p.glance; g != nil {
		if p.glance = nil; p.suffices(g) {
			return p.tellGlance(g)
		}
	}
	reported, err := p.open(ctx)
	if err != nil {
		return err
	}
	st, box := &p.state, *p.box
	if p.isAnotherMailbox(&box) {
		if err := p.tell(&Change{Kind: Reset}); err != nil {
			return err
		}
		reported = nil // these are changes of the old mailbox
	}
	fresh := st.fresh()
	st.UIDValidity = box.UIDValidity
	if box.ID != "" || fresh {
		st.MailboxID = box.ID
	}
	modseq := box.HighestModSeq
	if box.NoModSeq || p.way == ByComparing {
		modseq = 0
	}
	switch {
	case fresh:
		p.way = ByComparing
		// Every later change gets a higher mod-sequence than modseq. So a pass after an interruption can continue
		// from modseq.
		st.ModSeq = modseq
		err = p.readAll(ctx)
	case st.ModSeq == 0 || modseq < st.ModSeq:
		// The server has no mod-sequences, or they have decreased, as they do when a backup is restored. In both cases,
		// they do not show what has changed since the State was saved.
		p.way, st.ModSeq = ByComparing, 0
		if err = p.readAll(ctx); err == nil && p.lost == 0 {
			st.ModSeq = modseq
		}
	default:
		if err = p.readChanges(ctx, reported, modseq); err == nil && p.lost == 0 {
			st.ModSeq = modseq
		}
	}
	if err != nil {
		return err
	}
	return p.settle(ctx, box.UIDNext)
}

// isAnotherMailbox reports whether the UIDs of the State are void: box is another mailbox, or its UIDs are not
// persistent. UIDNEXT must not decrease (RFC 9051 §2.3.1.1). If it does, the server assigns UIDs a second time.
func (p *Pass) isAnotherMailbox(box *session.Mailbox) bool {
	st := &p.state
	switch {
	case st.fresh() && st.UIDValidity == 0:
		return false
	case box.UIDValidity != st.UIDValidity || box.UIDValidity == 0 || box.UIDNotSticky:
		return true
	case box.ID != st.MailboxID && box.ID != "" && st.MailboxID != "":
		return true
	}
	return box.UIDNext != 0 && box.UIDNext < st.UIDNext
}

// readAll reads the UIDs and flags of all messages, and yields which messages are new, have different flags, or are
// gone.
func (p *Pass) readAll(ctx context.Context) error {
	had := p.state.UIDs
	v, n := p.firstMessages()
	if n > 0 {
		if err := p.tellDifference(v); err != nil {
			return err
		}
		p.advanceUIDNext(v.uids)
	}
	seen, err := p.scan(ctx, n+1, highest(v.uids))
	if err != nil {
		return err
	}
	seen = seen.Union(v.uids)
	if n, _ := seen.Len(); p.lost == 0 && n == uint64(p.box.Exists) {
		p.listed = true
	}
	return p.tellMissing(ctx, had.Difference(seen), seen)
}

// tellMissing yields a Change of kind Gone for the messages that the server has not listed. If the list may be
// incomplete, because a response could not be read or the server has left out messages, tellMissing first asks for
// each missing message.
func (p *Pass) tellMissing(ctx context.Context, missing, listed numset.Set) error {
	missing = missing.Intersect(p.state.UIDs)
	if missing.Empty() {
		return nil
	}
	n, ok := listed.Len()
	if !ok || p.lost > 0 || n != uint64(p.box.Exists) {
		var err error
		if missing, err = p.stillMissing(ctx, missing); err != nil {
			return err
		}
	}
	return p.tellGone(missing)
}

// stillMissing asks for messages by UID, in two ways (SEARCH and FETCH), and returns those that neither finds.
func (p *Pass) stillMissing(ctx context.Context, uids numset.Set) (numset.Set, error) {
	gone := numset.Of(numset.UID)
	for some := range batches(uids, 200) {
		found, err := p.search(ctx, search.In(some))
		if err != nil {
			return gone, err
		}
		if some = some.Difference(found); some.Empty() {
			continue
		}
		v := newView(p.opts.MaxFlags)
		if err := p.fetch(ctx, v, some, fetch.UID, fetch.Flags); err != nil {
			return gone, err
		}
		if v.lost == 0 {
			gone = gone.Union(some.Difference(v.uids))
		}
	}
	return gone, nil
}

// readChanges yields the changes up to modseq. With QRESYNC, SELECT has returned these changes in reported. Otherwise
// reported is nil, and readChanges asks the server for the changes.
func (p *Pass) readChanges(ctx context.Context, reported *view, modseq uint64) error {
	st := &p.state
	if reported != nil {
		if err := p.tellGone(reported.gone); err != nil {
			return err
		}
		return p.tellDifference(reported)
	}
	if modseq == st.ModSeq || st.UIDs.Empty() {
		return nil
	}
	v := newView(p.opts.MaxFlags)
	known := numset.Span(numset.UID, 1, max(max(st.UIDNext, 1)-1, highest(st.UIDs)))
	switch err := p.fetch(ctx, v, known, fetch.UID, fetch.Flags, fetch.ChangedSince(st.ModSeq)); {
	case refused(err) || isUnsupported(err):
		p.way = ByComparing
		return p.readAll(ctx)
	case err != nil:
		return err
	}
	return p.tellDifference(v)
}

// highest returns the largest number of a set, or 0 if the set is empty.
func highest(s numset.Set) uint32 {
	n, _ := s.Max()
	return n
}

// settle reads the new messages, and makes sure that the State has as many messages as the mailbox. The program knows
// every message below the State's UIDNEXT, and no new message gets a UID below it. So if the State and the mailbox have
// the same number of messages after the new ones have been read, the pass has missed no change.
func (p *Pass) settle(ctx context.Context, uidNext uint32) error {
	st := &p.state
	all := p.listed || p.box.Exists == 0
	if st.count() < uint64(p.box.Exists) || !all && (uidNext == 0 || uidNext > st.UIDNext) {
		var err error
		if all, err = p.readNew(ctx); err != nil {
			return err
		}
	}
	if all && p.lost == 0 && st.count() == uint64(p.box.Exists) {
		// If UIDNEXT is higher than expected, messages have arrived and were expunged again.
		st.UIDNext = max(st.UIDNext, uidNext)
	}
	settled := func() bool { return st.count() == uint64(p.box.Exists) && st.UIDNext >= uidNext }
	if settled() {
		return nil
	}
	// Before it answers NOOP, the server reports expunges that it has held back (RFC 9051 §7.5.1).
	if _, err := commands.Noop(p.s).Wait(ctx); err != nil {
		return err
	}
	if settled() {
		return nil
	}
	found, err := p.search(ctx, search.All)
	if err != nil {
		return err
	}
	if err := p.tellMissing(ctx, st.UIDs.Difference(found), found); err != nil {
		return err
	}
	for some := range batches(found.Difference(st.UIDs), 200) {
		v := newView(p.opts.MaxFlags)
		if err := p.fetch(ctx, v, some, fetch.UID, fetch.Flags); err != nil {
			return err
		}
		if err := p.tellDifference(v); err != nil {
			return err
		}
	}
	if p.lost == 0 && found.Difference(st.UIDs).Empty() {
		// If UIDNEXT is higher than expected, messages have arrived and were expunged again.
		st.UIDNext = max(st.UIDNext, uidNext)
	}
	return nil
}

// readNew reads and yields the messages from the State's UIDNEXT on, and reports whether the server has returned all
// of them. An answer without a message is incomplete, because even if no message is new, the server returns the last
// message of the mailbox (see readFrom).
func (p *Pass) readNew(ctx context.Context) (all bool, err error) {
	if n := p.state.count(); n+uint64(p.opts.Window) < uint64(p.box.Exists) {
		_, err := p.scan(ctx, uint32(n)+1, highest(p.state.UIDs))
		return false, err
	}
	found, err := p.readFrom(ctx, max(p.state.UIDNext, 1))
	return !found.Empty(), err
}

// readFrom reads and yields the messages from uid on, with one command. The command asks for the set "uid:*". If no
// message has uid or a higher UID, the server returns the last message, because "*" stands for that one.
func (p *Pass) readFrom(ctx context.Context, uid uint32) (numset.Set, error) {
	v := newView(p.opts.MaxFlags)
	if err := p.fetch(ctx, v, numset.Span(numset.UID, uid, 0), fetch.UID, fetch.Flags); err != nil {
		return v.uids, err
	}
	if err := p.tellDifference(v); err != nil {
		return v.uids, err
	}
	p.advanceUIDNext(v.uids)
	return v.uids, nil
}

// advanceUIDNext records that the program knows all messages up to the highest of these UIDs.
func (p *Pass) advanceUIDNext(uids numset.Set) {
	if m := highest(uids); p.lost == 0 && m < 1<<32-1 {
		p.state.UIDNext = max(p.state.UIDNext, m+1)
	}
}

// scan reads the UIDs and flags of all messages whose sequence number is at least first, in windows of Options.Window
// messages. It yields new messages and changed flags, and returns the UIDs that the server has sent. last is the UID of
// the message with the sequence number first-1, or 0 if first is 1.
//
// Expunges shift sequence numbers. A server does not report expunges during FETCH (RFC 9051 §7.5.1), but the loop's
// body may send commands between two windows, and the server may report expunges then. So each window begins with the
// last message of the window before. If that message has another sequence number now, scan reads the rest by UID.
func (p *Pass) scan(ctx context.Context, first, last uint32) (numset.Set, error) {
	seen := numset.Of(numset.UID)
	for first <= p.box.Exists {
		from := first
		if last > 0 {
			from--
		}
		to := first + min(p.opts.Window-1, p.box.Exists-first)
		v := newView(p.opts.MaxFlags)
		at, end := uint32(0), uint32(0)
		err := p.fetchInto(ctx, v, numset.Span(numset.Seq, from, to), func(m *parser.Fetch) {
			if m.Seq == from && m.UID > 0 {
				at = m.UID
			}
			if m.Seq == to && m.UID > 0 {
				end = m.UID
			}
		}, fetch.UID, fetch.Flags)
		switch {
		case errors.Is(err, parser.CodeExpungeIssued):
			at = 0
		case err != nil:
			return seen, err
		}
		if last > 0 && at != last || err != nil {
			rest, err := p.readFrom(ctx, last+1)
			return seen.Union(rest), err
		}
		seen = seen.Union(v.uids)
		if err := p.tellDifference(v); err != nil {
			return seen, err
		}
		if end == 0 || end < highest(v.uids) {
			if to >= p.box.Exists && p.lost == 0 {
				break // the last message is gone already; settle finds out whether others are gone too
			}
			rest, err := p.readFrom(ctx, max(highest(v.uids), last)+1)
			return seen.Union(rest), err
		}
		p.advanceUIDNext(v.uids)
		first, last = to+1, end
	}
	return seen, nil
}

// fetch asks for messages and gathers the answers.
func (p *Pass) fetch(ctx context.Context, v *view, set numset.Set, items ...fetch.Item) error {
	for try := 0; ; try++ {
		err := p.fetchInto(ctx, v, set, nil, items...)
		if !errors.Is(err, parser.CodeExpungeIssued) || try == 3 {
			return err
		}
		// Some of the messages are gone, and the server may have left out others as well.
		if _, err := commands.Noop(p.s).Wait(ctx); err != nil {
			return err
		}
	}
}

func (p *Pass) fetchInto(ctx context.Context, v *view, set numset.Set, look func(*parser.Fetch), items ...fetch.Item) error {
	if err := p.checkOpen(); err != nil {
		return err
	}
	return p.gather(ctx, v, commands.Fetch(p.s, set, items...), look)
}

// gather adds to v what a FETCH returns.
func (p *Pass) gather(ctx context.Context, v *view, stream *session.Stream[parser.Fetch], look func(*parser.Fetch)) error {
	for m, err := range stream.All(ctx) {
		if err != nil {
			if p.unreadable(v, err) {
				continue
			}
			return err
		}
		if look != nil {
			look(m)
		}
		if err := p.take(v, m); err != nil {
			return err
		}
	}
	return nil
}

// search returns the UIDs of the messages that match key.
func (p *Pass) search(ctx context.Context, key search.Key) (numset.Set, error) {
	if err := p.checkOpen(); err != nil {
		return numset.Set{}, err
	}
	var opts []search.Return
	if p.s.Caps().HasAny("ESEARCH|IMAP4REV2") {
		opts = append(opts, search.ReturnAll)
	}
	found, err := commands.Search(p.s, numset.UID, key, opts...).Wait(ctx)
	if (refused(err) || isUnsupported(err)) && len(opts) > 0 {
		found, err = commands.Search(p.s, numset.UID, key).Wait(ctx)
	}
	return found.Found, err
}
