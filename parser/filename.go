package parser

import (
	"strings"

	"github.com/imapstack/imapstack/utils/mimeword"
)

// Filename returns the file name that the sender gave the part, or "" if it has none. It is the filename parameter
// of the disposition, or else the name parameter of the type. Filename decodes charsets and continuations (RFC
// 2231). It also decodes encoded words, which are common in these parameters although they are not allowed.
//
// The sender chose the name: it may be "../../etc/passwd" or the name of a device. A program that stores the file
// must choose a name of its own.
func (x *BodyStructure) Filename() string {
	if s := decodedParam(x.Disposition.Params, "filename"); s != "" {
		return s
	}
	return decodedParam(x.Params, "name")
}

// Charset returns the charset of a text in lower case. It returns "" if the part does not name a charset, which
// means "us-ascii".
func (x *BodyStructure) Charset() string { return strings.ToLower(decodedParam(x.Params, "charset")) }

// maxPieces is the largest number of pieces of a parameter that decodedParam joins.
const maxPieces = 256

// decodedParam returns the decoded value of the parameter with the given name, or "" if there is none. The parameter
// may be in pieces (RFC 2231).
func decodedParam(params []Param, name string) string {
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
