package serve

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// commandTimer ends the context of a command when the back end has taken longer than Server.CommandTimeout. It stands
// still while the connection reads from the client or writes to it.
type commandTimer struct {
	timer   *time.Timer
	left    time.Duration // how much time was left when the timer was last started
	started time.Time
}

// limitCommand gives the command a context that ends after d. The caller must call stop when the command has ended.
func (c *Conn) limitCommand(d time.Duration) (stop func()) {
	ctx, cancel := context.WithCancelCause(c.ctx)
	c.command = ctx
	c.timer = &commandTimer{time.AfterFunc(d, func() { cancel(context.DeadlineExceeded) }), d, time.Now()}
	return func() {
		c.timer.timer.Stop()
		c.timer = nil
		cancel(nil)
	}
}

// pause stops the timer until resume is called. It does nothing if t is nil or the time is over.
func (t *commandTimer) pause() {
	if t != nil && t.timer.Stop() {
		t.left -= time.Since(t.started)
	}
}

// resume starts the timer again.
func (t *commandTimer) resume() {
	if t != nil {
		t.started = time.Now()
		t.timer.Reset(max(t.left, 0))
	}
}

// timedOut returns err. If err wraps context.Canceled because the time of the command is over, the error that it
// returns also wraps context.DeadlineExceeded.
func (c *Conn) timedOut(err error) error {
	if errors.Is(err, context.Canceled) && context.Cause(c.command) == context.DeadlineExceeded {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}
