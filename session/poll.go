package session

import (
	"context"
	"errors"
	"time"
)

// pollWait is how long Poll waits for the next response.
const pollWait = time.Millisecond

// Poll reads what the server has sent, without sending a command: it updates the view of the mailbox and calls the
// handler. It returns when nothing more has arrived.
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
	s.startDriving()
	defer s.unwatch(s.watch(ctx, false))
	defer s.link.setPollEnd(time.Time{})
	for {
		// Poll also sends a literal that the server has asked for, and does not return before the literal has been
		// sent.
		if err := s.flush(); err != nil {
			return s.cutBy(ctx, err)
		}
		if s.writer == nil {
			s.link.setPollEnd(time.Now().Add(pollWait))
		} else {
			s.link.setPollEnd(time.Time{})
		}
		_, err := s.read(nil)
		switch {
		case errors.Is(err, errCut):
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			// Config.MaxUntagged limits the responses that arrive during one Poll, and not those of several together.
			s.unclaimed = 0
			return nil
		case err != nil:
			return err
		}
	}
}
