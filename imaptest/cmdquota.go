package imaptest

import (
	"math"
	"slices"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
)

func (c *conn) getQuota() error {
	var a parser.GetQuotaArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	return c.tellQuotaOf(string(a.Root))
}

func (c *conn) tellQuotaOf(root string) error {
	usage, err := c.user.Quota(root)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(usage, c.limited) {
		return no(parser.CodeNonExistent, "nothing is limited there")
	}
	c.tellQuota(root, usage)
	return nil
}

// limited reports whether a resource has a limit that can be told.
func (c *conn) limited(u store.Usage) bool {
	return u.Limit >= 0 && c.has("QUOTA=RES-"+u.Resource.String())
}

// tellQuota tells of the resources that are limited (RFC 9208 §4.2.1).
func (c *conn) tellQuota(root string, usage []store.Usage) {
	out := parser.Quota{Root: []byte(root)}
	for _, u := range usage {
		if c.limited(u) {
			out.Resources = append(out.Resources, parser.QuotaResource{Name: u.Resource.String(), Usage: uint64(u.Used), Limit: uint64(u.Limit)})
		}
	}
	if len(out.Resources) == 0 {
		return // RFC 9208 §7: one at least
	}
	c.out.Raw("* QUOTA ")
	out.Encode(c.out)
	c.out.CRLF()
}

func (c *conn) getQuotaRoot() error {
	return c.onMailbox(func(name string) error {
		roots, usage, err := c.user.QuotaRoots(name)
		if err != nil {
			return err
		}
		out := parser.QuotaRoot{Mailbox: c.boxRaw(name)}
		for i, r := range roots {
			// What limits nothing cannot be told by QUOTA, which has to follow.
			if slices.ContainsFunc(usage[i], c.limited) {
				out.Roots = append(out.Roots, []byte(r))
			}
		}
		c.out.Raw("* QUOTAROOT ")
		out.Encode(c.out)
		c.out.CRLF()
		for i, r := range roots {
			c.tellQuota(r, usage[i])
		}
		return nil
	})
}

func (c *conn) setQuota() error {
	var a parser.SetQuotaArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	limits := map[store.Resource]int64{}
	for _, l := range a.Limits {
		r, ok := store.ParseResource(l.Resource)
		if !ok || !c.has("QUOTA=RES-"+r.String()) {
			return no(parser.CodeCannot, "no resource "+l.Resource)
		}
		if l.Limit > math.MaxInt64>>10 {
			return no(parser.CodeLimit, "a quota as large as that")
		}
		limits[r] = int64(l.Limit)
	}
	if err := c.user.SetQuota(string(a.Root), limits); err != nil || len(limits) == 0 {
		return err // RFC 9208 §7: without a resource there is nothing to be told
	}
	return c.tellQuotaOf(string(a.Root))
}
