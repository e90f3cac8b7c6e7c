package search

import (
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/wire"
)

// Return is a return option: it says what the server returns about the result of Search, Sort or MultiSearch (RFC
// 9051 §6.4.4, RFC 4731). An extension can define its own options as values of Return.
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
	ReturnSave  = returns("SAVE", "SEARCHRES") // the server keeps the result as numset.Saved ("$") until the next one is saved (RFC 5182)
)

// ReturnPartial asks for the results at positions first to last. Position 1 is the first result, and -1 the last;
// both positions must have the same sign (RFC 9394 §3.1).
func ReturnPartial(first, last int64) Return {
	return Return{"PARTIAL|CONTEXT=SEARCH", fetch.Partial(first, last).Encode}
}

// ReturnContext tells the server that the program will send the same search again (RFC 5267 §4.2).
var ReturnContext = returns("CONTEXT", contextSearch)

const contextSearch = "CONTEXT=SEARCH"

// ReturnUpdate asks the server to report how the result changes, until another mailbox is selected or
// commands.CancelUpdate is called (RFC 5267 §4.3). commands.SearchUpdate reads the reports. A report contains the tag
// of its search, which session.Call.Tag returns. If items is not empty, the server must offer NOTIFY, and also reports
// these items of each message that comes into the result (RFC 5465 §7).
//
// A server may refuse to report changes and return the result all the same. Then commands.SearchResult.NoUpdate is set.
func ReturnUpdate(items ...fetch.Item) Return {
	if len(items) == 0 {
		return returns("UPDATE", contextSearch)
	}
	return Return{"NOTIFY", func(e *wire.Encoder) {
		e.Raw("UPDATE").SP().List(len(items), func(i int) { items[i].Encode(e) })
	}}
}

// ReturnRelevancy asks how well each message matches, from 1 to 100 (RFC 6203 §4); see
// commands.SearchResult.Relevancy.
var ReturnRelevancy = returns("RELEVANCY", "SEARCH=FUZZY")
