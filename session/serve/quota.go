package serve

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
)

func (c *Conn) getQuota() error {
	var a parser.GetQuotaArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	return c.tellQuota(string(a.Root))
}

func (c *Conn) tellQuota(root string) error {
	list, err := c.user.(QuotaHaver).Quota(c.command, root)
	if err != nil {
		return err
	}
	out := parser.Quota{Root: []byte(root), Resources: list}
	c.out.Raw("* QUOTA ")
	out.Encode(&c.out)
	c.out.CRLF()
	return nil
}

func (c *Conn) getQuotaRoot() error {
	return c.onMailbox(func(name string) error {
		roots, err := c.user.(QuotaHaver).QuotaRoots(c.command, name)
		if err != nil {
			return err
		}
		out := parser.QuotaRoot{Mailbox: c.boxRaw(name)}
		for _, r := range roots {
			out.Roots = append(out.Roots, []byte(r))
		}
		c.out.Raw("* QUOTAROOT ")
		out.Encode(&c.out)
		c.out.CRLF()
		for _, r := range roots {
			if err := c.tellQuota(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *Conn) setQuota() error {
	var a parser.SetQuotaArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	x := c.user.(QuotaSetter)
	for _, l := range a.Limits {
		if !slices.Contains(x.QuotaResources(), l.Resource) {
			return no(parser.CodeCannot, "no resource "+l.Resource)
		}
	}
	root := string(a.Root)
	if err := x.SetQuota(c.command, root, slices.Clone(a.Limits)); err != nil {
		return err
	}
	return c.tellQuota(root)
}
