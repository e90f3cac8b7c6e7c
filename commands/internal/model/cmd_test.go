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

	selected bool // it works on the mailbox that is open
	literal  bool // it has a literal, in which it can be cut
	seq      bool // it has sequence numbers
	reads    bool // it changes nothing
	saves    bool // it sets what $ means
	writes   bool // it changes what is in the mailbox that is open
	opens    *epoch
	epoch    *epoch   // the newest when it was started
	meant    []*epoch // those that it may be meant for
	gone     int      // view.gone when it was started
	after    int      // and when its outcome was known

	wait    func(context.Context) error
	loop    func(ctx context.Context, turn func() bool) error
	discard func()
	waiter  session.Waiter
	code    func() parser.Code
	again   func(context.Context) error // waits for it again, and looks whether the result is the same

	waited, busy, discarded, left, cancels bool
	err                                    error
	sectionErr                             error // of reading a section within a loop

	// exec does on the model what the command does, and returns how the server must answer, and what looks at the result, or nil. What has gone
	// before is known by then, but the result only if that was waited for.
	exec func(st *state) (parser.Status, func())
	// modified, if it is not nil, looks at the error of a STORE that must not have changed anything.
	modified func()
}

func (c *cmd) String() string { return fmt.Sprintf("[%s %s]", c.tag(), c.text) }

// fail is the run's, of this command.
func (c *cmd) fail(format string, args ...any) {
	c.r.fail("%v: %s", c, fmt.Sprintf(format, args...))
}

// whole reports whether the command's result was taken to the end.
func (c *cmd) whole() bool {
	return c.waited && c.err == nil && c.sectionErr == nil && !c.left && !c.discarded
}

// began adds a command to the run's.
func (r *run) began(c *cmd, format string, args ...any) *cmd {
	c.n, c.r, c.text = len(r.cmds)+1, r, fmt.Sprintf(format, args...)
	c.epoch, c.gone = r.epoch, r.view.gone
	// Where a SELECT has failed, or was given up, as the program knows, it may mean what was open before.
	for i := len(r.epochs) - 1; i >= 0; i-- {
		e := r.epochs[i]
		c.meant = append(c.meant, e)
		if by := e.by; by == nil || !by.waited || by.err == nil {
			break
		}
	}
	if by := r.epoch.by; by != nil && by.waited && by.err != nil {
		// And its error has told what is open.
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

// knows reports whether the program knows that the view is of the mailbox that is meant to be open: what its numbers mean.
func (r *run) knows() bool {
	by := r.epoch.by
	r.view.update()
	return by != nil && by.waited && by.err == nil && r.view.name == r.epoch.name && r.view.name != ""
}

// begins makes an epoch that a command begins.
func (r *run) begins(c *cmd, name string, ro bool) {
	e := &epoch{n: len(r.epochs), name: name, ro: ro, by: c}
	r.epochs = append(r.epochs, e)
	r.epoch, c.opens = e, e
}

// call makes a command of a call.
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
			c.fail("the result was %+v, and waited for again %+v", *out, v)
		}
		return err
	}
	return c
}

// stream makes a command of a stream; take is given each value, and returns what is wrong with it while the loop's body still has it.
func stream[T any](c *cmd, x *session.Stream[T], take func(*T), held func(*T) string) *cmd {
	c.tag, c.done, c.code, c.waiter = x.Tag, x.Done, x.Code, x
	c.loop = func(ctx context.Context, turn func() bool) (last error) {
		for v, err := range x.All(ctx) {
			if last != nil {
				c.fail("a turn after its error %v: %v, %v", last, v, err)
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
				c.fail("the value at hand was %s, and after the body %s", before, after)
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
			return c.err // left without an error
		}
		return x.Wait(ctx)
	}
	return c
}
