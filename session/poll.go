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
	if ctx == nil {
		return errNoContext
	}
	err := s.enter()
	if err != nil {
		return err
	}
	defer s.leave()
	if s.err != nil {
		return s.err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	_, done := s.watch(ctx, false)
	defer done()
	defer s.link.setUntil(time.Time{})
	for {
		// A literal that is due, and has been asked for, is sent from here, too; until that has ended, silence is no end.
		if err := s.flush(); err != nil {
			return s.cutBy(ctx, err)
		}
		if s.writer == nil {
			s.link.setUntil(time.Now().Add(pollWait))
		} else {
			s.link.setUntil(time.Time{})
		}
		_, err := s.read(nil)
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
		}
	}
}
