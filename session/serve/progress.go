package serve

import (
	"strconv"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// progress reports how far a command has got (RFC 9585), if it works on at least Server.Progress messages.
func (c *Conn) progress(done, total int) error {
	if least := c.srv.Progress; least <= 0 || total < least || !c.has("INPROGRESS") {
		return nil
	}
	e := wire.NewEncoder(wire.Mode{Server: true})
	e.StringBytes(c.cmds.Head().Tag)
	args := append([]byte("("), e.Bytes()...)
	args = strconv.AppendInt(append(args, ' '), int64(done), 10)
	args = append(strconv.AppendInt(append(args, ' '), int64(total), 10), ')')
	parser.EncodeStatus(&c.out, "*", parser.OK, parser.Code{Name: parser.CodeInProgress, Args: args}, "in progress")
	return c.flush()
}

// searches has the names of the commands that may read all messages of a mailbox.
var searches = map[string]bool{"SEARCH": true, "SORT": true, "THREAD": true}
