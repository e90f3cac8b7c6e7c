package serve

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

func (c *Conn) getQuota() error {
	var a parser.GetQuotaArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	return c.reportQuotaOf(string(a.Root))
}

func (c *Conn) reportQuotaOf(root string) error {
	list, err := c.user.(QuotaHaver).Quota(c.command, root)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return no(parser.CodeNonExistent, "the quota root has no limits")
	}
	c.reportQuota(&parser.Quota{Root: []byte(root), Resources: list})
	return nil
}

func (c *Conn) reportQuota(q *parser.Quota) {
	c.out.Raw("* QUOTA ")
	q.Encode(&c.out)
	c.out.CRLF()
}

func (c *Conn) getQuotaRoot() error {
	return c.onMailbox(func(name string) error {
		roots, err := c.user.(QuotaHaver).QuotaRoots(c.command, name)
		if err != nil {
			return err
		}
		// QUOTAROOT must be followed by a QUOTA for each root, and a QUOTA has at least one resource (RFC 9208 §7).
		// So a root without limits is omitted.
		roots = slices.DeleteFunc(slices.Clone(roots), func(q parser.Quota) bool { return len(q.Resources) == 0 })
		out := parser.QuotaRoot{Mailbox: c.boxRaw(name)}
		for i := range roots {
			out.Roots = append(out.Roots, roots[i].Root)
		}
		c.out.Raw("* QUOTAROOT ")
		out.Encode(&c.out)
		c.out.CRLF()
		for i := range roots {
			c.reportQuota(&roots[i])
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
		if !slices.ContainsFunc(x.QuotaResources(), func(r string) bool { return strings.EqualFold(r, l.Resource) }) {
			return no(parser.CodeCannot, "no resource "+l.Resource)
		}
	}
	root := string(a.Root)
	if err := x.SetQuota(c.command, root, slices.Clone(a.Limits)); err != nil || len(a.Limits) == 0 {
		return err // QUOTA cannot be sent without a resource (RFC 9208 §7)
	}
	return c.reportQuotaOf(root)
}
