package resync

import (
	"context"
	"errors"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// maxKnown is the greatest length, in octets, of the list of known UIDs in SELECT. A longer list is left out. Without
// the list, a server also reports the expunge of messages that the client has never seen. RFC 7162 §4 recommends lines
// of at most 8,192 octets.
const maxKnown = 4096

// open opens the mailbox with the best method that the server accepts. With QRESYNC it returns the changes that the
// server reported with its answer, otherwise nil.
func (p *Pass) open(ctx context.Context) (*view, error) {
	qresync, enabling, err := p.enable(ctx)
	if err != nil {
		return nil, err
	}
	v, err := p.openBest(ctx, qresync)
	if enabling != nil {
		// A refusal of ENABLE is not an error: the server has then refused the SELECT with QRESYNC too, and openBest
		// has used another method.
		if _, e := enabling.Wait(ctx); err == nil && e != nil && !refused(e) {
			err = e
		}
	}
	return v, err
}

// openBest tries one method after another, the best first.
func (p *Pass) openBest(ctx context.Context, qresync bool) (*view, error) {
	condstore := p.opts.Best >= ByCondStore && p.s.Caps().HasAny("CONDSTORE|QRESYNC")
	if qresync && p.byQResync() {
		v, err := p.openQResync(ctx)
		if !refused(err) {
			p.way = ByQResync
			return v, p.opened(err)
		}
	}
	if condstore {
		err := p.selectMailbox(ctx, commands.CondStore())
		if !refused(err) {
			p.way = ByCondStore
			return nil, p.opened(err)
		}
	}
	p.way = ByComparing
	return nil, p.opened(p.selectMailbox(ctx))
}

// byQResync reports whether the State has what a SELECT with QRESYNC needs.
func (p *Pass) byQResync() bool {
	return p.state.ModSeq > 0 && p.state.UIDValidity > 0 && !p.state.UIDs.Empty()
}

// opened records the mailbox that has been opened, and checks how many messages it has.
func (p *Pass) opened(err error) error {
	if err == nil && p.s.Mailbox() == nil {
		err = ErrMoved
	}
	if err != nil {
		p.way = 0
		return err
	}
	p.box = p.s.Mailbox()
	if n := int64(p.box.Exists); n > int64(p.opts.MaxMessages) {
		return &wire.LimitError{What: "messages", Limit: int64(p.opts.MaxMessages), Size: n}
	}
	return nil
}

// refused reports whether a server has answered NO or BAD to a command that it may not understand. If the response
// code says that the mailbox does not exist, or cannot be opened by this user or at this time, refused returns false,
// because another command would fail too.
func refused(err error) bool {
	for _, code := range []parser.CodeName{parser.CodeNonExistent, parser.CodeNoPerm, parser.CodeCannot, parser.CodeInUse, parser.CodeUnavailable, parser.CodeLimit} {
		if errors.Is(err, code) {
			return false
		}
	}
	return errors.Is(err, parser.NO) || errors.Is(err, parser.BAD)
}

// enable starts ENABLE QRESYNC before the mailbox is opened, as RFC 7162 §3.2.3 requires, and reports whether QRESYNC
// can be tried. ENABLE is sent together with the SELECT. The answer to SELECT is the more reliable one: some servers
// answer ENABLE with an empty list although they have enabled QRESYNC.
func (p *Pass) enable(ctx context.Context) (bool, *session.Call[session.Caps], error) {
	s := p.s
	if p.opts.Best < ByQResync || !s.Caps().Has("QRESYNC") {
		return false, nil, nil
	}
	if s.Enabled().Has("QRESYNC") {
		return true, nil, nil
	}
	if !s.Caps().Has("ENABLE") {
		return false, nil, nil
	}
	if s.State() == session.Selected && !s.Caps().Has("IMAP4REV2") {
		// RFC 5161 §3.1 allows ENABLE only before SELECT.
		if !s.Caps().Has("UNSELECT") {
			return false, nil, nil
		}
		if _, err := commands.Unselect(s).Wait(ctx); err != nil {
			return false, nil, err
		}
	}
	return true, commands.Enable(s, "QRESYNC"), nil
}

// isUnsupported reports whether a command was not sent because the server does not offer it.
func isUnsupported(err error) bool {
	var unable *session.CapabilityError
	return errors.As(err, &unable)
}

// selectMailbox opens the mailbox. If the State knows nothing about it, selectMailbox asks for the first messages at
// the same time, which saves a round trip.
func (p *Pass) selectMailbox(ctx context.Context, opts ...commands.SelectOption) error {
	selecting := commands.Select
	if p.opts.ReadOnly {
		selecting = commands.Examine
	}
	p.first = nil
	call := selecting(p.s, p.mailbox, opts...)
	var stream *session.Stream[parser.Fetch]
	if p.state.fresh() {
		stream = commands.Fetch(p.s, numset.Span(numset.UID, 1, p.opts.Window), fetch.UID, fetch.Flags)
	}
	_, err := call.Wait(ctx)
	if stream == nil {
		return err
	}
	if err != nil {
		stream.Wait(ctx) // the server has refused the FETCH as well
		return err
	}
	v := newView(p.opts.MaxFlags)
	switch err := p.gather(ctx, v, stream, nil); {
	case refused(err) || v.lost > 0:
		p.lost = 0 // the pass reads the messages again, in windows
	case err != nil:
		return err
	default:
		p.first = v
	}
	return nil
}

// firstMessages returns the messages that selectMailbox has fetched, and their number, if they are the first messages
// of the mailbox without a gap. Otherwise it returns none: a server may have left some out, or have sent others
// unasked.
func (p *Pass) firstMessages() (*view, uint32) {
	v := p.first
	if p.first = nil; v != nil {
		n, _ := v.uids.Len()
		if m := uint64(highest(v.uids)); n > 0 && (n == uint64(p.box.Exists) || n == m && m == uint64(p.opts.Window)) {
			return v, uint32(n)
		}
	}
	return newView(p.opts.MaxFlags), 0
}

// openQResync opens the mailbox and gathers the changes that the server reports. Perhaps the mailbox is not the one
// that the State describes; the caller can check this after the command has ended.
func (p *Pass) openQResync(ctx context.Context) (*view, error) {
	return p.gatherChanges(ctx, p.selectChanges())
}

// selectChanges starts a SELECT that asks for all changes that the State does not include.
func (p *Pass) selectChanges(opts ...commands.SelectOption) *session.Stream[commands.Changed] {
	r := commands.Resync{UIDValidity: p.state.UIDValidity, ModSeq: p.state.ModSeq, Known: p.state.UIDs}
	if len(r.Known.AppendTo(nil)) > maxKnown {
		r.Known = numset.Of(numset.UID)
	}
	return commands.SelectChanges(p.s, p.mailbox, p.opts.ReadOnly, append(opts, commands.QResync(r))...)
}

// gatherChanges gathers the answers to selectChanges.
func (p *Pass) gatherChanges(ctx context.Context, stream *session.Stream[commands.Changed]) (*view, error) {
	v := newView(p.opts.MaxFlags)
	for c, err := range stream.All(ctx) {
		switch {
		case err != nil && p.unreadable(v, err):
			continue
		case err != nil:
			return nil, err
		case c.Closed:
			v = newView(p.opts.MaxFlags)
			continue
		case c.Fetch == nil:
			v.vanished(c.Vanished)
			continue
		}
		if err := p.take(v, c.Fetch); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// unreadable reports whether err is about a single response that could not be read, and counts that response. The
// command continues after such an error.
func (p *Pass) unreadable(v *view, err error) bool {
	if !unreadable(p.s, err) {
		return false
	}
	v.lost++
	p.lost++
	return true
}

func unreadable(s *session.Session, err error) bool {
	var limit *wire.LimitError
	var syntax *wire.SyntaxError
	return (errors.As(err, &syntax) || errors.As(err, &limit)) && s.Err() == nil
}

// take adds a FETCH response to v. It ignores a response without a UID, which the server sends unasked when flags
// change, and a response without flags.
func (p *Pass) take(v *view, m *parser.Fetch) error {
	if v.count++; v.count > p.opts.MaxMessages {
		return &wire.LimitError{What: "messages", Limit: int64(p.opts.MaxMessages), Size: int64(v.count)}
	}
	if m.UID == 0 || m.Flags == nil {
		if m.Err() != nil {
			v.lost++
			p.lost++
		}
		return nil
	}
	return v.add(m.UID, m.Flags)
}
