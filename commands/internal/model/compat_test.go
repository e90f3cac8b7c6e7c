package model

import (
	"context"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// What the session of today has not.

const hasOpened = false

func discard(any) {}

func told(h *session.Handler, opened func(*session.Mailbox), expunged func(uint32), vanished func(numset.Set)) {
	h.Expunge = expunged
	h.Vanished = func(uids numset.Set, earlier bool) {
		if !earlier {
			vanished(uids)
		}
	}
}

type waiter interface{}

func waitAll(ctx context.Context, list []waiter) error { return nil }

func keep(*session.Config, int64) {}
