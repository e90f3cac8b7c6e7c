package parser

import (
	"strings"

	"github.com/imapstack/imapstack/utils/mimeword"
)

// Filename returns the name under which the part wants to be stored, as a person reads it, or "": the disposition's
// filename, else the name of its type. Charsets and continuations (RFC 2231) are decoded, and so are encoded words,
// which are not allowed there and common.
//
// It is what the sender wrote, and may be "../../etc/passwd" or a device: who stores a file makes a name of his own.
func (x *BodyStructure) Filename() string {
	if s := lookup(x.Disposition.Params, "filename"); s != "" {
		return s
	}
	return lookup(x.Params, "name")
}

// Charset returns the charset of a text in lower case, or "" if it is not said, which means "us-ascii".
func (x *BodyStructure) Charset() string { return strings.ToLower(lookup(x.Params, "charset")) }

// maxPieces is the most pieces of which a parameter is put together.
const maxPieces = 256

// lookup returns a parameter that may be in pieces, decoded.
func lookup(params []Param, name string) string {
	var found [4]mimeword.Param
	list := found[:0]
	for _, p := range params {
		if strings.HasPrefix(p.Name, name) && len(list) < maxPieces {
			list = append(list, mimeword.Param{Name: p.Name, Value: string(p.Value)})
		}
	}
	s, _ := mimeword.Lookup(list, name)
	return s
}
