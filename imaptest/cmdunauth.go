package imaptest

import (
	"github.com/imapstack/imapstack/parser"
)

// unauthenticate makes the connection what it was before login; TLS and compression stay (RFC 8437 §3).
func (c *conn) unauthenticate() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	return &reply{status: parser.OK, then: func() error {
		c.leave()
		c.endNotify()
		c.user, c.name, c.state = nil, "", notAuthenticated
		c.enabled, c.watching = map[string]bool{}, watching{}
		c.saved = nil
		c.out.Reset(c.mode())
		c.show("", "")
		return nil
	}}
}
