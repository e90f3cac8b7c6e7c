package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// SearchUpdate decodes a report of a change in the result of a search that had the option search.ReturnUpdate. The
// server sends such reports at any time, so session.Handler.Other gets them. SearchUpdate returns false for any other
// response. The result is valid until the next response is read.
//
//	handler.Other = func(r *parser.Response) {
//		if x, ok := commands.SearchUpdate(r); ok && string(x.Tag) == search.Tag() {
//			show(x.RemoveFrom, x.AddTo)
func SearchUpdate(r *parser.Response) (*parser.ESearch, bool) {
	if !r.Is("ESEARCH") {
		return nil, false
	}
	x := new(parser.ESearch)
	if err := x.Decode(r.Decoder()); err != nil || x.Items&(parser.ESearchAddTo|parser.ESearchRemoveFrom) == 0 {
		return nil, false
	}
	return x, true
}

// CancelUpdate asks the server to report no more changes of the results of the searches with these tags (RFC 5267
// §4.3.5). Call.Tag returns the tag of a search.
func CancelUpdate(s *session.Session, tags ...string) *session.Call[struct{}] {
	return plain(s, session.Command{
		Name: "CANCELUPDATE", In: session.Selected, Needs: "CONTEXT=SEARCH|CONTEXT=SORT",
		Args: func(e *wire.Encoder) {
			if len(tags) == 0 {
				e.Fail(invalid("tag", "", "is missing"))
			}
			for _, t := range tags {
				if t == "" || !printable(t) {
					e.Fail(invalid("tag", t, "is not a tag"))
				}
				e.SP().Quoted(t)
			}
		},
	})
}

// refusesUpdate reports whether a response says that the server will not report updates of the search with that tag
// (RFC 5267 §4.3.1).
func refusesUpdate(r *response, tag string) bool {
	if r.Status != parser.NO || r.Code.Name != parser.CodeNoUpdate {
		return false
	}
	var of string
	err := r.Code.Decode(func(d *wire.Decoder) { of = string(d.AString()) })
	return err == nil && of == tag
}
