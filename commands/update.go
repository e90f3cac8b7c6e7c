package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// SearchUpdate reads a change of a search's result, which a server sends unasked and Handler.Other gets. It reports false for
// any other response. The result is valid until the next response is read.
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

// CancelUpdate ends what search.ReturnUpdate began, for the searches with these tags (RFC 5267 §4.3.5).
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

// refusesUpdate reports whether a response refuses to keep the search with that tag up to date (RFC 5267 §4.3.1).
func refusesUpdate(r *response, tag string) bool {
	if r.Status != parser.NO || r.Code.Name != parser.CodeNoUpdate {
		return false
	}
	var of string
	err := r.Code.Decode(func(d *wire.Decoder) { of = string(d.AString()) })
	return err == nil && of == tag
}
