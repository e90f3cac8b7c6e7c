package commands

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// quotaNeeds has the capabilities of servers of RFC 2087 and of RFC 9208. A server of RFC 9208 need not announce QUOTA
// (RFC 9208 §3).
const quotaNeeds = "QUOTA|QUOTA=RES-STORAGE|QUOTA=RES-MESSAGE|QUOTA=RES-MAILBOX|QUOTA=RES-ANNOTATION-STORAGE"

// GetQuota asks for the limits and the usage of a quota root (RFC 9208 §4.1.1, RFC 2087 §4.2). The result is the
// caller's.
func GetQuota(s *session.Session, root string) *session.Call[parser.Quota] {
	cmd := session.Command{
		Name: "GETQUOTA", In: loggedIn, Needs: quotaNeeds,
		Args: func(e *wire.Encoder) { e.SP().AString(root) }, Answers: byName("QUOTA", root),
	}
	return oneResponse(s, cmd, "QUOTA", ofRoot(root), takeQuota)
}

// QuotaRoots has the quota roots of a mailbox, with the limits and usage of each. It is the caller's.
type QuotaRoots struct {
	Mailbox string
	Roots   []string       // the names of the roots, as the server has sent them
	Quotas  []parser.Quota // the limits and usage of the roots for which the server has sent them
}

// Quota returns the limits and usage of a root. It returns false if the server has not sent them.
func (q *QuotaRoots) Quota(root string) (parser.Quota, bool) {
	for _, x := range q.Quotas {
		if string(x.Root) == root {
			return x, true
		}
	}
	return parser.Quota{}, false
}

// GetQuotaRoot asks which quota roots apply to a mailbox, and for their limits and usage (RFC 9208 §4.1.2, RFC 2087
// §4.3). A mailbox without quota has no roots.
func GetQuotaRoot(s *session.Session, mailbox string) *session.Call[QuotaRoots] {
	out, got := &QuotaRoots{Mailbox: mailbox}, false
	roots := map[string]bool{}
	mine := func(d *wire.Decoder) bool {
		_, ok := takeQuotaRoot(s, d, mailbox)
		return ok
	}
	return session.Start(s, session.Command{
		Name: "GETQUOTAROOT", In: loggedIn, Needs: quotaNeeds,
		Args:    func(e *wire.Encoder) { parser.EncodeMailbox(e.SP(), mailbox) },
		Answers: append(byName("QUOTAROOT", mailbox), byPlace("QUOTA")...),
		Claim: func(r *response) bool {
			switch d := r.Decoder(); r.Name {
			case "QUOTAROOT":
				return !got && (mine(d) || d.Err() != nil)
			case "QUOTA":
				// Some servers send QUOTA before QUOTAROOT. A QUOTA for another root answers another command.
				return len(roots) == 0 || roots[string(d.AString())] || d.Err() != nil
			}
			return false
		},
		Data: func(r *response) error {
			if r.Name == "QUOTA" {
				q, err := takeQuota(r.Decoder())
				if err == nil {
					out.Quotas = append(out.Quotas, *q)
				}
				return err
			}
			got = true
			d := r.Decoder()
			x, ok := takeQuotaRoot(s, d, mailbox)
			if !ok {
				return d.Err()
			}
			for _, root := range x.Roots {
				out.Roots = append(out.Roots, string(root))
				roots[string(root)] = true
			}
			return nil
		},
		Done: func(*response) error {
			if len(roots) > 0 { // GreenMail sends QUOTA responses but names no roots
				out.Quotas = slices.DeleteFunc(out.Quotas, func(q parser.Quota) bool { return !roots[string(q.Root)] })
			}
			return answered(got, "GETQUOTAROOT")
		},
	}, out)
}

// takeQuotaRoot decodes a QUOTAROOT response. ok reports whether it is about mailbox. Some servers do not quote names
// that need quotes; takeQuotaRoot reads these too.
func takeQuotaRoot(s *session.Session, d *wire.Decoder, mailbox string) (x parser.QuotaRoot, ok bool) {
	from := d.Pos()
	if x.Decode(d) == nil && sameMailbox(s, x.Mailbox, mailbox) {
		return x, true
	}
	name := parser.AppendMailbox(nil, mailbox, s.Mode().UTF8)
	rest := d.Raw()[from:]
	if len(rest) <= len(name) || string(rest[:len(name)]) != string(name) || rest[len(name)] > ' ' {
		return x, false
	}
	end, err := d.Pos(), d.Err()
	d.Rewind(from + len(name))
	x.Mailbox, x.Roots = rest[:len(name):len(name)], nil
	for d.Err() == nil && d.GotSP() {
		x.Roots = append(x.Roots, d.AString())
	}
	if d.Err() != nil {
		d.Rewind(end)
		d.Fail(err)
	}
	return x, d.Err() == nil
}

// SetQuota sets the limits of a quota root (RFC 9208 §4.1.3, RFC 2087 §4.1). Resources that limits does not contain
// have no limit afterwards. The result is the root's quota, if the server sends it, or zero; it is the caller's.
//
// If the server announces resources by QUOTA=RES-, and limits contains another one, SetQuota fails before it sends an
// octet. Servers of RFC 2087 announce none; SetQuota sends them any resource.
func SetQuota(s *session.Session, root string, limits ...parser.ResourceLimit) *session.Call[parser.Quota] {
	const name = "SETQUOTA"
	caps := s.Caps()
	known := caps.Values("QUOTA=RES-")
	cmd := session.Command{Name: name, In: loggedIn, Needs: "QUOTA|QUOTASET", Answers: byName("QUOTA", root)}
	if len(known) > 0 {
		cmd.Needs = "QUOTASET"
	}
	for i, l := range limits {
		switch {
		case !wire.IsAtom(l.Resource):
			return session.Failed[parser.Quota](s, name, invalid("resource", l.Resource, "is not a name"))
		case l.Limit > 1<<63-1:
			return session.Failed[parser.Quota](s, name, invalid("limit of "+l.Resource, "", "exceeds 63 bits"))
		case len(known) > 0 && !slices.Contains(known, l.Resource):
			return session.Failed[parser.Quota](s, name, &session.CapabilityError{Command: name, Needs: "QUOTA=RES-" + l.Resource})
		}
		if slices.ContainsFunc(limits[:i], func(x parser.ResourceLimit) bool { return x.Resource == l.Resource }) {
			return session.Failed[parser.Quota](s, name, invalid("resource", l.Resource, "is named twice"))
		}
	}
	limits = slices.Clone(limits)
	args := parser.SetQuotaArgs{Root: []byte(root), Limits: limits}
	cmd.Args = args.Encode
	mine, out, got := ofRoot(root), new(parser.Quota), false
	cmd.Claim = func(r *response) bool { return !got && r.Name == "QUOTA" && mine(r.Decoder()) }
	cmd.Data = func(r *response) error {
		got = true
		q, err := takeQuota(r.Decoder())
		*out = *q
		return err
	}
	return session.Start(s, cmd, out)
}

// ofRoot returns a function that reports whether a QUOTA is about the root.
func ofRoot(root string) func(*wire.Decoder) bool {
	return func(d *wire.Decoder) bool { return string(d.AString()) == root }
}

func takeQuota(d *wire.Decoder) (*parser.Quota, error) {
	var x parser.Quota
	err := x.Decode(d)
	return x.Clone(), err
}
