package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// GetQuotaArgs holds the argument of GETQUOTA (RFC 9208 §4.1.1).
type GetQuotaArgs struct {
	Root []byte // as received; valid until the next command is read
}

// Decode reads the argument.
func (a *GetQuotaArgs) Decode(d *wire.Decoder) error {
	a.Root = d.AString()
	return ended(d, "GETQUOTA")
}

// Encode writes the argument.
func (a *GetQuotaArgs) Encode(e *wire.Encoder) { e.SP().AStringBytes(a.Root) }

// SetQuotaArgs holds the arguments of SETQUOTA (RFC 9208 §4.1.3).
type SetQuotaArgs struct {
	Root   []byte          // as received; valid until the next command is read
	Limits []ResourceLimit // a resource that is not in Limits has no limit; valid until the next Decode
}

// ResourceLimit is the limit of one resource of a quota root.
type ResourceLimit struct {
	Resource string // in upper case: STORAGE, MESSAGE, MAILBOX, ANNOTATION-STORAGE
	Limit    uint64 // for STORAGE, in units of 1024 octets
}

// Decode reads the arguments.
func (a *SetQuotaArgs) Decode(d *wire.Decoder) error {
	a.Limits = reuse(a.Limits)
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
