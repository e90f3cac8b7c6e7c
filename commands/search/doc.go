// Package search has the arguments of [commands.Search], Sort, Thread and MultiSearch: keys, return options and sort
// criteria (RFC 9051 §6.4.4, RFC 5256, and extensions).
//
//	unread := search.And(search.Unseen, search.From("alice@example.com"), search.Since(monday))
//	found, err := commands.Search(s, numset.UID, unread, search.ReturnAll, search.ReturnCount).Wait(ctx)
//
// There are three kinds of values:
//
//	Key         a condition: All, Seen, Unseen, From, Before, Larger, In, …, combined by And, Or, Not
//	Return…     what the server returns about the result: ReturnCount, ReturnMin, ReturnPartial, …
//	By…         a criterion for sorting: ByDate, BySize.Reverse(), …
//
// Text that is not ASCII is sent as UTF-8. For a time.Time, the command sends the day in the location of that
// time.Time, because the protocol's dates have no time zone. If an argument cannot be sent, the command fails with a
// *wire.ArgumentError, and nothing is sent.
//
// [commands.Search]: https://pkg.go.dev/github.com/imapstack/imapstack/commands#Search
package search
