package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// statusAtts reads a parenthesised list of at least one item of STATUS. It appends the names to dst.
func statusAtts(d *wire.Decoder, dst []string) []string {
	for range d.List {
		if !room(d, len(dst), maxOptions, "items of STATUS") {
			break
		}
		dst = append(dst, d.Name())
	}
	if len(dst) == 0 {
		d.Expected("status-att")
	}
	return dst
}

// StatusArgs holds the arguments of STATUS (RFC 9051 §6.3.11).
type StatusArgs struct {
	Mailbox []byte   // as received, see DecodeMailbox; valid until the next command is read
	Items   []string // names of known and unknown items, in upper case; at least one; valid until the next Decode
}

// Decode reads the arguments.
func (a *StatusArgs) Decode(d *wire.Decoder) error {
	a.Mailbox = d.AString()
	d.SP()
	a.Items = statusAtts(d, reuse(a.Items))
	return ended(d, "STATUS")
}

// Encode writes the arguments.
func (a *StatusArgs) Encode(e *wire.Encoder) {
	if len(a.Items) == 0 {
		e.Fail(&wire.ArgumentError{What: "status-att", Reason: "is missing"})
	}
	e.SP().AStringBytes(a.Mailbox).SP().List(len(a.Items), func(i int) { e.Atom(a.Items[i]) })
}
