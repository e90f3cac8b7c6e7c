package commands

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// quotaNeeds is the capability of servers of RFC 2087 or of RFC 9208. The latter need not announce QUOTA (RFC 9208 §3).
const quotaNeeds = "QUOTA|QUOTA=RES-STORAGE|QUOTA=RES-MESSAGE|QUOTA=RES-MAILBOX|QUOTA=RES-ANNOTATION-STORAGE"

// GetQuota asks what a quota root allows, and how much of it is used (RFC 9208 §4.1.1, RFC 2087 §4.2). The result is
// the caller's.
func GetQuota(s *session.Session, root string) *session.Call[parser.Quota] {
	cmd := session.Command{
		Name: "GETQUOTA", In: loggedIn, Needs: quotaNeeds,
		Args: func(e *wire.Encoder) { e.SP().AString(root) }, Answers: byName("QUOTA", root),
	}
	return one(s, cmd, "QUOTA", ofRoot(root), takeQuota)
}

// QuotaRoots holds the quota roots of a mailbox, and what each allows. It is the caller's.
type QuotaRoots struct {
	Mailbox string
	Roots   []string       // their names, as the server sent them
	Quotas  []parser.Quota // of the roots whose quota the server sent
}

// Quota returns what a root allows, and whether the server sent that.
func (q *QuotaRoots) Quota(root string) (parser.Quota, bool) {
	for _, x := range q.Quotas {
		if string(x.Root) == root {
			return x, true
		}
	}
	return parser.Quota{}, false
}

// GetQuotaRoot asks which quota roots apply to a mailbox, and what they allow (RFC 9208 §4.1.2, RFC 2087 §4.3).
// A mailbox without quota has no roots.
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
				// Some servers send QUOTA before QUOTAROOT. The QUOTA of another root answers another command.
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
			if len(roots) > 0 { // GreenMail sends quotas and no roots
				out.Quotas = slices.DeleteFunc(out.Quotas, func(q parser.Quota) bool { return !roots[string(q.Root)] })
			}
			return answered(got, "GETQUOTAROOT")
		},
	}, out)
}

// takeQuotaRoot takes the QUOTAROOT of a mailbox. Some servers do not quote a name that needs quotes. ok says whether
// it is for that mailbox.
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

// SetQuota sets the limits of a quota root; a resource that limits does not name has no limit afterwards (RFC 9208
// §4.1.3, RFC 2087 §4.1). The result is what the server then says of the root, empty if it says nothing; it is the
// caller's.
//
// SetQuota refuses, before it sends an octet, a resource that the server does not announce by QUOTA=RES-. A server of
// RFC 2087 announces none, and gets any resource.
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

// ofRoot reports whether a QUOTA is that of a root.
func ofRoot(root string) func(*wire.Decoder) bool {
	return func(d *wire.Decoder) bool { return string(d.AString()) == root }
}

func takeQuota(d *wire.Decoder) (*parser.Quota, error) {
	var x parser.Quota
	err := x.Decode(d)
	return x.Clone(), err
}
