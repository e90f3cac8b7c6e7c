package search

import (
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/wire"
)

// Return is what a search, a sort or a search of several mailboxes is to tell (RFC 9051 §6.4.4, RFC 4731). An extension
// defines its own as a value.
type Return struct {
	Needs string // the capability; "A|B" means either
	Write func(*wire.Encoder)
}

func returns(name, needs string) Return {
	return Return{needs, func(e *wire.Encoder) { e.Raw(name) }}
}

// The return options of RFC 9051 §6.4.4.
var (
	ReturnMin   = returns("MIN", "ESEARCH")
	ReturnMax   = returns("MAX", "ESEARCH")
	ReturnAll   = returns("ALL", "ESEARCH")
	ReturnCount = returns("COUNT", "ESEARCH")
	ReturnSave  = returns("SAVE", "SEARCHRES") // the result is numset.Saved until the next (RFC 5182)
)

// ReturnPartial asks for the results at the positions first to last, which count from 1, or from the end
// if both are negative (RFC 9394 §3.1).
func ReturnPartial(first, last int64) Return {
	return Return{"PARTIAL|CONTEXT=SEARCH", fetch.Partial(first, last).Encode}
}

// ReturnContext hints that the same search will be asked again (RFC 5267 §4.2).
var ReturnContext = returns("CONTEXT", contextSearch)

const contextSearch = "CONTEXT=SEARCH"

// ReturnUpdate asks the server to tell how the result changes, until another mailbox is selected or CancelUpdate (RFC
// 5267 §4.3). What it tells, [Update] reads; which search it is of is told by the tag, as Call.Tag has it. Of messages
// that come into the result it also tells items, if there are any, on servers with NOTIFY (RFC 5465 §7).
//
// A server may refuse to do so and give the result all the same: NoUpdate is then set in that.
func ReturnUpdate(items ...fetch.Item) Return {
	if len(items) == 0 {
		return returns("UPDATE", contextSearch)
	}
	return Return{"NOTIFY", func(e *wire.Encoder) {
		e.Raw("UPDATE").SP().List(len(items), func(i int) { items[i].Encode(e) })
	}}
}

// ReturnRelevancy asks how well each message fits, from 1 to 100 (RFC 6203 §4). commands.SearchResult.Relevancy has it.
var ReturnRelevancy = returns("RELEVANCY", "SEARCH=FUZZY")
