package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// ReturnContext hints that the same search will be asked again (RFC 5267 §4.2).
var ReturnContext = searchReturn("CONTEXT", contextSearch)

const contextSearch = "CONTEXT=SEARCH"

// ReturnUpdate asks the server to tell how the result changes, until another mailbox is selected or CancelUpdate (RFC 5267 §4.3). What
// it tells, [Update] reads; which search it is of is told by the tag, as Call.Tag has it. Of messages that come into the result it also
// tells items, if there are any, on servers with NOTIFY (RFC 5465 §7).
//
// A server may refuse to do so and give the result all the same: NoUpdate is then set in that.
func ReturnUpdate(items ...FetchItem) SearchReturn {
	if len(items) == 0 {
		return searchReturn("UPDATE", contextSearch)
	}
	return SearchReturn{"NOTIFY", func(e *wire.Encoder) {
		e.Raw("UPDATE").SP().List(len(items), func(i int) { items[i].encode(e) })
	}}
}

// Update reads a change of a search's result that a server tells unasked, as Handler.Other is given it. It reports false for any
// other response. The result is valid until the next response is read.
//
//	handler.Other = func(r *parser.Response) {
//		if x, ok := commands.Update(r); ok && string(x.Tag) == search.Tag() {
//			show(x.RemoveFrom, x.AddTo)
func Update(r *parser.Response) (*parser.ESearch, bool) {
	if !r.Is("ESEARCH") {
		return nil, false
	}
	x := new(parser.ESearch)
	if err := x.Decode(r.Decoder()); err != nil || x.Items&(parser.ESearchAddTo|parser.ESearchRemoveFrom) == 0 {
		return nil, false
	}
	return x, true
}

// CancelUpdate ends what ReturnUpdate began, for the searches of those tags (RFC 5267 §4.3.5).
func CancelUpdate(s *session.Session, tags ...string) *session.Call[struct{}] {
	return plain(s, session.Command{
		Name: "CANCELUPDATE", In: session.Selected, Needs: "CONTEXT=SEARCH|CONTEXT=SORT",
		Args: func(e *wire.Encoder) {
			if len(tags) == 0 {
				e.Fail(invalid("tag", "", "is missing"))
			}
			for _, t := range tags {
				if t == "" || !printable(t) {
					e.Fail(invalid("tag", t, "is none"))
				}
				e.SP().Quoted(t)
			}
		},
	})
}

// refusesUpdate reports whether a response refuses to keep the search of that tag up to date (RFC 5267 §4.3.1).
func refusesUpdate(r *response, tag string) bool {
	if r.Status != parser.NO || r.Code.Name != parser.CodeNoUpdate {
		return false
	}
	var of string
	err := r.Code.Decode(func(d *wire.Decoder) { of = string(d.AString()) })
	return err == nil && of == tag
}
