package model

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// settle makes the model execute the commands that the server has received, and compares the results.
func (r *run) settle(st *state) {
	received := map[string]imaptest.Received{}
	var order []string
	for _, x := range r.srv.Received() {
		if _, twice := received[x.Tag]; twice {
			r.fail("the tag %s was sent twice", x.Tag)
		}
		received[x.Tag] = x
		order = append(order, x.Tag)
	}
	byTag := map[string]*cmd{}
	for _, c := range r.cmds {
		tag := c.tag()
		x, sent := received[tag]
		if tag == "" || !sent {
			r.unsent(st, c)
			continue
		}
		byTag[tag] = c
		if session.SafeToRetry(c.err) {
			c.fail("claims not to have been sent: %v; but the server has answered %v", c.err, x.Status)
		}
	}
	last := 0
	for _, tag := range order {
		c := byTag[tag]
		if c == nil {
			continue // the command was sent before the program began, to open the session
		}
		if c.n < last {
			c.fail("was sent after a command that was started later")
		}
		// The program may have started commands after the previous command that was sent and before this one. They were
		// refused, and not sent. Whether the refusals are right depends on the mailbox that was open at that time.
		for n := last; n < c.n-1; n++ {
			if q := r.cmds[n]; byTag[q.tag()] == nil {
				r.refused(st, q)
			}
		}
		last = c.n
		r.executed(st, c, received[tag])
	}
	for n := last; n < len(r.cmds); n++ {
		if q := r.cmds[n]; byTag[q.tag()] == nil {
			r.refused(st, q)
		}
	}
	r.ended(st)
}

// executed makes the model execute a command that the server has received, and checks the command's result.
func (r *run) executed(st *state, c *cmd, x imaptest.Received) {
	if x.Status == 0 {
		// The session has ended before the server received the whole command.
		if c.err == nil {
			c.fail("ended without an error, but the server has not answered")
		}
		return
	}
	forced := x.Status == parser.BAD && c.opens != nil && r.p.Bad > 0
	due, look := parser.BAD, (func())(nil)
	switch {
	case forced:
		// The mailbox that was open stays open.
	case c.selected && st.epoch == nil || c.selected && st.epoch.name == "":
		if c.epoch.name == "" && c.err == nil {
			c.fail("was sent while no mailbox was meant to be open")
		}
	default:
		if c.selected && !slices.Contains(c.meant, st.epoch) {
			if c.reads && c.err != nil {
				// The command was sent together with a SELECT that has failed, and its result was discarded.
				break
			}
			c.fail("was meant for %q (%d), but worked on %q (%d)", c.epoch.name, c.epoch.n, st.epoch.name, st.epoch.n)
		}
		due, look = c.exec(st)
	}
	if due == parser.BAD && c.selected && c.reads && c.err != nil {
		due = 0
	}
	if due != 0 && x.Status != due {
		c.fail("was answered %v, and not %v", x.Status, due)
		return
	}
	var e *session.Error
	switch {
	case c.err == nil && x.Status != parser.OK && !c.left:
		c.fail("ended without an error, and the server has answered %v", x.Status)
	case errors.As(c.err, &e) && e.Status != x.Status && !(e.Command == "" && r.s.Err() != nil):
		c.fail("ended with %v, and the server has answered %v", c.err, x.Status)
	case e != nil && e.Command != "" && e.Code.Name != c.code().Name:
		c.fail("ended with %v, and its code is %v", c.err, c.code())
	case c.modified != nil:
		c.modified()
	case c.err != nil && e == nil:
		r.judge(st, c, x.Status == parser.OK)
	}
	if look != nil && (c.err == nil || c.loop != nil) && x.Status == parser.OK && (c.err == nil || !wrongEpoch(c.err)) {
		look()
	}
}

// cutShort reports whether the command failed because the program cancelled the wait for it.
func (r *run) cutShort(c *cmd) bool {
	for _, err := range []error{errOctets, errTime, errAtOnce, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(c.err, err) {
			return c.cancels
		}
	}
	return false
}

// judge checks an error that does not come from the server.
func (r *run) judge(st *state, c *cmd, ok bool) {
	switch {
	case r.cutShort(c):
	case r.s.Err() != nil && (errors.Is(c.err, session.ErrCut) || errors.Is(c.err, session.ErrClosed) || errors.Is(c.err, r.s.Err())):
	case wrongEpoch(c.err):
		// A command that only reads may have been sent together with the SELECT of its mailbox, and the SELECT has
		// failed.
		if !r.lost(st, c) {
			c.fail("%v; but its mailbox was open", c.err)
		}
	case errors.Is(c.err, parser.CodeExpungeIssued):
		// The second client has removed some of its messages, and the server has not reported that to the program
		// yet.
		if r.p.Others == 0 {
			c.fail("%v; but none is gone", c.err)
		}
	case overKept(c.err):
		if r.p.Keep == 0 && r.p.Inline == 0 {
			c.fail("%v", c.err)
		}
	default:
		c.fail("ended with %v", c.err)
	}
}

// lost reports whether the mailbox of a command's epoch is not open on the server, or the command that was to open it
// has failed.
func (r *run) lost(st *state, c *cmd) bool {
	by := c.epoch.by
	return st.epoch != c.epoch || by != nil && by.err != nil
}

// unsent checks a command that the server has not received.
func (r *run) unsent(st *state, c *cmd) {
	if c.err == nil && !c.left {
		c.fail("ended without an error, but was never sent")
	}
}

// refused checks the error of a command that was not sent. The model is in the state in which the command would have
// been executed.
func (r *run) refused(st *state, c *cmd) {
	var state *session.StateError
	switch {
	case c.err == nil:
	case r.cutShort(c):
	case r.s.Err() != nil:
	case stale(c.err):
		if !c.seq || r.view.gone == c.gone {
			c.fail("%v; but nothing is gone", c.err)
		}
	case wrongEpoch(c.err):
		if !r.lost(st, c) {
			c.fail("%v; but its mailbox was open", c.err)
		}
	case errors.As(c.err, &state):
		if c.selected && c.epoch.name != "" && !r.lost(st, c) {
			c.fail("%v; but its mailbox was open", c.err)
		}
	default:
		c.fail("was not sent, and ended with %v", c.err)
	}
}

// ended checks the session, its view and the mailboxes at the end.
func (r *run) ended(st *state) {
	if err := r.s.Err(); err != nil {
		// The session may end only if the program has cancelled the wait for a command whose literal was announced, but
		// not sent to its end.
		cut := func(c *cmd) bool { return c.literal && c.cancels && c.err != nil && !session.SafeToRetry(c.err) }
		if !errors.Is(err, session.ErrCut) || !slices.ContainsFunc(r.cmds, cut) {
			r.fail("the session has ended: %v", err)
		}
	}
	if names := r.srv.Mailboxes("alice"); fmt.Sprint(names) != fmt.Sprint(st.names()) {
		r.fail("the mailboxes are %v, and not %v", names, st.names())
		return
	}
	for _, name := range st.names() {
		m := st.boxes[name]
		var here, due []string
		n := 0
		for x := range r.srv.Mailbox("alice", name).Messages() {
			n++
			if r.others.has(name, x.UID) {
				continue
			}
			subject, _, _ := cutLine(x.Body)
			here = append(here, fmt.Sprintf("%d %s %v", x.UID, subject, flagsOf(x.Flags).names()))
		}
		for _, x := range m.list {
			subject, _, _ := cutLine(r.contents[x.content])
			due = append(due, fmt.Sprintf("%d %s %v", x.uid, subject, x.flags.names()))
		}
		if fmt.Sprint(here) != fmt.Sprint(due) {
			r.fail("%s contains\n      %v, and should contain\n      %v", name, here, due)
		}
		if st.epoch != nil && st.epoch.name == name && r.s.Err() == nil {
			r.compareView(name, n)
		}
	}
	if box := r.s.Mailbox(); box != nil && r.s.Err() == nil && (st.epoch == nil || st.epoch.name != box.Name) {
		r.fail("the session has %q open, and the server %+v", box.Name, st.epoch)
	}
}

// compareView compares the session's view with the server's mailbox.
func (r *run) compareView(name string, n int) {
	box := r.s.Mailbox()
	switch {
	case box == nil:
		r.fail("%q is open, but the session has none", name)
		return
	case box.Name != name:
		r.fail("%q is open, but the session has %q", name, box.Name)
		return
	case int(box.Exists) != n:
		r.fail("%q has %d messages, and the session's view %d", name, n, box.Exists)
	}
	i := 0
	for x := range r.srv.Mailbox("alice", name).Messages() {
		if i < len(r.view.list) && r.view.list[i] != 0 && r.view.list[i] != x.UID && int(box.Exists) == n {
			r.fail("message %d of %s is UID %d, and the view has %d", i+1, name, x.UID, r.view.list[i])
		}
		i++
	}
}

func cutLine(b []byte) (line string, rest []byte, ok bool) {
	for i, c := range b {
		if c == '\r' {
			return string(b[:i]), b[i:], true
		}
	}
	return string(b), nil, false
}

// wrongEpoch, stale and overKept report whether an error is of a certain type of package session.
func wrongEpoch(err error) bool { return isType(err, "*session.MailboxError") }
func stale(err error) bool      { return isType(err, "*session.StaleError") }
func overKept(err error) bool {
	var limit *wire.LimitError
	return isType(err, "*session.KeptError") || errors.As(err, &limit) || errors.Is(err, io.ErrShortBuffer)
}

func isType(err error, name string) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if fmt.Sprintf("%T", err) == name {
			return true
		}
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			return slices.ContainsFunc(many.Unwrap(), func(e error) bool { return isType(e, name) })
		}
	}
	return false
}
