package resync

import (
	"context"
	"errors"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// maxKnown is how long the list of known UIDs in SELECT may be; without it a server tells of those, too, that were never known. RFC 7162 §4
// wants servers to take lines of 8,192 octets.
const maxKnown = 4096

// open opens the mailbox by the best way that the server takes, and returns what it told meanwhile, by QRESYNC; else nil.
func (p *Pass) open(ctx context.Context) (*view, error) {
	qresync, err := p.enable(ctx)
	if err != nil {
		return nil, err
	}
	condstore := p.opts.Best >= ByCondStore && p.s.Caps().HasAny("CONDSTORE|QRESYNC")
	st := &p.state
	if qresync && st.ModSeq > 0 && st.UIDValidity > 0 && !st.UIDs.Empty() {
		v, err := p.openQResync(ctx)
		if !refused(err) {
			p.how = ByQResync
			return v, p.opened(err)
		}
	}
	if condstore {
		err := p.selects(ctx, commands.CondStore())
		if !refused(err) {
			p.how = ByCondStore
			return nil, p.opened(err)
		}
	}
	p.how = ByComparing
	return nil, p.opened(p.selects(ctx))
}

// opened notes what has been opened.
func (p *Pass) opened(err error) error {
	if err != nil {
		return err
	}
	if p.view = p.s.Mailbox(); p.view == nil {
		return ErrMoved
	}
	return nil
}

// refused reports whether a server has answered NO or BAD to what it may not understand. What says that the mailbox is not there, or not for this
// user, is final.
func refused(err error) bool {
	for _, code := range []parser.CodeName{parser.CodeNonExistent, parser.CodeNoPerm, parser.CodeCannot, parser.CodeInUse, parser.CodeUnavailable, parser.CodeLimit} {
		if errors.Is(err, code) {
			return false
		}
	}
	return errors.Is(err, parser.NO) || errors.Is(err, parser.BAD)
}

// enable turns QRESYNC on, which it must be before a mailbox is opened (RFC 7162 §3.2.3). Whether it is, the answer to ENABLE does not always say:
// there are servers whose list is empty and which take it.
func (p *Pass) enable(ctx context.Context) (bool, error) {
	s := p.s
	if p.opts.Best < ByQResync || !s.Caps().Has("QRESYNC") {
		return false, nil
	}
	if s.Enabled().Has("QRESYNC") {
		return true, nil
	}
	if s.State() == session.Selected && !s.Caps().Has("IMAP4REV2") {
		// RFC 5161 §3.1 has ENABLE before SELECT only.
		if !s.Caps().Has("UNSELECT") {
			return false, nil
		}
		if _, err := commands.Unselect(s).Wait(ctx); err != nil {
			return false, err
		}
	}
	if _, err := commands.Enable(s, "QRESYNC").Wait(ctx); refused(err) || isUnable(err) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return true, nil
}

// isUnable reports whether a command was not sent, as the server does not offer it.
func isUnable(err error) bool {
	var unable *session.CapabilityError
	return errors.As(err, &unable)
}

// selects opens the mailbox and takes nothing but the answer.
func (p *Pass) selects(ctx context.Context, opts ...commands.SelectOption) error {
	if p.opts.ReadOnly {
		_, err := commands.Examine(p.s, p.mailbox, opts...).Wait(ctx)
		return err
	}
	_, err := commands.Select(p.s, p.mailbox, opts...).Wait(ctx)
	return err
}

// openQResync opens the mailbox and gathers what is told of changes. Whether that is of the mailbox that the State is of, is known at the end.
func (p *Pass) openQResync(ctx context.Context) (*view, error) {
	r := commands.Resync{UIDValidity: p.state.UIDValidity, ModSeq: p.state.ModSeq, Known: p.state.UIDs}
	if len(r.Known.AppendTo(nil)) > maxKnown {
		r.Known = numset.Of(numset.UID)
	}
	v := newView(p.opts.MaxFlags)
	stream := commands.SelectChanges(p.s, p.mailbox, p.opts.ReadOnly, commands.QResync(r))
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
			v.gone = v.gone.Union(c.Vanished)
			continue
		}
		if err := p.take(v, c.Fetch); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// unreadable counts a response that could not be read, if that is what err says: the command goes on behind it.
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

// take enters a FETCH response. One without a UID is news about a message that is known by its number only; one without flags says nothing here.
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
