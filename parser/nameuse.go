package parser

import "iter"

// NameUse says how a command or a response uses the name of a mailbox.
type NameUse uint8

// These are the uses of mailbox names.
const (
	NameMailbox   NameUse = iota // a mailbox
	NamePattern                  // a pattern that may have wildcards, as in LIST
	NameReference                // the reference of LIST, to which the patterns are relative; "" means none
	NamePrefix                   // the beginning of names, in NAMESPACE and after "subtree"; "" means all names
)

// String returns the use as one word.
func (u NameUse) String() string {
	return [...]string{"mailbox", "pattern", "reference", "prefix"}[min(u, NamePrefix)]
}

// mailboxNamer is implemented by types that have names of mailboxes.
type mailboxNamer interface {
	names(yield func(*[]byte, NameUse) bool) bool
}

// MailboxNames yields the names of mailboxes in x. x is the arguments of a command or the payload of a response, both
// as types of this package. It yields nothing if x is of another type. It yields a pointer to each name, by which the
// caller can replace the name before x is encoded, and the use of the name. It skips an empty name that means the
// server itself, as in metadata.
//
// The names are as received; see DecodeMailbox. MailboxNames yields neither names in URLs (RFC 4467, RFC 4469) nor
// names of quota roots. HasMailboxes tells which responses have names of mailboxes.
func MailboxNames(x any) iter.Seq2[*[]byte, NameUse] {
	return func(yield func(*[]byte, NameUse) bool) {
		if n, ok := x.(mailboxNamer); ok {
			n.names(yield)
		}
	}
}

// HasMailboxes reports whether the responses with a given name contain names of mailboxes. If so, NewData returns a
// type for which MailboxNames yields them. The name is in upper case. A proxy that renames mailboxes can pass on
// all other responses unread.
func HasMailboxes(name string) bool {
	f := dataNames[name]
	if f == nil {
		return false
	}
	_, ok := f().(mailboxNamer)
	return ok
}

// TakesMailboxes reports whether a command may have names of mailboxes among its arguments. The name is in upper
// case and without "UID". For an unknown command, the result is false, although the command may have names of
// mailboxes.
func TakesMailboxes(name string) bool {
	if name == "APPEND" || name == "REPLACE" {
		return true
	}
	_, ok := NewArgs(name).(mailboxNamer)
	return ok
}

// yieldName yields a name unless it is empty, which means that there is no mailbox.
func yieldName(yield func(*[]byte, NameUse) bool, name *[]byte, use NameUse) bool {
	return len(*name) == 0 || yield(name, use)
}

func yieldNames(yield func(*[]byte, NameUse) bool, names [][]byte, use NameUse) bool {
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
	return yieldName(y, &a.Mailbox, NameMailbox)
}
func (a *GetMetadataArgs) names(y func(*[]byte, NameUse) bool) bool {
	return yieldName(y, &a.Mailbox, NameMailbox)
}
func (a *SetMetadataArgs) names(y func(*[]byte, NameUse) bool) bool {
	return yieldName(y, &a.Mailbox, NameMailbox)
}
func (a *GetAnnotationArgs) names(y func(*[]byte, NameUse) bool) bool {
	return yieldName(y, &a.Mailbox, NamePattern)
}
func (a *SetAnnotationArgs) names(y func(*[]byte, NameUse) bool) bool {
	return yieldName(y, &a.Mailbox, NamePattern)
}
func (a *PushServiceArgs) names(y func(*[]byte, NameUse) bool) bool {
	return yieldNames(y, a.Mailboxes, NameMailbox)
}
func (a *RenameArgs) names(y func(*[]byte, NameUse) bool) bool {
	return y(&a.From, NameMailbox) && y(&a.To, NameMailbox)
}
func (a *ListArgs) names(y func(*[]byte, NameUse) bool) bool {
	return yieldName(y, &a.Reference, NameReference) && yieldNames(y, a.Patterns, NamePattern)
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
	return yieldNames(y, f.Mailboxes, use)
}

func (x *StatusData) names(y func(*[]byte, NameUse) bool) bool { return y(&x.Mailbox, NameMailbox) }
func (x *QuotaRoot) names(y func(*[]byte, NameUse) bool) bool  { return y(&x.Mailbox, NameMailbox) }
func (x *ACL) names(y func(*[]byte, NameUse) bool) bool        { return y(&x.Mailbox, NameMailbox) }
func (x *ListRights) names(y func(*[]byte, NameUse) bool) bool { return y(&x.Mailbox, NameMailbox) }
func (x *MyRights) names(y func(*[]byte, NameUse) bool) bool   { return y(&x.Mailbox, NameMailbox) }
func (x *ESearch) names(y func(*[]byte, NameUse) bool) bool {
	return yieldName(y, &x.Mailbox, NameMailbox)
}
func (x *Metadata) names(y func(*[]byte, NameUse) bool) bool {
	return yieldName(y, &x.Mailbox, NameMailbox)
}
func (x *Annotation) names(y func(*[]byte, NameUse) bool) bool {
	return yieldName(y, &x.Mailbox, NameMailbox)
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
	return yieldName(y, &x.Mailbox, NameMailbox) && yieldName(y, &x.OldName, NameMailbox)
}
