package serve

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// serveNext serves one command. Its error ends the connection.
func (c *Conn) serveNext() (err error) {
	var head *parser.CommandHead
	// A shutdown does not interrupt a command that has arrived in part.
	c.mayRest = c.state != NotAuthenticated
	err = c.wait(c.pushes(), func() (err error) { head, err = c.cmds.NextHead(); return err }, func() error { return c.push(false) })
	if c.mayRest = false; err == errResting {
		c.readErr = nil
		return nil
	}
	if err == nil {
		err = c.cmds.Extend()
	}
	var bad *parser.BadCommand
	lateDone := c.doneMayFollow
	c.doneMayFollow = false
	switch {
	case errors.As(err, &bad):
		if lateDone && wire.EqualFold(bytes.TrimRight(c.cmds.Raw(), "\r\n"), "DONE") {
			return nil
		}
		return c.answerBad(bad)
	case err != nil:
		return c.sayWhyEnded(err)
	}
	return c.serveCommand(head)
}

// answerBad answers a command that could not be read.
func (c *Conn) answerBad(b *parser.BadCommand) error {
	if h := c.hooks.bad; h != nil {
		h.Unreadable(b)
	}
	var foreign *parser.ForeignError
	if errors.As(b, &foreign) {
		c.untagged("BYE " + clean(b.Text()))
		return b
	}
	r := &Reply{Status: parser.BAD, Text: b.Text()}
	var own *Reply
	var limit *wire.LimitError
	if errors.As(b, &own) {
		r = own
	} else if errors.As(b, &limit) && limit.What == "literal" {
		r = no(parser.CodeTooBig, "the literal is too big")
	}
	tag := string(b.Tag)
	if tag == "" {
		tag = "*"
	}
	c.answer(tag, b.Name, r)
	return c.afterCommand(nil)
}

// answer writes a tagged answer.
func (c *Conn) answer(tag, name string, r *Reply) {
	if c.bads++; r.Status != parser.BAD {
		c.bads = 0
	}
	if r.Text == "" {
		r.Text = name + " completed"
	}
	if h := c.hooks.answer; h != nil {
		h.Answered(name, r)
	}
	parser.EncodeStatus(&c.out, tag, r.Status, r.Code, clean(r.Text))
}

// serveCommand runs a command and writes its tagged answer.
func (c *Conn) serveCommand(h *parser.CommandHead) error {
	tag, name := string(h.Tag), h.String()
	began := time.Now()
	c.command, c.updatesReported, c.newReported = c.ctx, false, false
	c.removesMessages = h.Name == "EXPUNGE" || h.Name == "MOVE" || h.Name == "REPLACE"
	if d := c.srv.CommandTimeout; d > 0 && h.Name != "IDLE" {
		defer c.limitCommand(d)()
	}
	var err error
	if h := c.hooks.command; h != nil {
		if err = h.BeforeCommand(c.cmds.Head()); c.err != nil {
			return c.err
		}
	}
	cmd, ok := c.srv.Command(h.Name)
	switch {
	case err != nil:
	case !ok || cmd.Cap != "" && !c.has(cmd.Cap):
		err = badf("unknown command %s", name)
	case cmd.In&c.state == 0:
		err = c.wrongState(name, &cmd)
	default:
		if err = c.checkNumbers(h); err == nil {
			err = c.timedOut(cmd.Run(c))
		}
	}
	if c.err != nil {
		return c.err
	}
	switch {
	case errors.Is(err, errShutdown):
		return c.sayWhyEnded(err)
	case err != nil && c.readErr != nil:
		return c.sayWhyEnded(c.readErr)
	}
	r := &Reply{Status: parser.OK}
	if err != nil {
		var known bool
		if r, known = refusal(err); !known {
			c.log(slog.LevelError, "back end", "cmd", name, "err", err)
		}
	}
	if x := c.hooks.command; x != nil {
		x.Answer(h, r)
	}
	c.doneMayFollow = h.Name == "IDLE" && r.Status != parser.OK
	if err := c.beforeAnswer(h, &cmd, r); err != nil {
		c.log(slog.LevelError, "back end", "cmd", name, "err", err)
	}
	if c.err != nil {
		return c.err
	}
	c.answer(tag, name, r)
	c.lastActive = time.Now()
	c.log(slog.LevelDebug, "command", "cmd", name, "status", r.Status.String(), "took", time.Since(began))
	if r.Then != nil {
		if err := c.flush(); err != nil {
			return err
		}
		if err := r.Then(); err != nil {
			return err
		}
	}
	return c.afterCommand(h)
}

// warn sends an untagged NO, which says what has failed in a command that still succeeds (RFC 9051 §7.1.2). It logs err
// if the client gets no details.
func (c *Conn) warn(command string, err error) {
	r, known := refusal(err)
	if !known {
		c.log(slog.LevelError, "back end", "cmd", command, "err", err)
	}
	parser.EncodeStatus(&c.out, "*", parser.NO, r.Code, clean(r.Text))
}

// beforeAnswer writes the responses that come before the tagged answer to a command, such as those that report changes
// of the mailbox.
func (c *Conn) beforeAnswer(h *parser.CommandHead, cmd *Command, r *Reply) (err error) {
	may := cmd.Updates
	if may == UpdatesButExpunge && h.UID {
		may = UpdatesAll
	}
	if c.updatesReported {
		may = UpdatesNone
	}
	if x := c.hooks.updates; x != nil && c.view != nil {
		may = x.Updates(h, may, r)
	}
	if may == UpdatesDeferred {
		c.addExpungeIssued(h.Name, r)
		return nil
	}
	if may != UpdatesNone && c.view != nil {
		// The error is logged even if the command itself succeeded.
		err = c.reportUpdates(may == UpdatesAll)
	}
	c.reportDeleted()
	c.correctModSeq(r)
	c.addExpungeIssued(h.Name, r)
	return err
}

// wrongState says why a command is not allowed now.
func (c *Conn) wrongState(name string, cmd *Command) *Reply {
	switch {
	case c.state == NotAuthenticated:
		return badf("%s needs a user: LOGIN or AUTHENTICATE first", name)
	case cmd.In&LoggedIn == 0:
		return badf("%s is only allowed before the login", name)
	}
	return badf("%s needs an open mailbox: SELECT or EXAMINE one first", name)
}

// literal accepts or refuses a literal that a client is about to send.
func (c *Conn) literal(q *parser.LiteralRequest) error {
	if h := c.hooks.literal; h != nil {
		if err := h.Literal(q); err != nil {
			return err
		}
	}
	if !q.Sync && !c.has("LITERAL+") && !(c.has("LITERAL-") && q.Size <= 4096) {
		// RFC 7888 §5, §7.
		return badf("a literal of %d octets must be synchronizing", q.Size)
	}
	limit := int64(c.in.Limits().WithDefaults().Inline)
	if (q.Head.Name == "APPEND" || q.Head.Name == "REPLACE") && c.state&LoggedIn != 0 {
		limit = c.maxMessage()
	}
	if q.Size > limit {
		return no(parser.CodeTooBig, fmt.Sprintf("no more than %d octets", limit))
	}
	if q.Sync {
		if c.refused != nil {
			return c.refused
		}
		c.out.Raw("+ go on").CRLF()
		return c.flush()
	}
	return nil
}
