package serve

import "github.com/imapstack/imapstack/parser"

func (c *Conn) getACL() error {
	return c.onMailbox(func(name string) error {
		list, err := c.user.(ACLHaver).ACL(c.command, name)
		if err != nil {
			return err
		}
		out := parser.ACL{Mailbox: c.boxRaw(name), Entries: list}
		c.out.Raw("* ACL ")
		out.Encode(&c.out)
		c.out.CRLF()
		return nil
	})
}

func (c *Conn) setACL() error {
	var a parser.SetACLArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	return c.user.(ACLHaver).SetACL(c.command, c.box(a.Mailbox), a.Identifier, a.Op, parser.Rights(a.Rights).Modern())
}

func (c *Conn) deleteACL() error {
	var a parser.IdentifierArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	return c.user.(ACLHaver).DeleteACL(c.command, c.box(a.Mailbox), a.Identifier)
}

func (c *Conn) listRights() error {
	var a parser.IdentifierArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	name := c.box(a.Mailbox)
	required, optional, err := c.user.(ACLHaver).ListRights(c.command, name, a.Identifier)
	if err != nil {
		return err
	}
	out := parser.ListRights{Mailbox: c.boxRaw(name), Identifier: []byte(a.Identifier), Required: required, Optional: optional}
	c.out.Raw("* LISTRIGHTS ")
	out.Encode(&c.out)
	c.out.CRLF()
	return nil
}

func (c *Conn) myRights() error {
	return c.onMailbox(func(name string) error {
		rights, err := c.user.(ACLHaver).MyRights(c.command, name)
		if err != nil {
			return err
		}
		c.reportMyRights(name, rights)
		return nil
	})
}

func (c *Conn) reportMyRights(name string, rights parser.Rights) {
	out := parser.MyRights{Mailbox: c.boxRaw(name), Rights: rights}
	c.out.Raw("* MYRIGHTS ")
	out.Encode(&c.out)
	c.out.CRLF()
}
