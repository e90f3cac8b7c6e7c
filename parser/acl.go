package parser

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// Right is one right that a user may have in a mailbox (RFC 4314 §2.1). A digit is a right that the server defines.
type Right byte

// These are the rights of RFC 4314 §2.1.
const (
	RightLookup     Right = 'l' // see the mailbox in LIST, and subscribe to it
	RightRead       Right = 'r' // select the mailbox, and fetch, search and copy its messages
	RightSeen       Right = 's' // keep \Seen from session to session
	RightWrite      Right = 'w' // set flags other than \Seen and \Deleted
	RightInsert     Right = 'i' // append and copy messages to the mailbox
	RightPost       Right = 'p' // send mail to the address of the mailbox
	RightCreate     Right = 'k' // create mailboxes below the mailbox
	RightDelete     Right = 'x' // delete or rename the mailbox
	RightDeleteMsgs Right = 't' // set \Deleted
	RightExpunge    Right = 'e' // expunge messages
	RightAdminister Right = 'a' // change and read the ACL of the mailbox

	RightObsoleteCreate Right = 'c' // RFC 2086: create, and perhaps delete, mailboxes
	RightObsoleteDelete Right = 'd' // RFC 2086: set \Deleted and expunge, and perhaps delete mailboxes
)

// Rights is a set of rights, as letters and digits in any order.
type Rights string

// Has reports whether r is in the set.
func (s Rights) Has(r Right) bool { return strings.IndexByte(string(s), byte(r)) >= 0 }

// Modern returns s, and adds the modern rights that the two obsolete rights may stand for (RFC 4314 §2.1.1): "k" and
// "x" if s has "c", and "e", "t" and "x" if s has "d". A server with the capability RIGHTS= already sends the modern
// rights.
func (s Rights) Modern() Rights {
	if s.Has(RightObsoleteCreate) {
		s += "kx"
	}
	if s.Has(RightObsoleteDelete) {
		s += "etx"
	}
	return s.Canonical()
}

// Obsolete returns a set for a server that knows only RFC 2086. The set grants no more than s does, whichever meaning
// the server gives to the two obsolete rights (RFC 4314 §2.1.1). The set has "c" if s has "k" and "x", and "d" if s has
// "e", "t" and "x". It has none of the rights "k", "x", "e" and "t".
func (s Rights) Obsolete() Rights {
	b := make([]byte, 0, len(s)+2)
	for i := range len(s) {
		if strings.IndexByte("ketx", s[i]) < 0 {
			b = append(b, s[i])
		}
	}
	if s.Has(RightCreate) && s.Has(RightDelete) {
		b = append(b, 'c')
	}
	if s.Has(RightExpunge) && s.Has(RightDeleteMsgs) && s.Has(RightDelete) {
		b = append(b, 'd')
	}
	return Rights(b).Canonical()
}

// Canonical returns the set in alphabetical order and without duplicates.
func (s Rights) Canonical() Rights {
	b := []byte(s)
	slices.Sort(b)
	return Rights(slices.Compact(b))
}

// Equal reports whether s and t are the same set.
func (s Rights) Equal(t Rights) bool { return s == t || s.Canonical() == t.Canonical() }

// Valid reports whether the set has only lower-case letters and digits. The grammar allows no other characters.
func (s Rights) Valid() bool {
	for i := range len(s) {
		if c := s[i]; c-'0' > 9 && c-'a' > 25 {
			return false
		}
	}
	return true
}

// decodeRights reads rights.
func decodeRights(d *wire.Decoder) Rights {
	at := d.Pos()
	r := Rights(d.Intern(d.AString()))
	if !r.Valid() && !d.Tolerate(RuleRights) {
		d.Seek(at)
		d.Expected("rights")
	}
	return r
}

// ACL is the payload of ACL (RFC 4314 §3.6): the rights that users have in a mailbox. It is valid until the next
// response is read; Clone returns a copy that the caller owns.
type ACL struct {
	Mailbox []byte     // the name as received; valid until the next response is read
	Entries []ACLEntry // valid until the next response is read

	utf8 bool // whether Mailbox is in UTF-8
}

// ACLEntry holds the rights of one identifier: a user, a group or "anyone". If Identifier begins with "-", the
// entry denies the rights to the identifier after the "-" instead of granting them.
type ACLEntry struct {
	Identifier []byte // in UTF-8; valid until the next response is read
	Rights     Rights
}

// Name returns the name of the mailbox in the form that commands take; see DecodeMailbox.
func (x *ACL) Name() string { return DecodeMailbox(x.Mailbox, x.utf8) }

// Decode reads what follows the response's name.
func (x *ACL) Decode(d *wire.Decoder) error {
	x.Entries, x.utf8 = reuse(x.Entries), d.UTF8()
	skipEmptyList(d)
	x.Mailbox = d.AString()
	for d.GotSP() && d.Err() == nil {
		e := ACLEntry{Identifier: d.AString()}
		d.SP()
		e.Rights = decodeRights(d)
		x.Entries = appendLimited(d, x.Entries, e)
	}
	return d.Err()
}

// Encode writes what Decode reads.
func (x *ACL) Encode(e *wire.Encoder) {
	e.AStringBytes(x.Mailbox)
	for _, a := range x.Entries {
		e.SP().AStringBytes(a.Identifier).SP().AString(string(a.Rights))
	}
}

// Clone returns a copy that the caller owns.
func (x *ACL) Clone() *ACL {
	var k keeper
	c := &ACL{k.bytes(x.Mailbox), slices.Clone(x.Entries), x.utf8}
	for i := range c.Entries {
		c.Entries[i].Identifier = k.bytes(c.Entries[i].Identifier)
	}
	return c
}

// ListRights is the payload of LISTRIGHTS (RFC 4314 §3.7): the rights that an identifier can be given. It is valid
// until the next response is read; Clone returns a copy that the caller owns.
type ListRights struct {
	Mailbox    []byte // the name as received; valid until the next response is read
	Identifier []byte // in UTF-8; valid until the next response is read
	Required   Rights // rights that the identifier always has
	// Optional has rights that can be granted. Rights in the same element can only be granted together. It is valid
	// until the next response is read.
	Optional []Rights

	utf8 bool // whether Mailbox is in UTF-8
}

// Name returns the name of the mailbox in the form that commands take; see DecodeMailbox.
func (x *ListRights) Name() string { return DecodeMailbox(x.Mailbox, x.utf8) }

// Decode reads what follows the response's name.
func (x *ListRights) Decode(d *wire.Decoder) error {
	*x = ListRights{Optional: reuse(x.Optional), utf8: d.UTF8()}
	skipEmptyList(d)
	x.Mailbox = d.AString()
	d.SP()
	x.Identifier = d.AString()
	d.SP()
	x.Required = decodeRights(d)
	for d.GotSP() && d.Err() == nil {
		x.Optional = appendLimited(d, x.Optional, decodeRights(d))
	}
	return d.Err()
}

// Encode writes what Decode reads.
func (x *ListRights) Encode(e *wire.Encoder) {
	e.AStringBytes(x.Mailbox).SP().AStringBytes(x.Identifier).SP().AString(string(x.Required))
	for _, r := range x.Optional {
		e.SP().AString(string(r))
	}
}

// Clone returns a copy that the caller owns.
func (x *ListRights) Clone() *ListRights {
	var k keeper
	return &ListRights{k.bytes(x.Mailbox), k.bytes(x.Identifier), x.Required, slices.Clone(x.Optional), x.utf8}
}

// MyRights is the payload of MYRIGHTS (RFC 4314 §3.8): the rights that the user who is logged in has in a mailbox. It
// is valid until the next response is read; Clone returns a copy that the caller owns.
type MyRights struct {
	Mailbox []byte // the name as received; valid until the next response is read
	Rights  Rights

	utf8 bool // whether Mailbox is in UTF-8
}

// Name returns the name of the mailbox in the form that commands take; see DecodeMailbox.
func (x *MyRights) Name() string { return DecodeMailbox(x.Mailbox, x.utf8) }

// Decode reads what follows the response's name.
func (x *MyRights) Decode(d *wire.Decoder) error {
	x.utf8 = d.UTF8()
	skipEmptyList(d)
	x.Mailbox = d.AString()
	d.SP()
	x.Rights = decodeRights(d)
	return d.Err()
}

// Encode writes what Decode reads.
func (x *MyRights) Encode(e *wire.Encoder) {
	e.AStringBytes(x.Mailbox).SP().AString(string(x.Rights))
}

// Clone returns a copy that the caller owns.
func (x *MyRights) Clone() *MyRights { return &MyRights{slices.Clone(x.Mailbox), x.Rights, x.utf8} }
