package model

import (
	"context"
	"fmt"
	"reflect"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// cmd is a command that a program has started.
type cmd struct {
	n    int
	text string
	r    *run
	tag  func() string
	done func() bool

	selected bool // it needs an open mailbox
	literal  bool // it sends a literal, and a cancelled wait may cut it off within the literal
	seq      bool // its arguments contain sequence numbers
	reads    bool // it changes nothing
	saves    bool // it sets the saved result, $
	writes   bool // it changes the open mailbox
	opens    *epoch
	epoch    *epoch   // the newest epoch when it was started
	meant    []*epoch // the epochs in whose mailboxes it may be executed
	gone     int      // view.gone when it was started
	after    int      // view.gone when its outcome was known

	wait    func(context.Context) error
	loop    func(ctx context.Context, turn func() bool) error
	discard func()
	waiter  session.Waiter
	code    func() parser.Code
	again   func(context.Context) error // waits again, and checks that the result is the same

	waited, busy, discarded, left, cancels bool
	err                                    error
	sectionErr                             error // from reading a section in the loop's body

	// exec executes the command on the model, on which all earlier commands have been executed. It returns the status
	// that the server must have answered with, and a function that checks the result, or nil. The function can check
	// only as much of the result as the program has read.
	exec func(st *state) (parser.Status, func())
	// modified, if not nil, checks the error of a STORE that must not have changed anything.
	modified func()
}

func (c *cmd) String() string { return fmt.Sprintf("[%s %s]", c.tag(), c.text) }

// fail reports a failure of this command.
func (c *cmd) fail(format string, args ...any) {
	c.r.fail("%v: %s", c, fmt.Sprintf(format, args...))
}

// whole reports whether the command's result was read to the end.
func (c *cmd) whole() bool {
	return c.waited && c.err == nil && c.sectionErr == nil && !c.left && !c.discarded
}

// began adds a command that has been started to the run.
func (r *run) began(c *cmd, format string, args ...any) *cmd {
	c.n, c.r, c.text = len(r.cmds)+1, r, fmt.Sprintf(format, args...)
	c.epoch, c.gone = r.epoch, r.view.gone
	// If the program knows that a SELECT has failed or was abandoned, the command may also be executed in the mailbox
	// that was open before.
	for i := len(r.epochs) - 1; i >= 0; i-- {
		e := r.epochs[i]
		c.meant = append(c.meant, e)
		if by := e.by; by == nil || !by.waited || by.err == nil {
			break
		}
	}
	if by := r.epoch.by; by != nil && by.waited && by.err != nil {
		// After the error, the program also knows which mailbox is open.
		for _, e := range r.epochs {
			if box := r.s.Mailbox(); box != nil && e.name == box.Name {
				c.meant = append(c.meant, e)
			}
		}
	}
	r.cmds = append(r.cmds, c)
	r.log("start %v", c)
	return c
}

// knows reports whether the program knows that the view shows the mailbox of the current epoch, so that it knows what
// sequence numbers mean.
func (r *run) knows() bool {
	by := r.epoch.by
	r.view.update()
	return by != nil && by.waited && by.err == nil && r.view.name == r.epoch.name && r.view.name != ""
}

// beginEpoch begins the epoch of a command that opens or closes a mailbox.
func (r *run) beginEpoch(c *cmd, name string, ro bool) {
	e := &epoch{n: len(r.epochs), name: name, ro: ro, by: c}
	r.epochs = append(r.epochs, e)
	r.epoch, c.opens = e, e
}

// call sets the functions of a cmd that is a call.
func call[T any](c *cmd, x *session.Call[T], out *T) *cmd {
	c.tag, c.done, c.code, c.waiter = x.Tag, x.Done, x.Code, x
	c.wait = func(ctx context.Context) (err error) {
		*out, err = x.Wait(ctx)
		return err
	}
	c.again = func(ctx context.Context) error {
		v, err := x.Wait(ctx)
		if !c.waited {
			*out = v
		} else if c.err == nil && !reflect.DeepEqual(v, *out) {
			c.fail("the first wait returned %+v, and a second one %+v", *out, v)
		}
		return err
	}
	return c
}

// stream sets the functions of a cmd that is a stream. stream calls take with each value. held returns the data of a
// value that must not change while the loop's body runs.
func stream[T any](c *cmd, x *session.Stream[T], take func(*T), held func(*T) string) *cmd {
	c.tag, c.done, c.code, c.waiter = x.Tag, x.Done, x.Code, x
	c.loop = func(ctx context.Context, turn func() bool) (last error) {
		for v, err := range x.All(ctx) {
			if last != nil {
				c.fail("the loop continued after the error %v: %v, %v", last, v, err)
			}
			if err != nil {
				last = err
				continue
			}
			take(v)
			before := held(v)
			if !turn() {
				break
			}
			if after := held(v); before != after {
				c.fail("the value was %s before the loop's body, and %s after it", before, after)
			}
		}
		return last
	}
	c.wait = func(ctx context.Context) error {
		if c.n%2 == 0 && !c.discarded {
			return c.loop(ctx, func() bool { return true })
		}
		c.discarded = true
		return x.Wait(ctx)
	}
	c.discard = x.Discard
	c.again = func(ctx context.Context) (err error) {
		if c.left {
			return c.err // the loop was left, without an error
		}
		return x.Wait(ctx)
	}
	return c
}
