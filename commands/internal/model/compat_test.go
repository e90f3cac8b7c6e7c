package model

import (
	"context"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

const hasOpened = true

func discard(x any) { x.(interface{ Discard() }).Discard() }

func told(h *session.Handler, opened func(*session.Mailbox), expunged func(uint32), vanished func(numset.Set)) {
	h.Opened = opened
	h.Gone = func(g session.Gone) {
		switch {
		case g.Seq != 0:
			expunged(g.Seq)
		case !g.Earlier:
			vanished(g.UIDs)
		}
	}
}

type waiter = session.Waiter

func waitAll(ctx context.Context, list []waiter) error { return session.WaitAll(ctx, list...) }

func keep(cfg *session.Config, n int64) { cfg.MaxKept = n }
