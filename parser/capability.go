package parser

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// Capabilities is the payload of CAPABILITY (RFC 9051 §7.2.2) and of ENABLED (RFC 5161 §3.2).
type Capabilities struct {
	Names []string // in upper case, as they came; the slice is valid until the next Decode
}

// Has reports whether the capability was told. The name is in upper case: "MOVE", "AUTH=PLAIN".
func (x *Capabilities) Has(name string) bool { return slices.Contains(x.Names, name) }

// Values returns what stands behind prefix in the names that begin with it: "AUTH=", "RIGHTS=", "QUOTA=RES-".
func (x *Capabilities) Values(prefix string) (values []string) {
	for _, n := range x.Names {
		if v, ok := strings.CutPrefix(n, prefix); ok {
			values = append(values, v)
		}
	}
	return values
}

// Decode reads what stands behind the response's name, or in the response code CAPABILITY.
func (x *Capabilities) Decode(d *wire.Decoder) error {
	x.Names = x.Names[:0]
	if d.AtEnd() {
		return d.Err()
	}
	for d.Err() == nil {
		b := d.Atom()
		if d.Err() != nil {
			break
		}
		x.Names = push(d, x.Names, d.InternUpper(b))
		if !d.GotSP() {
			break
		}
	}
	return d.Err()
}

// Encode writes what Decode reads. Names keep their case.
func (x *Capabilities) Encode(e *wire.Encoder) {
	for i, n := range x.Names {
		if i > 0 {
			e.SP()
		}
		e.Atom(n)
	}
}

// Clone returns a copy that is the caller's.
func (x *Capabilities) Clone() *Capabilities { return &Capabilities{slices.Clone(x.Names)} }
