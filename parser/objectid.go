package parser

import "github.com/imapstack/imapstack/wire"

// ObjectIDs holds the identifiers of objects. An object keeps its identifier when it is moved or renamed. OBJECTID+
// is an extension that sends them in one list (draft-ietf-mailmaint-imap-objectid-bis). An identifier that the
// server did not send is empty. The caller owns an ObjectIDs.
type ObjectIDs struct {
	Account string // ACCOUNTID identifies the owner of the mailbox
	Mailbox string // MAILBOXID
	Email   string // EMAILID identifies the content of a message
	Thread  string // THREADID identifies the thread of a message
}

// field returns the field for the identifier with the given name, or nil if the name is not known.
func (x *ObjectIDs) field(name string) *string {
	switch name {
	case "ACCOUNTID":
		return &x.Account
	case "MAILBOXID":
		return &x.Mailbox
	case "EMAILID":
		return &x.Email
	case "THREADID":
		return &x.Thread
	}
	return nil
}

// DecodeObjectIDs reads a list of names and identifiers, in any order. It skips unknown names and NIL.
func DecodeObjectIDs(d *wire.Decoder) (x ObjectIDs) {
	for range d.List {
		field := x.field(d.Name())
		d.SP()
		if id := d.NString(); field != nil {
			*field = string(id)
		}
	}
	return x
}

// Encode writes what DecodeObjectIDs reads: the identifiers that are not empty.
func (x ObjectIDs) Encode(e *wire.Encoder) {
	var names []string
	for _, name := range []string{"MAILBOXID", "ACCOUNTID", "EMAILID", "THREADID"} {
		if *x.field(name) != "" {
			names = append(names, name)
		}
	}
	e.List(len(names), func(i int) { e.Raw(names[i]).SP().Atom(*x.field(names[i])) })
}

// ObjectIDs returns the argument of OBJECTID. Servers send this code in response to SELECT, CREATE and RENAME
// (draft-ietf-mailmaint-imap-objectid-bis).
func (c Code) ObjectIDs() (ids ObjectIDs, ok bool) {
	if c.Name != CodeObjectID {
		return ids, false
	}
	err := c.Decode(func(d *wire.Decoder) { ids = DecodeObjectIDs(d) })
	return ids, err == nil
}
