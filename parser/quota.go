package parser

import (
	"bytes"
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// The resources of RFC 9208 §5.
const (
	ResourceStorage           = "STORAGE"            // octets of messages, in units of 1024
	ResourceMessage           = "MESSAGE"            // messages
	ResourceMailbox           = "MAILBOX"            // mailboxes
	ResourceAnnotationStorage = "ANNOTATION-STORAGE" // octets of annotations, in units of 1024
)

// Quota is the payload of QUOTA (RFC 9208 §4.2.1, RFC 2087 §5.1): what a quota root allows and what of it is used.
// It is valid until the next response is read; Clone makes a copy that is the caller's.
type Quota struct {
	Root      []byte          // its name as it came; may be empty; valid until the next response is read
	Resources []QuotaResource // valid until the next response is read
}

// QuotaResource is one resource of a quota root, in its units.
type QuotaResource struct {
	Name  string // in upper case: ResourceStorage, …
	Usage uint64
	Limit uint64
}

// Resource returns the resource of that name, which is given in upper case, and whether it has a limit.
func (x *Quota) Resource(name string) (r QuotaResource, ok bool) {
	for _, r := range x.Resources {
		if r.Name == name {
			return r, true
		}
	}
	return QuotaResource{}, false
}

// Decode reads what stands behind the response's name.
func (x *Quota) Decode(d *wire.Decoder) error {
	x.Resources = again(x.Resources)
	x.Root = nil
	if !valueMissing(d, d.Is('(')) { // KIMAP says of no root
		x.Root = d.AString()
		if valueMissing(d, d.AtEnd()) {
			return d.Err() // Courier says no more of a root without limits
		}
		if !d.Is('(') || !d.Tolerate(wire.RuleSpaces) {
			d.SP()
		}
	}
	for range d.List {
		if d.Is('(') && !emptyNext(d) && parens(d) {
			for range d.List {
				x.resource(d)
			}
			continue
		}
		x.resource(d)
	}
	if len(x.Resources) > 0 {
		restInvalid(d)
	}
	return d.Err()
}

// resource reads one resource. One that cannot be read is left out, and the next one begins with the next name.
func (x *Quota) resource(d *wire.Decoder) {
	var r QuotaResource
	at := d.Pos()
	if c := d.Peek(); c == '(' || c == '"' || c-'0' <= 9 {
		d.Expected("atom")
		dropped(d, at)
		return
	}
	ok := readValue(d, func() { r.Name = d.Name() })
	ok = quotaNumber(d, &r.Usage) && ok
	if quotaNumber(d, &r.Limit) && ok {
		x.Resources = push(d, x.Resources, r)
	}
}

// quotaNumber reads the usage of a resource or its limit, and reports whether it could be read. What is the name of the next resource is not taken for it.
func quotaNumber(d *wire.Decoder, n *uint64) bool {
	at := d.Pos()
	d.SP()
	if c := d.Peek() | 0x20; c-'a' <= 25 && !(len(d.Rest()) > 3 && isNilWord(d.Rest()[:3])) && invalid(d) {
		d.Seek(at)
		return false
	}
	return readValue(d, func() { *n = size(d) })
}

// Encode writes what Decode reads.
func (x *Quota) Encode(e *wire.Encoder) {
	e.AStringBytes(x.Root).SP().List(len(x.Resources), func(i int) {
		r := &x.Resources[i]
		e.Atom(r.Name).SP().Number64(r.Usage).SP().Number64(r.Limit)
	})
}

// Clone returns a copy that is the caller's.
func (x *Quota) Clone() *Quota { return &Quota{slices.Clone(x.Root), slices.Clone(x.Resources)} }

// QuotaRoot is the payload of QUOTAROOT (RFC 9208 §4.2.2): which quota roots count what is in a mailbox.
// It is valid until the next response is read; Clone makes a copy that is the caller's.
type QuotaRoot struct {
	Mailbox []byte   // the name as it came; valid until the next response is read
	Roots   [][]byte // their names as they came; valid until the next response is read

	utf8 bool // the name is in UTF-8
}

// Name returns the name of the mailbox, which is good for every command; see DecodeMailbox.
func (x *QuotaRoot) Name() string { return DecodeMailbox(x.Mailbox, x.utf8) }

// Decode reads what stands behind the response's name.
func (x *QuotaRoot) Decode(d *wire.Decoder) error {
	x.Roots, x.utf8 = again(x.Roots), d.UTF8()
	from := d.Pos()
	x.Mailbox = d.AString()
	if !d.AtEnd() && !d.Is(' ') || isSyntax(d.Err()) {
		x.oddName(d, from)
	}
	for d.Err() == nil && d.GotSP() {
		var root []byte
		if readValue(d, func() { root = d.AString() }) {
			x.Roots = push(d, x.Roots, root)
		}
	}
	return d.Err()
}

// oddName reads again a name without quotes that needs some: it goes up to a string in quotes, else up to the last space.
func (x *QuotaRoot) oddName(d *wire.Decoder, from int) {
	end, err := d.Pos(), d.Err()
	if !d.Recover(from) {
		return
	}
	name := d.Text()
	if i := bytes.Index(name, []byte(` "`)); i > 0 {
		name = name[:i]
	} else if i := bytes.LastIndexByte(name, ' '); i > 0 {
		name = name[:i]
	}
	if len(name) == 0 || name[0] == '"' || name[0] == '{' || !mailboxName(d) {
		d.Seek(end)
		d.Fail(err)
		return
	}
	x.Mailbox = name[:len(name):len(name)]
	d.Seek(from + len(name))
}

// Encode writes what Decode reads.
func (x *QuotaRoot) Encode(e *wire.Encoder) {
	e.AStringBytes(x.Mailbox)
	for _, r := range x.Roots {
		e.SP().AStringBytes(r)
	}
}

// Clone returns a copy that is the caller's.
func (x *QuotaRoot) Clone() *QuotaRoot {
	var k keeper
	c := &QuotaRoot{k.bytes(x.Mailbox), slices.Clone(x.Roots), x.utf8}
	for i := range c.Roots {
		c.Roots[i] = k.bytes(c.Roots[i])
	}
	return c
}
