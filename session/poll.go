package session

import (
	"context"
	"errors"
	"time"
)

// pollWait is how long Poll listens when nothing has been read that it could look at.
const pollWait = time.Millisecond

// Poll takes what the server has said, without sending a command: the mailbox view is brought up to date and
// the handler told. It returns when nothing more is there.
func (s *Session) Poll(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if s.err != nil {
		return s.err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	done := s.watch(ctx)
	defer done()
	defer s.link.setUntil(time.Time{})
	for {
		if s.held != nil {
			return ErrStreamOpen
		}
		s.link.setUntil(time.Now().Add(pollWait))
		p, r, err := s.read()
		switch {
		case errors.Is(err, errCut):
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			// What comes with the next Poll is of another row.
			s.idle = 0
			return nil
		case err != nil:
			return err
		case p != nil:
			s.held, s.heldBy = r, p
			return ErrStreamOpen
		}
	}
}
