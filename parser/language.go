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

// Decode reads what stands behind the response's name. A tag that cannot be read is left out, if that is tolerated, and the error is of the first of them.
func (x *Language) Decode(d *wire.Decoder) error {
	x.Tags = again(x.Tags)
	return decodeNames(d, &x.Tags, d.Intern)
}

// Encode writes what Decode reads.
func (x *Language) Encode(e *wire.Encoder) {
	e.List(len(x.Tags), func(i int) { e.String(x.Tags[i]) })
}

// Clone returns a copy that is the caller's.
func (x *Language) Clone() *Language { return &Language{slices.Clone(x.Tags)} }
