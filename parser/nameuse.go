package parser

import "iter"

// NameUse says what the name of a mailbox is used as.
type NameUse uint8

// The uses of names of mailboxes.
const (
	NameMailbox   NameUse = iota // it names a mailbox
	NamePattern                  // it may have wildcards, as in LIST
	NameReference                // patterns are relative to it, in LIST; empty is none
	NamePrefix                   // names begin with it, in NAMESPACE and below "subtree"; empty is all
)

// String says the use in a word.
func (u NameUse) String() string {
	return [...]string{"mailbox", "pattern", "reference", "prefix"}[min(u, NamePrefix)]
}

// named is implemented by what has names of mailboxes in it.
type named interface {
	names(yield func(*[]byte, NameUse) bool) bool
}

// MailboxNames yields the names of mailboxes in the arguments of a command, or in the payload of a response, as the types of this package hold
// them: where each stands, so that another may be put there before x is encoded, and what it is used as. The name of no mailbox, as the
// server's own metadata has it, is not yielded.
//
// Names are as they came: see DecodeMailbox. Those in URLs (RFC 4467, RFC 4469) are not among them, nor those of quota roots.
// See HasMailboxes for which responses have any.
func MailboxNames(x any) iter.Seq2[*[]byte, NameUse] {
	return func(yield func(*[]byte, NameUse) bool) {
		if n, ok := x.(named); ok {
			n.names(yield)
		}
	}
}

// HasMailboxes reports whether responses of that name, in upper case, have names of mailboxes in them: what NewData returns for it then has,
// and any other response can be passed on unread by a proxy that gives mailboxes other names.
func HasMailboxes(name string) bool {
	f := dataNames[name]
	if f == nil {
		return false
	}
	_, ok := f().(named)
	return ok
}

// TakesMailboxes reports whether a command, by its name in upper case and without "UID", may have names of mailboxes among its arguments. Of one
// that is not known it is not said.
func TakesMailboxes(name string) bool {
	if name == "APPEND" || name == "REPLACE" {
		return true
	}
	_, ok := NewArgs(name).(named)
	return ok
}

// one yields a name that may be empty for no mailbox.
func one(yield func(*[]byte, NameUse) bool, name *[]byte, use NameUse) bool {
	return len(*name) == 0 || yield(name, use)
}

func list(yield func(*[]byte, NameUse) bool, names [][]byte, use NameUse) bool {
	for i := range names {
		if !yield(&names[i], use) {
			return false
		}
	}
	return true
}

func (a *MailboxArgs) names(y func(*[]byte, NameUse) bool) bool    { return y(&a.Mailbox, NameMailbox) }
func (a *SelectArgs) names(y func(*[]byte, NameUse) bool) bool     { return y(&a.Mailbox, NameMailbox) }
func (a *CreateArgs) names(y func(*[]byte, NameUse) bool) bool     { return y(&a.Mailbox, NameMailbox) }
func (a *CopyArgs) names(y func(*[]byte, NameUse) bool) bool       { return y(&a.Mailbox, NameMailbox) }
func (a *StatusArgs) names(y func(*[]byte, NameUse) bool) bool     { return y(&a.Mailbox, NameMailbox) }
func (a *AppendArgs) names(y func(*[]byte, NameUse) bool) bool     { return y(&a.Mailbox, NameMailbox) }
func (a *IdentifierArgs) names(y func(*[]byte, NameUse) bool) bool { return y(&a.Mailbox, NameMailbox) }
func (a *SetACLArgs) names(y func(*[]byte, NameUse) bool) bool     { return y(&a.Mailbox, NameMailbox) }
func (a *ResetKeyArgs) names(y func(*[]byte, NameUse) bool) bool {
	return one(y, &a.Mailbox, NameMailbox)
}
func (a *GetMetadataArgs) names(y func(*[]byte, NameUse) bool) bool {
	return one(y, &a.Mailbox, NameMailbox)
}
func (a *SetMetadataArgs) names(y func(*[]byte, NameUse) bool) bool {
	return one(y, &a.Mailbox, NameMailbox)
}
func (a *GetAnnotationArgs) names(y func(*[]byte, NameUse) bool) bool {
	return one(y, &a.Mailbox, NamePattern)
}
func (a *SetAnnotationArgs) names(y func(*[]byte, NameUse) bool) bool {
	return one(y, &a.Mailbox, NamePattern)
}
func (a *PushServiceArgs) names(y func(*[]byte, NameUse) bool) bool {
	return list(y, a.Mailboxes, NameMailbox)
}
func (a *RenameArgs) names(y func(*[]byte, NameUse) bool) bool {
	return y(&a.From, NameMailbox) && y(&a.To, NameMailbox)
}
func (a *ListArgs) names(y func(*[]byte, NameUse) bool) bool {
	return one(y, &a.Reference, NameReference) && list(y, a.Patterns, NamePattern)
}
func (a *NotifyArgs) names(y func(*[]byte, NameUse) bool) bool {
	for i := range a.Groups {
		if !a.Groups[i].Filter.names(y) {
			return false
		}
	}
	return true
}
func (a *MultiSearchArgs) names(y func(*[]byte, NameUse) bool) bool {
	for i := range a.In {
		if !a.In[i].names(y) {
			return false
		}
	}
	return true
}
func (f *MailboxFilter) names(y func(*[]byte, NameUse) bool) bool {
	use := NameMailbox
	if f.Kind != "mailboxes" {
		use = NamePrefix
	}
	return list(y, f.Mailboxes, use)
}

func (x *StatusData) names(y func(*[]byte, NameUse) bool) bool { return y(&x.Mailbox, NameMailbox) }
func (x *QuotaRoot) names(y func(*[]byte, NameUse) bool) bool  { return y(&x.Mailbox, NameMailbox) }
func (x *ACL) names(y func(*[]byte, NameUse) bool) bool        { return y(&x.Mailbox, NameMailbox) }
func (x *ListRights) names(y func(*[]byte, NameUse) bool) bool { return y(&x.Mailbox, NameMailbox) }
func (x *MyRights) names(y func(*[]byte, NameUse) bool) bool   { return y(&x.Mailbox, NameMailbox) }
func (x *ESearch) names(y func(*[]byte, NameUse) bool) bool    { return one(y, &x.Mailbox, NameMailbox) }
func (x *Metadata) names(y func(*[]byte, NameUse) bool) bool   { return one(y, &x.Mailbox, NameMailbox) }
func (x *Annotation) names(y func(*[]byte, NameUse) bool) bool {
	return one(y, &x.Mailbox, NameMailbox)
}
func (x *Namespace) names(y func(*[]byte, NameUse) bool) bool {
	for _, l := range [...][]NamespaceDescr{x.Personal, x.Other, x.Shared} {
		for i := range l {
			if !y(&l[i].Prefix, NamePrefix) {
				return false
			}
		}
	}
	return true
}
func (x *ListData) names(y func(*[]byte, NameUse) bool) bool {
	return one(y, &x.Mailbox, NameMailbox) && one(y, &x.OldName, NameMailbox)
}
