package imaptest

import (
	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
)

func (c *conn) getACL() error {
	return c.onMailbox(func(name string) error {
		list, err := c.user.ACL(name)
		if err != nil {
			return err
		}
		out := parser.ACL{Mailbox: c.boxRaw(name)}
		for _, e := range list {
			out.Entries = append(out.Entries, parser.ACLEntry{Identifier: []byte(e.Identifier), Rights: parser.Rights(e.Rights.String())})
		}
		c.out.Raw("* ACL ")
		out.Encode(c.out)
		c.out.CRLF()
		return nil
	})
}

func (c *conn) setACL() error {
	var a parser.SetACLArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	rights, err := store.ParseRights(a.Rights)
	if err != nil {
		return err
	}
	op := map[byte]store.ACLOp{0: store.ReplaceRights, '+': store.GrantRights, '-': store.RevokeRights}[a.Op]
	return c.user.SetACL(c.box(a.Mailbox), a.Identifier, op, rights)
}

func (c *conn) deleteACL() error {
	var a parser.IdentifierArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	return c.user.DeleteACL(c.box(a.Mailbox), a.Identifier)
}

func (c *conn) listRights() error {
	var a parser.IdentifierArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	name := c.box(a.Mailbox)
	always, optional, err := c.user.ListRights(name, a.Identifier)
	if err != nil {
		return err
	}
	out := parser.ListRights{Mailbox: c.boxRaw(name), Identifier: []byte(a.Identifier), Required: parser.Rights(always.String())}
	for _, r := range optional.String() { // with c and d, which each are tied to nothing (RFC 4314 §2.1.1)
		out.Optional = append(out.Optional, parser.Rights(r))
	}
	c.out.Raw("* LISTRIGHTS ")
	out.Encode(c.out)
	c.out.CRLF()
	return nil
}

func (c *conn) myRights() error {
	return c.onMailbox(func(name string) error {
		rights, err := c.user.Rights(name)
		if err != nil {
			return err
		}
		c.tellMyRights(name, rights)
		return nil
	})
}

func (c *conn) tellMyRights(name string, rights store.Rights) {
	out := parser.MyRights{Mailbox: c.boxRaw(name), Rights: parser.Rights(rights.String())}
	c.out.Raw("* MYRIGHTS ")
	out.Encode(c.out)
	c.out.CRLF()
}
