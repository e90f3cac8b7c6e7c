package parser

import (
	"strings"

	"github.com/imapstack/imapstack/utils/mimeword"
)

// Filename returns the file name that the sender gave the part, as a person reads it, or "". It is the disposition's
// filename, or else the name parameter of the type. Charsets and continuations (RFC 2231) are decoded, and so are
// encoded words, which are common there although they are not allowed.
//
// The sender chose the name: it may be "../../etc/passwd" or a device. A program that stores the file must choose a name
// of its own.
func (x *BodyStructure) Filename() string {
	if s := lookup(x.Disposition.Params, "filename"); s != "" {
		return s
	}
	return lookup(x.Params, "name")
}

// Charset returns the charset of a text in lower case, or "" if it is not given, which means "us-ascii".
func (x *BodyStructure) Charset() string { return strings.ToLower(lookup(x.Params, "charset")) }

// maxPieces is the most pieces of a parameter that lookup joins.
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
