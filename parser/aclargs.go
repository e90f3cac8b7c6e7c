package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// IdentifierArgs holds the arguments of DELETEACL and LISTRIGHTS (RFC 4314 §3.2 and §3.4).
type IdentifierArgs struct {
	Mailbox    []byte // as received, see DecodeMailbox; valid until the next command is read
	Identifier string // a user, a group or "anyone"; see ACLEntry
}

// Decode reads the arguments.
func (a *IdentifierArgs) Decode(d *wire.Decoder) error {
	a.Mailbox = d.AString()
	d.SP()
	a.Identifier = string(d.AString())
	return ended(d, "arguments")
}

// Encode writes the arguments.
func (a *IdentifierArgs) Encode(e *wire.Encoder) {
	e.SP().AStringBytes(a.Mailbox).SP().AString(a.Identifier)
}

// SetACLArgs holds the arguments of SETACL (RFC 4314 §3.1).
type SetACLArgs struct {
	Mailbox    []byte // as received, see DecodeMailbox; valid until the next command is read
	Identifier string // a user, a group or "anyone"; see ACLEntry
	// Op says how Rights changes the rights of the identifier: '+' adds, '-' removes, 0 replaces all.
	Op     byte
	Rights string // letters and digits; with Op 0, "" removes all rights
}

// Decode reads the arguments.
func (a *SetACLArgs) Decode(d *wire.Decoder) error {
	*a = SetACLArgs{}
	a.Mailbox = d.AString()
	d.SP()
	a.Identifier = string(d.AString())
	d.SP()
	start := d.Pos()
	b := d.AString()
	if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
		a.Op = b[0]
		b = b[1:]
	}
	for _, c := range b {
		if c-'0' > 9 && c-'a' >= 26 {
			d.Seek(start)
			d.Expected("mod-rights")
			break
		}
	}
	a.Rights = string(b)
	return ended(d, "SETACL")
}

// Encode writes the arguments.
func (a *SetACLArgs) Encode(e *wire.Encoder) {
	e.SP().AStringBytes(a.Mailbox).SP().AString(a.Identifier).SP()
	switch a.Op {
	case 0:
		e.AString(a.Rights)
	case '+', '-':
		e.AString(string(a.Op) + a.Rights)
	default:
		e.Fail(&wire.ArgumentError{What: "mod-rights", Value: string(rune(a.Op)), Reason: "is not an operation"})
	}
}
