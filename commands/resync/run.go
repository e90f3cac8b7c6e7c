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
	told, err := p.open(ctx)
	if err != nil {
		return err
	}
	st, box := &p.state, *p.view
	if p.another(&box) {
		if err := p.tell(&Change{Kind: Reset}); err != nil {
			return err
		}
		told = nil // it is about the old mailbox
	}
	fresh := st.fresh()
	st.UIDValidity = box.UIDValidity
	if box.ID != "" || fresh {
		st.MailboxID = box.ID
	}
	modseq := box.HighestModSeq
	if box.NoModSeq || p.how == ByComparing {
		modseq = 0
	}
	switch {
	case fresh:
		p.how = ByComparing
		// Every change from here on gets a higher mod-sequence. So a pass after an interruption can go on from this
		// one.
		st.ModSeq = modseq
		err = p.readAll(ctx)
	case st.ModSeq == 0 || modseq < st.ModSeq:
		// The mod-sequences are missing, or have gone back, as after a restored backup: they do not show what changed
		// since the State.
		p.how, st.ModSeq = ByComparing, 0
		if err = p.readAll(ctx); err == nil && p.lost == 0 {
			st.ModSeq = modseq
		}
	default:
		if err = p.readChanges(ctx, told, modseq); err == nil && p.lost == 0 {
			st.ModSeq = modseq
		}
	}
	if err != nil {
		return err
	}
	return p.settle(ctx, box.UIDNext)
}

// another reports whether the mailbox is not the State's, or has no UIDs that last. UIDNEXT must not go back (RFC 9051
// §2.3.1.1): if it does, the server gives UIDs a second time.
func (p *Pass) another(box *session.Mailbox) bool {
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

// readAll reads UIDs and flags of all messages, and yields which are new, have other flags, or are gone.
func (p *Pass) readAll(ctx context.Context) error {
	had := p.state.UIDs
	v, n := p.begins()
	if n > 0 {
		if err := p.tellDifference(v); err != nil {
			return err
		}
		p.told(v.uids)
	}
	seen, err := p.scan(ctx, n+1, most(v.uids))
	if err != nil {
		return err
	}
	seen = seen.Union(v.uids)
	if n, _ := seen.Len(); p.lost == 0 && n == uint64(p.view.Exists) {
		p.listed = true
	}
	return p.tellMissing(ctx, had.Difference(seen), seen)
}

// tellMissing yields those messages as gone that a server has not listed, if they are gone. A list may be short for
// other reasons: a response could not be read, or the server cuts its answers. Then tellMissing asks for each message.
func (p *Pass) tellMissing(ctx context.Context, missing, listed numset.Set) error {
	missing = missing.Intersect(p.state.UIDs)
	if missing.Empty() {
		return nil
	}
	n, ok := listed.Len()
	if !ok || p.lost > 0 || n != uint64(p.view.Exists) {
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

// readChanges yields what has changed up to a mod-sequence. With QRESYNC, told holds the changes; otherwise readChanges
// asks for them.
func (p *Pass) readChanges(ctx context.Context, told *view, modseq uint64) error {
	st := &p.state
	if told != nil {
		if err := p.tellGone(told.gone); err != nil {
			return err
		}
		return p.tellDifference(told)
	}
	if modseq == st.ModSeq || st.UIDs.Empty() {
		return nil
	}
	v := newView(p.opts.MaxFlags)
	known := numset.Span(numset.UID, 1, max(max(st.UIDNext, 1)-1, most(st.UIDs)))
	switch err := p.fetch(ctx, v, known, fetch.UID, fetch.Flags, fetch.ChangedSince(st.ModSeq)); {
	case refused(err) || isUnable(err):
		p.how = ByComparing
		return p.readAll(ctx)
	case err != nil:
		return err
	}
	return p.tellDifference(v)
}

// most returns the largest number of a set, or 0.
func most(s numset.Set) uint32 {
	n, _ := s.Max()
	return n
}

// settle reads the new messages, and makes sure that the State has as many messages as the mailbox. The program has
// been given every message below the State's UIDNEXT, and no new message gets such a UID. So if the number is right
// after the new messages have been read, no change was missed.
func (p *Pass) settle(ctx context.Context, uidNext uint32) error {
	st := &p.state
	all := p.listed || p.view.Exists == 0
	if st.count() < uint64(p.view.Exists) || !all && (uidNext == 0 || uidNext > st.UIDNext) {
		var err error
		if all, err = p.readNew(ctx); err != nil {
			return err
		}
	}
	if all && p.lost == 0 && st.count() == uint64(p.view.Exists) {
		// The messages between the last one and UIDNEXT came and went.
		st.UIDNext = max(st.UIDNext, uidNext)
	}
	settled := func() bool { return st.count() == uint64(p.view.Exists) && st.UIDNext >= uidNext }
	if settled() {
		return nil
	}
	// The answer to NOOP reports expunges that the server has held back (RFC 9051 §7.5.1).
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
		// The messages with the missing UIDs below UIDNEXT came and went.
		st.UIDNext = max(st.UIDNext, uidNext)
	}
	return nil
}

// readNew reads and yields the messages from the State's UIDNEXT on, and reports whether the server has returned all of
// them. An answer without any message is not complete: if none is new, the server returns the last one of the mailbox
// (see readFrom).
func (p *Pass) readNew(ctx context.Context) (all bool, err error) {
	if n := p.state.count(); n+uint64(p.opts.Window) < uint64(p.view.Exists) {
		_, err := p.scan(ctx, uint32(n)+1, most(p.state.UIDs))
		return false, err
	}
	found, err := p.readFrom(ctx, max(p.state.UIDNext, 1))
	return !found.Empty(), err
}

// readFrom reads and yields the messages from a UID on, with one command. If no message has that UID or a higher one,
// the server returns the last message, because "*" stands for it.
func (p *Pass) readFrom(ctx context.Context, uid uint32) (numset.Set, error) {
	v := newView(p.opts.MaxFlags)
	if err := p.fetch(ctx, v, numset.Span(numset.UID, uid, 0), fetch.UID, fetch.Flags); err != nil {
		return v.uids, err
	}
	if err := p.tellDifference(v); err != nil {
		return v.uids, err
	}
	p.told(v.uids)
	return v.uids, nil
}

// told records that the program has been given all messages up to the highest of these UIDs.
func (p *Pass) told(uids numset.Set) {
	if m := most(uids); p.lost == 0 && m < 1<<32-1 {
		p.state.UIDNext = max(p.state.UIDNext, m+1)
	}
}

// scan reads UIDs and flags of all messages from a sequence number on, in windows. It yields new messages and changed
// flags, and returns the UIDs that the server has sent. last is the UID of the message before first, or 0.
//
// Expunges shift sequence numbers. A server does not report them during FETCH (RFC 9051 §7.5.1), but between two
// windows the loop's body may send commands that let it. So each window begins with the last message of the one before.
// If that has moved, scan reads the rest by UID.
func (p *Pass) scan(ctx context.Context, first, last uint32) (numset.Set, error) {
	seen := numset.Of(numset.UID)
	for first <= p.view.Exists {
		from := first
		if last > 0 {
			from--
		}
		to := first + min(p.opts.Window-1, p.view.Exists-first)
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
		if end == 0 || end < most(v.uids) {
			if to >= p.view.Exists && p.lost == 0 {
				break // the last message is gone already; settle finds out whether others follow it
			}
			rest, err := p.readFrom(ctx, max(most(v.uids), last)+1)
			return seen.Union(rest), err
		}
		p.told(v.uids)
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
		// Some messages are gone, and the server may not have returned the others.
		if _, err := commands.Noop(p.s).Wait(ctx); err != nil {
			return err
		}
	}
}

func (p *Pass) fetchInto(ctx context.Context, v *view, set numset.Set, look func(*parser.Fetch), items ...fetch.Item) error {
	if err := p.here(); err != nil {
		return err
	}
	return p.gather(ctx, v, commands.Fetch(p.s, set, items...), look)
}

// gather enters the answers to a FETCH into v.
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
	if err := p.here(); err != nil {
		return numset.Set{}, err
	}
	var opts []search.Return
	if p.s.Caps().HasAny("ESEARCH|IMAP4REV2") {
		opts = append(opts, search.ReturnAll)
	}
	found, err := commands.Search(p.s, numset.UID, key, opts...).Wait(ctx)
	if (refused(err) || isUnable(err)) && len(opts) > 0 {
		found, err = commands.Search(p.s, numset.UID, key).Wait(ctx)
	}
	return found.Found, err
}
