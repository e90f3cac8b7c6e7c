package resync

import (
	"context"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/session"
)

// glance is what the server answered to a SELECT with QRESYNC. The mailbox is no longer open.
type glance struct {
	view *view
	box  session.Mailbox
}

// Glance finds out in one round trip what has changed in many mailboxes. All passes must use the same session. Glance
// sends a SELECT with QRESYNC for each pass without waiting for the answers in between, and keeps the changes in the
// passes. The program then calls All on each pass.
//
// If flags have changed or messages are gone, but no message is new, All yields the changes that Glance has found, and
// sends nothing. Then the mailbox is not open, so the loop's body cannot send commands about it. If the mailbox has new
// messages, or Glance got an unexpected answer, All opens the mailbox and asks again.
//
// Glance is worthwhile for mailboxes that have changed but have no new messages. LIST with STATUS shows which mailboxes
// have changed (see State.Unchanged). Glance skips passes that cannot use QRESYNC. Its error comes from the session or
// from ctx. If the session is still open after an error, the passes work as if Glance had not been called.
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
		// The method All of this pass asks again, and yields the error if it occurs again.
	}
	return nil
}

// suffices reports whether g contains all changes of the mailbox.
func (p *Pass) suffices(g *glance) bool {
	st := &p.state
	if p.isAnotherMailbox(&g.box) || g.box.NoModSeq || g.box.HighestModSeq < st.ModSeq || g.box.UIDNext != st.UIDNext || g.view.lost > 0 {
		return false
	}
	left, _ := st.UIDs.Difference(g.view.gone).Len()
	return left == uint64(g.box.Exists) && g.view.uids.Difference(st.UIDs).Empty()
}

// tellGlance yields the changes in g.
func (p *Pass) tellGlance(g *glance) error {
	p.way, p.box = ByQResync, nil
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
