package parser

import (
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// Namespace is the payload of NAMESPACE (RFC 9051 §7.3.2, RFC 2342): where mailboxes are.
// It is valid until the next response is read; Clone makes a copy that is the caller's.
type Namespace struct {
	Personal []NamespaceDescr // the user's own; valid until the next response is read
	Other    []NamespaceDescr // other users'; valid until the next response is read
	Shared   []NamespaceDescr // valid until the next response is read

	descrs []NamespaceDescr // the array of all three
	ext    []ExtData        // the array of all extensions
}

// NamespaceDescr is one namespace.
type NamespaceDescr struct {
	Prefix []byte    // of the names in it, as it came; valid until the next response is read
	Delim  rune      // the hierarchy separator; 0 if there is none
	Ext    []ExtData // extensions, such as TRANSLATION (RFC 5255 §3.4); valid until the next response is read
}

// Name returns the prefix as a user reads it; see DecodeMailbox.
func (x *NamespaceDescr) Name(utf8 bool) string { return DecodeMailbox(x.Prefix, utf8) }

// Decode reads what stands behind the response's name.
func (x *Namespace) Decode(d *wire.Decoder) error {
	*x = Namespace{descrs: x.descrs[:0], ext: x.ext[:0]}
	x.Personal = x.decode(d)
	between(d)
	x.Other = x.decode(d)
	between(d)
	x.Shared = x.decode(d)
	return d.Err()
}

// between takes the space between two lists, which an example of RFC 5255 has not.
func between(d *wire.Decoder) {
	if !d.Is('(') || !d.Tolerate(wire.RuleSpaces) {
		d.SP()
	}
}

// decode reads the namespaces of one kind.
func (x *Namespace) decode(d *wire.Decoder) []NamespaceDescr {
	if d.Nil() || nilList(d) {
		return nil
	}
	from := len(x.descrs)
	d.Want('(')
	for d.Err() == nil {
		x.descrs = push(d, x.descrs, NamespaceDescr{})
		x.descr(d, &x.descrs[len(x.descrs)-1])
		noSP(d)
		if d.Got(')') {
			break
		}
	}
	return kept(x.descrs[from:])
}

func (x *Namespace) descr(d *wire.Decoder, n *NamespaceDescr) {
	d.Want('(')
	n.Prefix = d.String()
	d.SP()
	n.Delim = decodeDelim(d)
	from := len(x.ext)
	for d.GotSP() && d.Err() == nil {
		name := d.InternUpper(d.String())
		d.SP()
		if !d.Is('(') {
			d.Expected(`"("`)
		}
		x.ext = push(d, x.ext, ExtData{name, d.Value()})
	}
	n.Ext = kept(x.ext[from:])
	d.Want(')')
}

// Encode writes what Decode reads. Values in Ext are written as they are, unchecked.
func (x *Namespace) Encode(e *wire.Encoder) {
	for i, list := range [...][]NamespaceDescr{x.Personal, x.Other, x.Shared} {
		if i > 0 {
			e.SP()
		}
		if len(list) == 0 {
			e.NIL()
			continue
		}
		e.Byte('(')
		for _, n := range list {
			e.Byte('(').StringBytes(n.Prefix).SP()
			encodeDelim(e, n.Delim)
			for _, t := range n.Ext {
				e.SP().String(t.Name).SP().Verbatim(t.Value)
			}
			e.Byte(')')
		}
		e.Byte(')')
	}
}

// Clone returns a copy that is the caller's.
func (x *Namespace) Clone() *Namespace {
	var k keeper
	return &Namespace{Personal: k.descrs(x.Personal), Other: k.descrs(x.Other), Shared: k.descrs(x.Shared)}
}

func (k *keeper) descrs(list []NamespaceDescr) []NamespaceDescr {
	c := slices.Clone(list)
	for i := range c {
		c[i].Prefix, c[i].Ext = k.bytes(c[i].Prefix), k.ext(c[i].Ext)
	}
	return c
}
