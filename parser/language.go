package parser

import (
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// Language is the payload of LANGUAGE (RFC 5255 §3.3): the language that the server speaks from now on, or those
// that it could speak.
type Language struct {
	Tags []string // as RFC 5646 has them; the slice is valid until the next Decode
}

// Decode reads what stands behind the response's name.
func (x *Language) Decode(d *wire.Decoder) error {
	x.Tags = again(x.Tags)
	for range d.List {
		x.Tags = push(d, x.Tags, d.Intern(d.AString()))
	}
	return d.Err()
}

// Encode writes what Decode reads.
func (x *Language) Encode(e *wire.Encoder) {
	e.List(len(x.Tags), func(i int) { e.String(x.Tags[i]) })
}

// Clone returns a copy that is the caller's.
func (x *Language) Clone() *Language { return &Language{slices.Clone(x.Tags)} }
