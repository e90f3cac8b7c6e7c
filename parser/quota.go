package parser

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// These are the resources of RFC 9208 §5.
const (
	ResourceStorage           = "STORAGE"            // size of messages, in units of 1024 octets
	ResourceMessage           = "MESSAGE"            // number of messages
	ResourceMailbox           = "MAILBOX"            // number of mailboxes
	ResourceAnnotationStorage = "ANNOTATION-STORAGE" // size of annotations, in units of 1024 octets
)

// Quota is the payload of QUOTA (RFC 9208 §4.2.1, RFC 2087 §5.1): what a quota root allows, and how much of it is used.
// It is valid until the next response is read; Clone returns a copy that the caller owns.
type Quota struct {
	Root      []byte          // name of the quota root as received; may be empty; valid until the next response is read
	Resources []QuotaResource // valid until the next response is read
}

// QuotaResource is one resource of a quota root. Both numbers are in the units of the resource.
type QuotaResource struct {
	Name  string // in upper case: ResourceStorage, …
	Usage uint64
	Limit uint64
}

// Resource returns the resource with the given name, which is in upper case. ok is false if the resource has no limit.
func (x *Quota) Resource(name string) (r QuotaResource, ok bool) {
	for _, r := range x.Resources {
		if r.Name == name {
			return r, true
		}
	}
	return QuotaResource{}, false
}

// Decode reads what follows the response's name. If invalid values are tolerated, it leaves out each resource that it
// cannot read. If it leaves out all of them, it returns an error, because a Quota without resources would mean that
// there are no limits.
func (x *Quota) Decode(d *wire.Decoder) error {
	x.Resources = reuse(x.Resources)
	x.Root = nil
	skipEmptyList(d)
	if !toleratesMissing(d, d.Is('(')) { // KIMAP servers leave out the name if there is no quota root
		x.Root = d.AString()
		if toleratesMissing(d, d.AtEnd()) {
			return d.Err() // Courier sends no list for a root without limits
		}
		if !d.Is('(') || !d.Tolerate(wire.RuleSpaces) {
			d.SP()
		}
	}
	var bad error
	for range d.List {
		if d.Is('(') && !emptyNext(d) && toleratesParens(d) {
			for range d.List {
				bad = cmp.Or(bad, x.resource(d))
			}
			continue
		}
		bad = cmp.Or(bad, x.resource(d))
	}
	if len(x.Resources) > 0 {
		skipRest(d)
		return d.Err()
	}
	return cmp.Or(d.Err(), bad)
}

// resource reads one resource, and returns an error if it cannot. It leaves out a resource that it cannot read, and
// moves d to the next name.
func (x *Quota) resource(d *wire.Decoder) error {
	var r QuotaResource
	at := d.Pos()
	if c := d.Peek(); c == '(' || c == '"' || c-'0' <= 9 {
		d.Expected("atom")
		err := d.Err()
		skipInvalid(d, at)
		return err
	}
	err := tryValue(d, func() { r.Name = d.Name() })
	err = cmp.Or(err, quotaNumber(d, &r.Usage))
	if err = cmp.Or(err, quotaNumber(d, &r.Limit)); err == nil {
		x.Resources = appendLimited(d, x.Resources, r)
	}
	return err
}

// quotaNumber reads the usage or the limit of a resource. If the name of the next resource or the end of the list comes
// instead of the number, it returns an error and reads nothing.
func quotaNumber(d *wire.Decoder, n *uint64) error {
	at := d.Pos()
	if !d.Is(')') {
		d.SP()
	}
	if c := d.Peek() | 0x20; d.Is(')') || c-'a' <= 25 && !(len(d.Rest()) > 3 && isNilWord(d.Rest()[:3])) {
		d.Expected("number64")
		err := d.Err()
		if d.Recover(at) && !toleratesInvalid(d) {
			d.Fail(err)
		}
		return err
	}
	return tryValue(d, func() { *n = size(d) })
}

// Encode writes what Decode reads.
func (x *Quota) Encode(e *wire.Encoder) {
	e.AStringBytes(x.Root).SP().List(len(x.Resources), func(i int) {
		r := &x.Resources[i]
		e.Atom(r.Name).SP().Number64(r.Usage).SP().Number64(r.Limit)
	})
}

// Clone returns a copy that the caller owns.
func (x *Quota) Clone() *Quota { return &Quota{slices.Clone(x.Root), slices.Clone(x.Resources)} }

// QuotaRoot is the payload of QUOTAROOT (RFC 9208 §4.2.2): the quota roots that apply to a mailbox.
// It is valid until the next response is read; Clone returns a copy that the caller owns.
type QuotaRoot struct {
	Mailbox []byte   // the name as received; valid until the next response is read
	Roots   [][]byte // names as received; valid until the next response is read

	utf8 bool // whether Mailbox is in UTF-8
}

// Name returns the name of the mailbox in the form that commands take; see DecodeMailbox.
func (x *QuotaRoot) Name() string { return DecodeMailbox(x.Mailbox, x.utf8) }

// Decode reads what follows the response's name.
func (x *QuotaRoot) Decode(d *wire.Decoder) error {
	x.Roots, x.utf8 = reuse(x.Roots), d.UTF8()
	skipEmptyList(d)
	from := d.Pos()
	x.Mailbox = d.AString()
	if !d.AtEnd() && !d.Is(' ') || isSyntax(d.Err()) {
		x.oddName(d, from)
	}
	for d.Err() == nil && d.GotSP() {
		var root []byte
		if readValue(d, func() { root = d.AString() }) {
			x.Roots = appendLimited(d, x.Roots, root)
		}
	}
	return d.Err()
}

// oddName reads a name again, because the name needs quotes and does not have them. The name ends before a quoted
// string, or else at the last space.
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

// Clone returns a copy that the caller owns.
func (x *QuotaRoot) Clone() *QuotaRoot {
	var k keeper
	c := &QuotaRoot{k.bytes(x.Mailbox), slices.Clone(x.Roots), x.utf8}
	for i := range c.Roots {
		c.Roots[i] = k.bytes(c.Roots[i])
	}
	return c
}
