package resync

import (
	"context"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/session"
)

// glance is what a SELECT with QRESYNC has reported about a mailbox that is no longer open.
type glance struct {
	view *view
	box  session.Mailbox
}

// Glance asks for the changes of many mailboxes in one round trip, on the session that the passes share: it sends a
// SELECT with QRESYNC for each, without waiting for the answers. It yields nothing. If only flags have changed or
// messages are gone, All of such a pass then yields what Glance has found, and sends nothing. The mailbox is not open
// at that time, so the loop's body can send no commands about it. If there are new messages, or anything is unexpected,
// All opens the mailbox and asks as if there had been no Glance.
//
// Glance is for mailboxes that have changed according to LIST with STATUS (State.Unchanged) but have no new messages.
// It leaves out passes that cannot use QRESYNC. Its error comes from the session or from ctx; if the session lives, the
// passes can run all the same.
func Glance(ctx context.Context, passes ...*Pass) error {
	type asked struct {
		p      *Pass
		stream *session.Stream[commands.Changed]
	}
	var all []asked
	var enabling *session.Call[session.Caps]
	for _, p := range passes {
		if p.glance = nil; !p.byQResync() || len(all) > 0 && p.s != all[0].p.s {
			continue
		}
		if len(all) == 0 {
			qresync, call, err := p.enable(ctx)
			if err != nil {
				return err
			}
			if enabling = call; !qresync {
				return nil
			}
		}
		all = append(all, asked{p, p.selectChanges(commands.Chained())})
	}
	if enabling != nil {
		if _, err := enabling.Wait(ctx); err != nil && !refused(err) {
			return err
		}
	}
	for _, x := range all {
		x.p.lost = 0
		v, err := x.p.gatherChanges(ctx, x.stream)
		box := x.p.s.Mailbox()
		switch {
		case err == nil && box != nil:
			x.p.glance = &glance{v, box.Clone()}
		case x.p.s.Err() != nil:
			return x.p.s.Err()
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		// All will ask again, and return the error if it persists.
	}
	return nil
}

// suffices reports whether a glance contains everything that has changed.
func (p *Pass) suffices(g *glance) bool {
	st := &p.state
	if p.another(&g.box) || g.box.NoModSeq || g.box.HighestModSeq < st.ModSeq || g.box.UIDNext != st.UIDNext || g.view.lost > 0 {
		return false
	}
	left, _ := st.UIDs.Difference(g.view.gone).Len()
	return left == uint64(g.box.Exists) && g.view.uids.Difference(st.UIDs).Empty()
}

// tellGlance yields what a glance has found.
func (p *Pass) tellGlance(g *glance) error {
	p.how, p.view = ByQResync, nil
	if g.box.ID != "" {
		p.state.MailboxID = g.box.ID
	}
	if err := p.tellGone(g.view.gone); err != nil {
		return err
	}
	if err := p.tellDifference(g.view); err != nil {
		return err
	}
	p.state.ModSeq = g.box.HighestModSeq
	return nil
}
