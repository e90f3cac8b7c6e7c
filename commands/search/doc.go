// Package search has what [commands.Search], Sort, Thread and MultiSearch are asked: keys, what is to be told about the
// result, and the order that it is to be in (RFC 9051 §6.4.4, RFC 5256, and extensions).
//
//	unread := search.And(search.Unseen, search.From("alice@example.com"), search.Since(monday))
//	found, err := commands.Search(s, numset.UID, unread, search.ReturnAll, search.ReturnCount).Wait(ctx)
//
// The names say what a value is:
//
//	Key         a condition: All, Seen, Unseen, From, Before, Larger, In, …, joined by And, Or, Not
//	Return…     what a search tells: ReturnCount, ReturnMin, ReturnPartial, …
//	By…         a criterion of an order: ByDate, BySize.Reverse(), …
//
// Text that is not ASCII is sent as UTF-8. A day is taken in its own time zone, since the protocol's dates have none.
// What cannot be sent fails the command with a *wire.ArgumentError, and nothing is sent.
//
// [commands.Search]: https://pkg.go.dev/github.com/imapstack/imapstack/commands#Search
package search
