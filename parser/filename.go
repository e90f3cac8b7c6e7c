package parser

import "github.com/imapstack/imapstack/utils/mimeword"

// Filename returns the name that the sender gave the part as a file, decoded (RFC 2047, RFC 2231), or "": the filename
// of its disposition, or else the name of its Content-Type. It is the sender's: it may hold slashes and anything else.
func (x *BodyStructure) Filename() string {
	if name, ok := lookup(x.Disposition.Params, "filename"); ok {
		return name
	}
	name, _ := lookup(x.Params, "name")
	return name
}

func lookup(list []Param, name string) (string, bool) {
	var room [8]mimeword.Param
	params := room[:0]
	for _, p := range list {
		params = append(params, mimeword.Param{Name: p.Name, Value: string(p.Value)})
	}
	return mimeword.Lookup(params, name)
}
