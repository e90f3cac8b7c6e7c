package parser

import (
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// Language is the payload of LANGUAGE (RFC 5255 §3.3): the language that the server uses from now on, or the
// languages that it supports.
type Language struct {
	Tags []string // in the form of RFC 5646; the slice is valid until the next Decode
}

// Decode reads what follows the response's name. If invalid values are tolerated, it leaves out each tag that it cannot
// read, and returns the first error.
func (x *Language) Decode(d *wire.Decoder) error {
	x.Tags = reuse(x.Tags)
	return decodeNames(d, &x.Tags, d.Intern)
}

// Encode writes what Decode reads.
func (x *Language) Encode(e *wire.Encoder) {
	e.List(len(x.Tags), func(i int) { e.String(x.Tags[i]) })
}

// Clone returns a copy that the caller owns.
func (x *Language) Clone() *Language { return &Language{slices.Clone(x.Tags)} }
