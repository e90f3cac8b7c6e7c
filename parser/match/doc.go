// Package match answers SEARCH, SORT, THREAD and LIST for a server (RFC 9051 §6.4.4 and §6.3.9, RFC 5256). Small
// interfaces say what it needs from a message.
//
// [Compile] makes a [Search] of a parsed search key. It converts the texts from their charset, resolves sets once,
// and puts cheap keys first where all keys must match. [Search.Match] then reports whether one [Message] matches.
// It asks for the content of a message only if numbers, flags and dates have not decided. Strings are compared by
// i;unicode-casemap (RFC 5051), as RFC 9051 §6.4.4 and RFC 5256 §2 demand, so case does not matter in any script.
// [Sort] and [Thread] order the messages that were found. A [Pattern] says which names LIST lists.
//
// A message.Message of package parser/message is a [Content].
package match
