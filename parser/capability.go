package parser

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// Capabilities is the payload of CAPABILITY (RFC 9051 §7.2.2) and of ENABLED (RFC 5161 §3.2).
type Capabilities struct {
	Names []string // in upper case and in the order of the response; the slice is valid until the next Decode

	odd []string // names as received, if Encode would otherwise write them in another case; see spelled
}

// Has reports whether the server listed the capability. The name is in upper case: "MOVE", "AUTH=PLAIN".
func (x *Capabilities) Has(name string) bool { return slices.Contains(x.Names, name) }

// Values returns the rest of each name that begins with prefix. Prefixes are "AUTH=", "RIGHTS=" and "QUOTA=RES-", for
// example.
func (x *Capabilities) Values(prefix string) (values []string) {
	for _, n := range x.Names {
		if v, ok := strings.CutPrefix(n, prefix); ok {
			values = append(values, v)
		}
	}
	return values
}

// Decode reads what follows the name of the response, or the name of the response code CAPABILITY.
func (x *Capabilities) Decode(d *wire.Decoder) error {
	x.Names, x.odd = reuse(x.Names), reuse(x.odd)
	if d.AtEnd() {
		return d.Err()
	}
	noSP(d)
	for d.Err() == nil {
		var b []byte
		if !readValue(d, func() { b = d.Atom() }) {
			if d.Err() != nil || !d.GotSP() {
				break
			}
			continue
		}
		n := d.InternUpper(b)
		if x.Names = appendLimited(d, x.Names, n); string(b) != n && string(b) != spelled(n) {
			x.odd = appendLimited(d, x.odd, d.Intern(b))
		}
		if !d.GotSP() {
			break
		}
	}
	return d.Err()
}

// Encode writes what Decode reads. A name that Decode has read is written in its original case. Other names are written
// as they are in Names, except for IMAP4rev1 and IMAP4rev2, which are written as in their RFCs.
func (x *Capabilities) Encode(e *wire.Encoder) {
	var odd map[string]string
	if len(x.odd) > 0 {
		odd = make(map[string]string, len(x.odd))
		for _, n := range x.odd {
			odd[strings.ToUpper(n)] = n
		}
	}
	for i, n := range x.Names {
		if i > 0 {
			e.SP()
		}
		if came, ok := odd[n]; ok {
			n = came
		}
		e.Atom(spelled(n))
	}
}

// spelled returns the name of a capability as its RFC writes it. name is in upper case.
func spelled(name string) string {
	switch name {
	case "IMAP4REV1":
		return "IMAP4rev1"
	case "IMAP4REV2":
		return "IMAP4rev2"
	}
	return name
}

// Clone returns a copy that the caller owns.
func (x *Capabilities) Clone() *Capabilities {
	return &Capabilities{Names: slices.Clone(x.Names), odd: slices.Clone(x.odd)}
}
