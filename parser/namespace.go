package parser

import (
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// Namespace is the payload of NAMESPACE (RFC 9051 §7.3.2, RFC 2342). It says under which prefixes the server has
// mailboxes. It is valid until the next response is read; Clone returns a copy that the caller owns.
type Namespace struct {
	Personal []NamespaceDescr // namespaces of the user; valid until the next response is read
	Other    []NamespaceDescr // namespaces of other users; valid until the next response is read
	Shared   []NamespaceDescr // valid until the next response is read

	descrs []NamespaceDescr // backing array of the three lists
	ext    []ExtData        // backing array of all extensions
	bad    error            // error of the first namespace that could not be read
}

// NamespaceDescr is one namespace.
type NamespaceDescr struct {
	Prefix []byte    // prefix of the names in it, as received; valid until the next response is read
	Delim  rune      // the hierarchy separator; 0 if there is none
	Ext    []ExtData // extensions, such as TRANSLATION (RFC 5255 §3.4); valid until the next response is read

	utf8 bool // whether Prefix is in UTF-8
}

// Name returns the prefix in the form that commands take; see DecodeMailbox.
func (x *NamespaceDescr) Name() string { return DecodeMailbox(x.Prefix, x.utf8) }

// Decode reads what follows the response's name. If invalid values are tolerated, it leaves out each namespace that it
// cannot read, and returns the first error.
func (x *Namespace) Decode(d *wire.Decoder) error {
	*x = Namespace{descrs: reuse(x.descrs), ext: reuse(x.ext)}
	for i, list := range [...]*[]NamespaceDescr{&x.Personal, &x.Other, &x.Shared} {
		if i > 0 {
			spaceBetween(d)
		}
		at := d.Pos()
		if *list = x.decode(d); d.Err() == nil && !d.AtEnd() && !d.Is(' ') && !d.Is('(') {
			d.Expected("SP")
		}
		if d.Err() != nil {
			x.keepError(d)
			skipInvalid(d, at)
		}
	}
	if d.Err() == nil {
		return x.bad
	}
	return d.Err()
}

// keepError stores the error of d if it is the first error.
func (x *Namespace) keepError(d *wire.Decoder) {
	if x.bad == nil {
		x.bad = d.Err()
	}
}

// spaceBetween reads the space between two lists. An example in RFC 5255 lacks it.
func spaceBetween(d *wire.Decoder) {
	beside := d.Is('(') || !d.Is(' ') && d.Pos() > 0 && d.Raw()[d.Pos()-1] == ')'
	if !beside || d.AtEnd() || !d.Tolerate(wire.RuleSpaces) {
		d.SP()
	}
}

// decode reads the namespaces of one kind.
func (x *Namespace) decode(d *wire.Decoder) []NamespaceDescr {
	if d.Nil() || nilList(d) {
		return nil
	}
	from := len(x.descrs)
	openList(d)
	for d.Err() == nil {
		x.descrs = appendLimited(d, x.descrs, NamespaceDescr{})
		at := d.Pos()
		x.descr(d, &x.descrs[len(x.descrs)-1])
		if d.Err() != nil {
			x.keepError(d)
			x.descrs = x.descrs[:len(x.descrs)-1]
			skipInvalid(d, at)
		}
		noSP(d)
		if d.Got(')') {
			break
		}
	}
	return clip(x.descrs[from:])
}

// skipListValue skips whatever is in the place of a list. It does not skip a string, because a string is the next name.
func skipListValue(d *wire.Decoder) {
	if at := d.Pos(); d.Is(' ') && d.GotSP() {
		if d.Is('"') {
			d.Seek(at)
			return
		}
		skipValue(d)
	}
}

func (x *Namespace) descr(d *wire.Decoder, n *NamespaceDescr) {
	openList(d)
	n.utf8 = d.UTF8()
	n.Prefix = d.String()
	d.SP()
	n.Delim = decodeDelim(d)
	from := len(x.ext)
	for d.Err() == nil && d.GotSP() {
		x.extension(d)
	}
	n.Ext = clip(x.ext[from:])
	d.Want(')')
}

// extension reads an extension: a name, which is a string, and a value, which is a list. If it cannot read one of the
// two, it looks for the next string, because the next extension begins with a string.
func (x *Namespace) extension(d *wire.Decoder) {
	at := d.Pos()
	if d.Is('(') {
		d.Expected("string")
	}
	t := ExtData{Name: d.InternUpper(d.String())}
	end := d.Pos()
	if valueSP(d); d.Err() == nil && !d.Is('(') {
		d.Expected(`"("`)
	}
	if t.Value = d.Value(); d.Err() == nil {
		x.ext = appendLimited(d, x.ext, t)
		return
	}
	x.keepError(d)
	if skipInvalid(d, at) && d.Pos() == end {
		skipListValue(d)
	}
}

// Encode writes what Decode reads. It writes the values in Ext unchanged and unchecked.
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

// Clone returns a copy that the caller owns.
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
