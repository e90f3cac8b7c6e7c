package imaptest

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/wire"
)

// Package serve calls the methods of this file, which implement its interfaces.

// Start is called when the connection begins.
func (c *conn) Start(*serve.Conn) { c.faultsAtStart() }

// Greeting returns the greeting, or the error for which the connection is refused.
func (c *conn) Greeting() (string, error) {
	if c.full {
		return "", no(parser.CodeUnavailable, "too many connections")
	}
	return c.srv.greeting(), c.faultsAtGreeting()
}

// Reader notes the reader from which package serve reads commands from now on, and sets the reader's rules.
func (c *conn) Reader(r *parser.CommandReader) {
	c.cmds = r
	c.tolerance()
}

// BeforeRead is called before package serve waits for the client.
func (c *conn) BeforeRead(command bool) {
	c.batch.reading = command
	c.beforeWait()
	c.batch.reading = false
}

// BeforeCommand notes a command, and applies the faults that come before it.
func (c *conn) BeforeCommand(h *parser.CommandHead) error {
	c.receive(h.Tag, h.String(), true)
	c.join(h)
	if r := c.faultsBefore(h); r != nil {
		return r
	}
	return nil
}

// Unreadable notes a command that could not be read.
func (c *conn) Unreadable(b *parser.BadCommand) {
	var foreign *parser.ForeignError
	if errors.As(b, &foreign) {
		c.deliver()
		return
	}
	c.joinBad()
	c.receive(b.Tag, b.Name, false)
}

// Answer changes the answer if a fault or an option asks for it.
func (c *conn) Answer(h *parser.CommandHead, r *serve.Reply) {
	c.addCode(h, r)
	if c.faults != nil && c.faults.late != nil {
		then := r.Then
		*r = *c.faults.late
		r.Then = then
	}
}

// Answered records the status of an answer, and what the client did wrong in the command.
func (c *conn) Answered(name string, r *serve.Reply) {
	c.commands++
	c.srv.history.answered(c.entry, r.Status, c.takeSlips(name, r))
}

// AfterCommand is called after a command, or after the greeting with nil for h. It applies the faults that come then,
// and ends the connection if it has sent too many commands.
func (c *conn) AfterCommand(h *parser.CommandHead) error {
	if h != nil {
		if err := c.release(); err != nil {
			return err
		}
	}
	if err := c.faultsAfter(); err != nil {
		return err
	}
	if most := c.srv.opt.guard.commands; most > 0 && c.commands >= most {
		c.m.Bye("too many commands")
	}
	return nil
}

// Args checks the names of mailboxes and the events in the arguments of a command, and notes whether the command saves
// a search result.
func (c *conn) Args(args any) error {
	switch a := args.(type) {
	case *parser.SearchArgs:
		c.saves(&a.Return)
	case *parser.SortArgs:
		c.saves(&a.Return)
	case *parser.MultiSearchArgs:
		c.saves(&a.Return)
	case *parser.NotifyArgs:
		if err := c.bothEvents(a); err != nil {
			return err
		}
	}
	return c.checkNames(args)
}

// bothEvents adds MessageNew or MessageExpunge to each group that has only the other one. A client must ask for both
// together (RFC 5465 §5), so a strict server refuses the command instead.
func (c *conn) bothEvents(a *parser.NotifyArgs) error {
	for i := range a.Groups {
		g := &a.Groups[i]
		has := func(name string) bool {
			return slices.ContainsFunc(g.Events, func(e parser.Event) bool { return e.Name == name })
		}
		if has(parser.EventMessageNew) == has(parser.EventMessageExpunge) {
			continue
		}
		if err := c.slip("MessageNew and MessageExpunge go together"); err != nil {
			return err
		}
		for _, name := range []string{parser.EventMessageNew, parser.EventMessageExpunge} {
			if !has(name) {
				g.Events = append(g.Events, parser.Event{Name: name})
			}
		}
	}
	return nil
}

// saves notes that a search with SAVE changes the saved result, "$".
func (c *conn) saves(r *parser.SearchReturn) {
	if r.Save {
		c.batch.changes(touchMessages)
	}
}

// Literal refuses a literal that the client is about to send if a fault asks for that. Before the client gets "+",
// Literal delivers the responses that were held back.
func (c *conn) Literal(q *parser.LiteralRequest) error {
	if err := c.refusedLiteral(q); err != nil {
		return err
	}
	if q.Sync {
		return c.deliver()
	}
	return nil
}

// Whole reports whether package serve must pass the whole answer to Respond in one call, because faults change it.
func (c *conn) Whole() bool { return c.changing() }

// Respond changes responses, or holds them back, as faults and the order of answers (see WithOrder) require.
func (c *conn) Respond(segs []wire.Segment) (asTheyAre bool, err error) {
	switch {
	case c.changing():
		flat, err := flatten(segs)
		if err != nil {
			return false, err
		}
		return false, c.putChanged(flat)
	case c.batch.holding:
		flat, err := flatten(segs)
		if err != nil {
			return false, err
		}
		return false, c.put(flat)
	}
	return true, nil
}

// flatten returns the octets of segments.
func flatten(segs []wire.Segment) (flat []byte, err error) {
	for _, seg := range segs {
		flat = append(flat, seg.Bytes...)
		if seg.Body != nil {
			b, err := io.ReadAll(io.LimitReader(seg.Body, seg.Size))
			if err != nil {
				return nil, err
			}
			flat = append(flat, b...)
		}
	}
	return flat, nil
}

// Idle notes that the connection enters or leaves IDLE.
func (c *conn) Idle(on bool) { c.srv.idling(c, on) }

// Capabilities offers APPENDLIMIT without a number, because mailboxes have limits of their own (RFC 7889 §3).
func (c *conn) Capabilities(names []string) []string {
	for i, name := range names {
		if strings.HasPrefix(name, "APPENDLIMIT=") {
			names[i] = "APPENDLIMIT"
		}
	}
	return names
}

// End sends the responses that were held back.
func (c *conn) End() {
	c.deliver()
	c.sendHeldTagged()
}

// Panicked reports a panic to the test, or panics again.
func (c *conn) Panicked(v any, stack []byte) {
	tell := c.srv.opt.guard.onPanic
	if tell == nil {
		panic(v)
	}
	c.faults = nil
	tell(v, stack)
}
