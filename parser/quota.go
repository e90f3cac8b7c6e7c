package parser

import (
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
	x.Resources = x.Resources[:0]
	x.Root = d.AString()
	if valueMissing(d, d.AtEnd()) {
		return d.Err()
	}
	d.SP()
	for range d.List {
		r := QuotaResource{Name: d.Name()}
		d.SP()
		r.Usage = d.Number64()
		d.SP()
		r.Limit = d.Number64()
		x.Resources = push(d, x.Resources, r)
	}
	return d.Err()
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
}

// Name returns the name of the mailbox as a user reads it; see DecodeMailbox.
func (x *QuotaRoot) Name(utf8 bool) string { return DecodeMailbox(x.Mailbox, utf8) }

// Decode reads what stands behind the response's name.
func (x *QuotaRoot) Decode(d *wire.Decoder) error {
	x.Roots = x.Roots[:0]
	x.Mailbox = d.AString()
	for d.GotSP() && d.Err() == nil {
		x.Roots = push(d, x.Roots, d.AString())
	}
	return d.Err()
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
	c := &QuotaRoot{k.bytes(x.Mailbox), slices.Clone(x.Roots)}
	for i := range c.Roots {
		c.Roots[i] = k.bytes(c.Roots[i])
	}
	return c
}
