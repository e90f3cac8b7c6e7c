package serve

import (
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

func (c *Conn) idle() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	report := func() error {
		switch {
		case c.pushes():
			return c.push(true)
		case c.view == nil:
			return nil
		}
		c.newReported = false
		err := c.reportUpdates(true)
		c.reportDeleted()
		return err
	}
	c.out.Raw("+ idling").CRLF()
	if err := report(); err != nil {
		return err
	}
	if err := c.flush(); err != nil {
		return err
	}
	c.out = *wire.NewEncoder(c.mode()) // frees the buffer, which may be large and is not needed for some time
	if h := c.hooks.idle; h != nil {
		h.Idle(true)
		defer h.Idle(false)
	}
	c.lastActive = time.Now()
	c.in.Lean(true)
	defer c.in.Lean(false)
	return c.wait(true, c.cmds.ReadDone, report)
}
