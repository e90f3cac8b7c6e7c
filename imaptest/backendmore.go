package imaptest

import (
	"context"
	"math"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// Access control lists (RFC 4314).

func (a *account) ACL(_ context.Context, mailbox string) (list []parser.ACLEntry, err error) {
	entries, err := a.u.ACL(mailbox)
	for _, e := range entries {
		list = append(list, parser.ACLEntry{Identifier: []byte(e.Identifier), Rights: parser.Rights(e.Rights.String())})
	}
	return list, asReply(err)
}

func (a *account) SetACL(_ context.Context, mailbox, identifier string, op byte, rights parser.Rights) error {
	r, err := store.ParseRights(string(rights))
	if err == nil {
		err = a.u.SetACL(mailbox, identifier, map[byte]store.ACLOp{0: store.ReplaceRights, '+': store.GrantRights, '-': store.RevokeRights}[op], r)
	}
	return asReply(err)
}

func (a *account) DeleteACL(_ context.Context, mailbox, identifier string) error {
	return asReply(a.u.DeleteACL(mailbox, identifier))
}

func (a *account) ListRights(_ context.Context, mailbox, identifier string) (required parser.Rights, optional []parser.Rights, err error) {
	always, may, err := a.u.ListRights(mailbox, identifier)
	if err != nil {
		return "", nil, asReply(err)
	}
	for _, r := range may.String() { // each by itself, because none is tied to another; also the old rights c and d (RFC 4314 §2.1.1)
		optional = append(optional, parser.Rights(r))
	}
	return parser.Rights(always.String()), optional, nil
}

func (a *account) MyRights(_ context.Context, mailbox string) (parser.Rights, error) {
	r, err := a.u.Rights(mailbox)
	return parser.Rights(r.String()), asReply(err)
}

// Quotas (RFC 9208).

func (a *account) QuotaRoots(_ context.Context, mailbox string) (list []parser.Quota, err error) {
	roots, usage, err := a.u.QuotaRoots(mailbox)
	for i, r := range roots {
		list = append(list, parser.Quota{Root: []byte(r), Resources: a.limited(usage[i])})
	}
	return list, asReply(err)
}

func (a *account) Quota(_ context.Context, root string) ([]parser.QuotaResource, error) {
	usage, err := a.u.Quota(root)
	return a.limited(usage), asReply(err)
}

// limited returns the usage of resources that have a limit and whose capability the server offers.
func (a *account) limited(usage []store.Usage) (list []parser.QuotaResource) {
	for _, u := range usage {
		if u.Limit >= 0 && a.c.has("QUOTA=RES-"+u.Resource.String()) {
			list = append(list, parser.QuotaResource{Name: u.Resource.String(), Usage: uint64(u.Used), Limit: uint64(u.Limit)})
		}
	}
	return list
}

func (a *account) QuotaResources() (names []string) {
	for _, r := range []store.Resource{store.Storage, store.MessageCount, store.MailboxCount, store.AnnotationStorage} {
		if a.c.has("QUOTA=RES-" + r.String()) {
			names = append(names, r.String())
		}
	}
	return names
}

func (a *account) SetQuota(_ context.Context, root string, limits []parser.ResourceLimit) error {
	set := map[store.Resource]int64{}
	for _, l := range limits {
		r, _ := store.ParseResource(l.Resource) // package serve accepts only the names that QuotaResources returns
		if l.Limit > math.MaxInt64>>10 {
			return no(parser.CodeLimit, "the quota is too large")
		}
		set[r] = int64(l.Limit)
	}
	return asReply(a.u.SetQuota(root, set))
}

// Annotations (RFC 5464).

func (a *account) Metadata(_ context.Context, mailbox string) (list []parser.EntryValue, err error) {
	for _, scope := range []string{"/private", "/shared"} {
		found, err := a.u.Metadata(mailbox, scope, -1)
		if err != nil {
			return nil, asReply(err)
		}
		for _, v := range found {
			list = append(list, parser.EntryValue{Entry: v.Entry, Value: v.Value})
		}
	}
	return list, nil
}

func (a *account) SetMetadata(_ context.Context, mailbox string, entries []parser.EntryValue) error {
	var list []store.Annotation
	for _, e := range entries {
		list = append(list, store.Annotation{Entry: e.Entry, Value: e.Value})
	}
	return asReply(a.u.SetMetadata(mailbox, list...))
}

// Authorized URLs (RFC 4467).

func (a *account) URLAuthKey(_ context.Context, mailbox string) ([]byte, error) {
	key, err := a.u.URLAuthKey(mailbox)
	return key, asReply(err)
}

func (a *account) ResetURLAuthKeys(_ context.Context, mailbox string) error {
	return asReply(a.u.ResetURLAuthKeys(mailbox))
}

func (a *account) URLOwner(_ context.Context, name string) (serve.User, error) {
	u := a.s.store.User(name)
	if u == nil {
		return nil, parser.CodeNonExistent
	}
	return &account{nil, u, a.s}, nil
}
