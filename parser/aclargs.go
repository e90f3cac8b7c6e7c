package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// IdentifierArgs is the arguments of DELETEACL and LISTRIGHTS (RFC 4314 §3.2 and §3.4).
type IdentifierArgs struct {
	Mailbox    []byte // as it came, see DecodeMailbox; valid until the next command is read
	Identifier string // of a user or a group
}

// Decode takes the arguments.
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

// SetACLArgs is the arguments of SETACL (RFC 4314 §3.1).
type SetACLArgs struct {
	Mailbox    []byte // as it came, see DecodeMailbox; valid until the next command is read
	Identifier string // of a user or a group
	// Op says what becomes of the rights: '+' adds, '-' removes them, and 0 makes them all there are.
	Op     byte
	Rights string // letters and digits; empty takes all away
}

// Decode takes the arguments.
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
		e.Fail(&wire.ArgumentError{What: "mod-rights", Value: string(rune(a.Op)), Reason: "is no operation"})
	}
}

// GetQuotaArgs is the argument of GETQUOTA (RFC 9208 §4.1.1).
type GetQuotaArgs struct {
	Root []byte // as it came; valid until the next command is read
}

// Decode takes the argument.
func (a *GetQuotaArgs) Decode(d *wire.Decoder) error {
	a.Root = d.AString()
	return ended(d, "GETQUOTA")
}

// Encode writes the argument.
func (a *GetQuotaArgs) Encode(e *wire.Encoder) { e.SP().AStringBytes(a.Root) }

// SetQuotaArgs is the arguments of SETQUOTA (RFC 9208 §4.1.3).
type SetQuotaArgs struct {
	Root   []byte          // as it came; valid until the next command is read
	Limits []ResourceLimit // what is not in it has no limit; valid until the next Decode
}

// ResourceLimit is the limit of one resource of a quota root.
type ResourceLimit struct {
	Resource string // in upper case: STORAGE, MESSAGE, MAILBOX, ANNOTATION-STORAGE
	Limit    uint64 // of STORAGE in units of 1024 octets
}

// Decode takes the arguments.
func (a *SetQuotaArgs) Decode(d *wire.Decoder) error {
	a.Limits = a.Limits[:0]
	a.Root = d.AString()
	d.SP()
	for range d.List {
		l := ResourceLimit{Resource: d.Name()}
		d.SP()
		l.Limit = number63(d)
		if !room(d, len(a.Limits), maxOptions, "limits") {
			break
		}
		a.Limits = append(a.Limits, l)
	}
	return ended(d, "SETQUOTA")
}

// Encode writes the arguments.
func (a *SetQuotaArgs) Encode(e *wire.Encoder) {
	e.SP().AStringBytes(a.Root).SP().List(len(a.Limits), func(i int) {
		e.Atom(a.Limits[i].Resource).SP().Number64(a.Limits[i].Limit)
	})
}
